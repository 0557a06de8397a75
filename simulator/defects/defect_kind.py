"""What all kinds of defects have in common. What each of them does is in the files beside this one."""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.defect import Defect
from simulator.defects.series_draft import SeriesDraft
from simulator.local_time import LocalCalendar
from simulator.series import Series


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

    def concerns(self, _defect: Defect, _series: Series) -> bool:
        """Whether it may touch a series at all, whatever its stamps."""
        return True

    def missing(self, _defect: Defect, series: Series, _now: int, _calendar: LocalCalendar) -> NDArray[np.bool_]:
        """Which values (stamps,) it takes away, without any being computed."""
        return np.zeros(len(series.stamps), np.bool_)

    def revised_at(self, _defect: Defect) -> int | None:
        """From when on, epoch seconds, the values in it are told otherwise than before; None: they stay as told."""
        return None

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """Do to a draft what it does, but for the taking away."""

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See `simulator.defects.explain`."""
        raise NotImplementedError
