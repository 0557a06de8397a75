"""What happened to the meters of a fleet: the facts that their readings, events and reachability follow from.

A fleet that nobody touched has an empty history. Facts are told once, each where it happened: an outage at its
node of the network, a switch at its meter. What that did to a meter's supply is worked out by
`simulator.supply`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final

from simulator.defect import Defect
from simulator.outages import Outage
from simulator.tariffs import TariffInForce


class Cause(Enum):
    """Why nothing flowed through one meter whatever its line did."""

    SWITCH = "switch"  # its remote switch was open
    NOT_MOUNTED = "not mounted"  # it hung at no usage point: no power either, but no outage that anybody is told of


@dataclass(frozen=True, slots=True)
class Interruption:
    """Nothing flows through one meter in [start, end), epoch seconds."""

    start: int
    end: int | None = None  # None: not over yet
    cause: Cause = Cause.SWITCH


_NONE: Final[Mapping[int, Sequence[Interruption]]] = MappingProxyType({})

_NO_DEFECTS: Final[Mapping[int, Sequence[Defect]]] = MappingProxyType({})
_NO_RESETS: Final[Mapping[int, Sequence[int]]] = MappingProxyType({})
_NO_TARIFFS: Final[Mapping[int, Sequence[TariffInForce]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class FieldHistory:
    """Facts about a fleet, in no particular order and of any age; what never happened is not in it."""

    interruptions: Mapping[int, Sequence[Interruption]] = field(default_factory=lambda: _NONE)
    """By fleet index. They may overlap each other and outages: what counts is their union."""
    outages: tuple[Outage, ...] = ()
    defects: Mapping[int, Sequence[Defect]] = field(default_factory=lambda: _NO_DEFECTS)
    """By fleet index: what somebody has put into the readings of single meters."""
    demand_resets: Mapping[int, Sequence[int]] = field(default_factory=lambda: _NO_RESETS)
    """By fleet index, epoch seconds in ascending order: maximum demand began anew, in the middle of a period."""
    tariffs: Mapping[int, Sequence[TariffInForce]] = field(default_factory=lambda: _NO_TARIFFS)
    """By fleet index, in ascending order: what its registers count by; before the first one, its class's tariff.

    Meters that share one sequence are computed together the fastest.
    """

    @property
    def ever_unmounted(self) -> bool:
        """Whether any meter ever hung nowhere."""
        return any(one.cause is Cause.NOT_MOUNTED for its in self.interruptions.values() for one in its)

    def of_mounting(self) -> "FieldHistory":
        """Nothing but the times in which meters hung nowhere; UNDISTURBED where there are none."""
        found = {
            index: kept
            for index, its in self.interruptions.items()
            if (kept := tuple(one for one in its if one.cause is Cause.NOT_MOUNTED))
        }
        return FieldHistory(interruptions=found) if found else UNDISTURBED


UNDISTURBED: Final = FieldHistory()
"""Nothing ever happened."""
