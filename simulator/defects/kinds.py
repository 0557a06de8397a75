"""Every kind of defect, by its name: the name that validation rules have for it."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Final

from simulator.defect import Defect, InvalidDefect
from simulator.defects.amounts import IntervalSumMismatch, Negative, Spike, WrongMultiplier, ZeroRun
from simulator.defects.clocks import ClockSetBack, ClockSetForward
from simulator.defects.collection import Duplicate, Gap, Late, MissingMidnightRegister, OutOfOrder
from simulator.defects.defect_kind import DefectKind
from simulator.defects.estimates import RevisedAfterEstimate
from simulator.defects.registers import MeterChangeInsideInterval, RegisterRollover, Stuck
from simulator.near_miss import did_you_mean

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
        raise InvalidDefect(f"no kind of defect is called {name!r}{did_you_mean(name, KINDS)}")
    return kind


def a_defect(
    kind: str,
    start: int,
    end: int,
    parameters: Mapping[str, int] | None = None,
    *,
    marked: bool = True,
    id: str = "",  # noqa: A002
) -> Defect:
    """A defect from `start` to `end`, in epoch seconds; parameters that are not named have their defaults.

    Raises InvalidDefect for a kind or parameter that there is not, a value outside its limits, an end that is not
    after the start, and numbers that do not go together.
    """
    is_of = kind_named(kind)
    known = {one.name: one for one in is_of.parameters}
    for name, value in (parameters or {}).items():
        if name not in known:
            hint = did_you_mean(name, known) if known else "; it has none"
            raise InvalidDefect(f"{kind} has no parameter {name!r}{hint}")
        if not known[name].least <= value <= known[name].most:
            raise InvalidDefect(f"{name} of {kind} is {known[name].least} to {known[name].most}, not {value}")
    if end <= start:
        raise InvalidDefect(f"{kind} ends after it begins, not {start - end} s before")
    every = {name: one.default for name, one in known.items()} | dict(parameters or {})
    defect = Defect(kind, start, end, MappingProxyType(every), marked, id or f"{kind}@{start}")
    is_of.check(defect)
    return defect


def explain(defect: Defect, zone: tzinfo) -> str:
    """What a defect did, in one sentence with its numbers."""
    start, end = (
        datetime.fromtimestamp(instant, UTC).astimezone(zone).isoformat() for instant in (defect.start, defect.end)
    )
    return kind_named(defect.kind).sentence(defect, start, end)
