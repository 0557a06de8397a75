"""The meters of a running head end, as a sequence."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from headend.operations.fleet.meter_state import find_meter
from simulator.fleet import Fleet, Meter


class UnknownMeter(IndexError, KeyError):
    """The fleet has no such meter; the message says what it has."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show it in quotes


class FleetMeters(Sequence[Meter]):
    """In the order of the fleet, as it is now: what master data adds comes last.

    A meter has `name`, `mrid` and `index`, and goes wherever a meter is asked for. `meters[3]` is one by its place,
    `meters["M00000003"]` by its name or mRID; either raises UnknownMeter.
    """

    def __init__(self, fleet: Callable[[], Fleet]) -> None:
        self._fleet = fleet

    def __len__(self) -> int:
        return len(self._fleet().all_meters())

    @overload
    def __getitem__(self, key: int | str) -> Meter: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Meter, ...]: ...
    def __getitem__(self, key: int | str | slice) -> Meter | tuple[Meter, ...]:
        fleet = self._fleet()
        if isinstance(key, str):
            found = find_meter(fleet, key)
            if found is None:
                raise UnknownMeter(f"there is no meter {key!r}; {_those_of(fleet)}")
            return found
        indices = fleet.all_meters()
        if isinstance(key, slice):
            return tuple(fleet.meter(int(index)) for index in indices[key])
        if not -len(indices) <= key < len(indices):
            raise UnknownMeter(f"there is no meter at place {key}; {_those_of(fleet)}")
        return fleet.meter(int(indices[key]))

    def __iter__(self) -> Iterator[Meter]:
        fleet = self._fleet()
        return (fleet.meter(int(index)) for index in fleet.all_meters())

    def __contains__(self, meter: object) -> bool:
        if isinstance(meter, str):
            return find_meter(self._fleet(), meter) is not None
        return isinstance(meter, Meter) and find_meter(self._fleet(), meter.mrid) == meter

    def __repr__(self) -> str:
        return f"<{_those_of(self._fleet())}>"


def _those_of(fleet: Fleet) -> str:
    indices = fleet.all_meters()
    if not len(indices):
        return "the fleet has no meters"
    first, last = fleet.meter(int(indices[0])), fleet.meter(int(indices[-1]))
    return f"the fleet has {len(indices)} meters, {first.name} to {last.name}"
