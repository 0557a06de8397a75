"""Every kind of defect, by its name: the name that validation rules have for it."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from simulator.defects.amounts import IntervalSumMismatch, Negative, Spike, WrongMultiplier, ZeroRun
from simulator.defects.clocks import ClockSetBack, ClockSetForward
from simulator.defects.collection import Duplicate, Gap, Late, MissingMidnightRegister, OutOfOrder
from simulator.defects.defect import DefectKind, InvalidDefect
from simulator.defects.estimates import RevisedAfterEstimate
from simulator.defects.registers import MeterChangeInsideInterval, RegisterRollover, Stuck

KINDS: Final[Mapping[str, DefectKind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Gap(),
            MissingMidnightRegister(),
            Spike(),
            ZeroRun(),
            Stuck(),
            Negative(),
            RegisterRollover(),
            IntervalSumMismatch(),
            Duplicate(),
            OutOfOrder(),
            Late(),
            RevisedAfterEstimate(),
            WrongMultiplier(),
            MeterChangeInsideInterval(),
            ClockSetForward(),
            ClockSetBack(),
        )
    }
)
"""In the order in which chance looks at them; never another, since draws hang on it."""


def kind_named(name: str) -> DefectKind:
    """The kind of a name. Raises InvalidDefect with near misses."""
    kind = KINDS.get(name)
    if kind is None:
        close = get_close_matches(name, KINDS, n=2)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(KINDS)}"
        raise InvalidDefect(f"no kind of defect is called {name!r}; {hint}")
    return kind
