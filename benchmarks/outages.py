"""What an outage costs, on one core: `python -m benchmarks.outages`. A feeder of 100,000 meters fails.

Each line is the best of several runs in one process; targets are in brackets.
"""

import tempfile
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.generation import best_s
from headend.operations.events.field_facts import field_history
from headend.operations.outages import OutageRequest, start_outage
from headend.store import Store
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.topology import Topology
from simulator.local_time import epoch_seconds
from simulator.outage_events import outage_events
from simulator.outages import REALISTIC, Restoration
from simulator.quantities import channel, default_reading_types
from simulator.readings import period_series, reading_blocks
from simulator.supply import Supply

FLEET = Fleet(FleetSpec(400_000, zone="Europe/Amsterdam", topology=Topology(50, 2_000, 4)))
FEEDER = range(100_000, 200_000)
MORNING = datetime(2026, 6, 14, 6, tzinfo=UTC)
AT_SEVEN, AT_NINE = MORNING + timedelta(hours=1), MORNING + timedelta(hours=3)


def main() -> None:
    """Print every line."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'headend.db'}")
        seconds = count()

        def fail() -> None:
            request = OutageRequest(
                node="F00000001",
                start=AT_SEVEN + timedelta(seconds=next(seconds)),
                end=AT_NINE,
                reclosings_s=(2, 15),
                restoration=Restoration(4, 1_200),
                reporting=REALISTIC,
            )
            with store.writing() as work:
                start_outage(FLEET, request, AT_SEVEN, work)

        print(f"one call drops a feeder of {len(FEEDER):,} meters: {best_s(fail, 10) * 1e3:.1f} ms [1000]")
        with store.reading() as work:
            every = field_history(FLEET, FEEDER, work)
        store.close()
    history = FieldHistory(outages=every.outages[:1])
    day = epoch_seconds(MORNING), epoch_seconds(MORNING + timedelta(days=1))

    told = len(outage_events(FLEET, history, FEEDER, *day))
    events_s = best_s(lambda: outage_events(FLEET, history, FEEDER, *day), 5)
    print(f"all {told:,} events of it: {events_s:.2f} s")
    one = np.array([FEEDER[7]])
    print(f"those of one meter: {best_s(lambda: outage_events(FLEET, history, one, *day), 50) * 1e3:.1f} ms")
    supply, meters = Supply(FLEET, history), np.arange(len(FLEET))
    asked = epoch_seconds(AT_NINE) - 60
    print(f"who of {len(FLEET):,} has no power: {best_s(lambda: supply.powerless(meters, asked), 5) * 1e3:.0f} ms")

    (series,) = period_series(
        [channel(default_reading_types()[1])],
        MORNING,
        MORNING + timedelta(days=1),
        calendar=FLEET.calendar,
        installed=FLEET.installed,
        now=MORNING + timedelta(days=2),
    )
    for name, facts in (("without", UNDISTURBED), ("with", history)):
        read_s = best_s(lambda facts=facts: sum(1 for _ in reading_blocks(FLEET, FEEDER, [series], facts)), 5)
        print(f"a day of quarter-hours of the feeder, {name} the outage: {read_s:.2f} s")


if __name__ == "__main__":
    main()
