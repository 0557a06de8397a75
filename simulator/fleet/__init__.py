"""Which meters there are, what each is called, where it is mounted, and back from a name to the meter.

All of it is arithmetic on a meter's index, except a list of somebody's own meters. `fleet` is the whole; below it
`fleet_template` and `fleet_layout` place templates, `topology` and `meter_groups` are the network and its groups,
`imported_meters` a list from a CSV file, and `fleet_file` reads all that from YAML. `growing_fleet` changes a fleet
while it runs: `registered_meters` are those that came later, and `grown_fleet` with `grown_layout` is a snapshot.
"""

from simulator.fleet.fleet import MOST_METERS, Fleet, FleetSpec, Indices, InvalidFleet, Meter

__all__ = ["MOST_METERS", "Fleet", "FleetSpec", "Indices", "InvalidFleet", "Meter"]
