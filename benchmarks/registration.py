"""What meters cost that clients create, on one core: `python -m benchmarks.registration`.

Each figure is the best of several runs in one process, in seconds of the processor; targets are in brackets.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from time import process_time
from uuid import UUID

from benchmarks.generation import best_s
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.growing_fleet import GrowingFleet
from simulator.fleet.registered_meters import RegisteredMeter
from simulator.meter_class import METER_CLASSES

TEMPLATE_METERS = 100_000
AT_ONCE = 100_000
LOOKUPS = 1_000


def registered(numbers: range) -> list[RegisteredMeter]:
    """Meters as clients name them, each at a usage point of its own; a number gives the same one always."""
    return [
        RegisteredMeter(
            mrid=_uuid(number),
            name=f"ELS-{number:09d}",
            meter_class=METER_CLASSES["residential"],
            usage_point_mrid=_uuid(~number),
            usage_point_name=f"Street {number}",
            installed=date(2024, 1, 1) + timedelta(days=number % 30),
            firmware="3.1.4",
        )
        for number in numbers
    ]


def _uuid(number: int) -> str:
    return str(UUID(int=random.Random(number).getrandbits(128), version=4))


def grown(meters: int) -> GrowingFleet:
    """A fleet with so many registered meters."""
    growing = GrowingFleet(Fleet(FleetSpec(TEMPLATE_METERS)))
    for first in range(0, meters, AT_ONCE):
        growing.add(registered(range(first, min(first + AT_ONCE, meters))))
    return growing


def lines() -> Iterator[str]:
    """What is printed."""
    some = registered(range(AT_ONCE))
    times = []
    for _ in range(5):
        growing = GrowingFleet(Fleet(FleetSpec(TEMPLATE_METERS)))
        started = process_time()
        growing.add(some)
        times.append(process_time() - started)
    yield f"adding {AT_ONCE:,} meters at once: {min(times):.2f} s [2]"
    for meters in (1_000, 10_000, 100_000, 1_000_000):
        growing = grown(meters)
        late = registered(range(meters, meters + 50))
        started = process_time()
        for one in late:
            growing.add([one])
        single_ms = (process_time() - started) / len(late) * 1e3
        yield f"with {meters:,}: adding one more and its snapshot: {single_ms:.2f} ms [5]"
        fleet = growing.fleet
        picked = registered(range(0, meters, meters // LOOKUPS))
        for what, find, texts in (
            ("name", fleet.index_of_name, [one.name for one in picked]),
            ("mRID", fleet.index_of_mrid, [one.mrid for one in picked]),
        ):
            found_s = best_s(lambda find=find, texts=texts: [find(text) for text in texts], 5)
            yield f"with {meters:,}: a meter by its {what}: {found_s / len(picked) * 1e6:.1f} us"


def main() -> None:
    """Print every line."""
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
