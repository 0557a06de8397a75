"""Defects of single meters, and of what a head end makes of their readings, as values.

A defect is a fact: its kind, when it begins and ends, its numbers, and whether the readings that it touches carry the
qualities that a real head end would set. What each kind does is in the files beside this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from enum import IntEnum
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from simulator.defects.series_draft import SeriesDraft
from simulator.local_time import LocalCalendar
from simulator.series import Series


class InvalidDefect(ValueError):
    """A defect that cannot be; the message names what is wrong, its value and the rule."""


class Stage(IntEnum):
    """Where on the way of a reading a defect sits; they act in this order."""

    CLOCK = 1  # when the device thinks that it is
    COUNTING = 2  # what its register holds
    DISPLAY = 3  # how the register shows it
    AMOUNT = 4  # what the recorder, or the head end's configuration, makes of that
    ESTIMATE = 5  # what the head end puts in its place
    COLLECTION = 6  # what is there at all, how often and in which order


@dataclass(frozen=True, slots=True)
class Parameter:
    """A whole number that a kind of defect has."""

    name: str
    default: int
    least: int
    most: int
    meaning: str


_NO_PARAMETERS: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Defect:
    """Something wrong with one meter from `start` to `end`, in epoch seconds. Raises InvalidDefect.

    Parameters that are not named have their defaults. id: what readings name it by as their cause.
    """

    kind: "DefectKind"
    start: int
    end: int
    parameters: Mapping[str, int] = field(default_factory=lambda: _NO_PARAMETERS)
    marked: bool = True
    id: str = ""

    def __post_init__(self) -> None:
        known = {one.name: one for one in self.kind.parameters}
        for name, value in self.parameters.items():
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                has = f"its parameters are {', '.join(known)}" if known else "it has no parameters"
                raise InvalidDefect(f"{self.kind.name} has no parameter {name!r}; {has}{hint}")
            if not known[name].least <= value <= known[name].most:
                raise InvalidDefect(
                    f"{name} of {self.kind.name} is {known[name].least} to {known[name].most}, not {value}"
                )
        if self.end <= self.start:
            raise InvalidDefect(f"{self.kind.name} ends after it begins, not {self.end - self.start} s later")
        self.kind.check(self)
        if not self.id:
            object.__setattr__(self, "id", f"{self.kind.name}@{self.start}")

    def __getitem__(self, parameter: str) -> int:
        """The value of a parameter."""
        if parameter in self.parameters:
            return self.parameters[parameter]
        return next(one.default for one in self.kind.parameters if one.name == parameter)

    def explain(self, zone: tzinfo) -> str:
        """What it did, in one sentence with its numbers."""
        start, end = (
            datetime.fromtimestamp(instant, UTC).astimezone(zone).isoformat() for instant in (self.start, self.end)
        )
        return self.kind.sentence(self, start, end)


class DefectKind:
    """What one kind of defect does to the readings of a meter. It touches nothing but what it says."""

    name: ClassVar[str]
    stage: ClassVar[Stage]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    usual_s: ClassVar[tuple[int, int]] = (1, 1)  # how long it lasts, from and to, where it comes by chance
    lasts_for_good: ClassVar[bool] = False  # what it does begins before its start, or never ends
    in_short: ClassVar[str]

    def check(self, defect: Defect) -> None:
        """Raises InvalidDefect for numbers that do not go together."""

    def reach(self, defect: Defect) -> tuple[int, int]:
        """From when to when it touches what is measured, epoch seconds; so also an interval that is stamped later."""
        return defect.start, defect.end + 1

    def missing(self, _defect: Defect, series: Series, _now: int, _calendar: LocalCalendar) -> NDArray[np.bool_]:
        """Which values (stamps,) it takes away, without any being computed."""
        return np.zeros(len(series.stamps), np.bool_)

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """Do to a draft what it does, but for the taking away."""

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See `Defect.explain`."""
        raise NotImplementedError
