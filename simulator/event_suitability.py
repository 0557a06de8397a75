"""Which events a device can have: a gas meter loses no phase, a water meter has no tariff of electricity."""

from dataclasses import dataclass
from typing import Final

from simulator.cim.event_catalogue import ListedEvent

# Annex E, type of end device.
ELECTRIC_METER: Final = 3
GAS_METER: Final = 4

_SWITCH_DOMAIN: Final = 31
# Demand, load control, the network of premises, billing of time of use, power: what belongs to a supply of electricity.
_ELECTRIC_DOMAINS: Final = {8, 10, 13, 15, 26}
# Sag, swell, current, voltage, phases and angles, also where they stand under other domains.
_ELECTRIC_SUB_DOMAINS: Final = {6, 25, 27, 28, 38, 78, 79, 93, 130, 131, 132, 133, 137}
_THREE_PHASE_SUB_DOMAINS: Final = {25, 78, 79, 130, 132, 133}
_IMBALANCE_ACTIONS: Final = {75, 98}
# Heating value, concentration, supercompressibility, gas chromatograph, share of moles, specific gravity.
_GAS_SUB_DOMAINS: Final = {13, 39, 49, 51, 70, 240}


@dataclass(frozen=True, slots=True)
class DeviceSort:
    """What decides which events a device can have."""

    end_device_type: int  # Annex E: 3 electricity, 4 gas, 24 water
    phases: int  # 1 or 3; 0 where no current flows
    has_switch: bool

    def can_have(self, event: ListedEvent) -> bool:
        """Whether the event makes sense there."""
        if event.usual_type != ELECTRIC_METER and event.usual_type != self.end_device_type:
            return False  # the lists give supply and pressure of gas and water to their meters alone
        if event.domain == _SWITCH_DOMAIN and not self.has_switch:
            return False
        if event.sub_domain in _GAS_SUB_DOMAINS and self.end_device_type != GAS_METER:
            return False
        is_of_phases = event.sub_domain in _THREE_PHASE_SUB_DOMAINS or event.event_or_action in _IMBALANCE_ACTIONS
        if is_of_phases and self.phases < 3:
            return False
        is_electric = event.domain in _ELECTRIC_DOMAINS or event.sub_domain in _ELECTRIC_SUB_DOMAINS
        return self.end_device_type == ELECTRIC_METER or not is_electric
