"""Estimates that stand in for values until these are known."""

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from simulator.defect import Defect, InvalidDefect
from simulator.defects.defect_kind import DefectKind, Parameter, Stage
from simulator.defects.series_draft import SeriesDraft, Sort
from simulator.local_time import DAY_S, HOUR_S, Instants

REVISED: Final = "2.0.0"
"""Quality of a value that replaces an estimate; nothing else has it."""


class RevisedAfterEstimate(DefectKind):
    """The head end estimates by the day before, and revises when the meter has told at last.

    Registers and intervals of an estimate agree with each other: both follow one straight line from the start of the
    defect. Where it ends the registers are the meter's again.
    """

    name = "revised_after_estimate"
    stage = Stage.ESTIMATE
    usual_s = (3 * HOUR_S, 24 * HOUR_S)
    parameters: ClassVar = (
        Parameter("revised_after_s", 3 * DAY_S, 1, 45 * DAY_S, "how long after its end the values are revised"),
    )
    in_short = "estimates, by the mean of the day before, until `revised_after_s` after its end"

    def check(self, defect: Defect) -> None:
        """See DefectKind."""
        if defect.start < DAY_S:
            raise InvalidDefect(f"{self.name} needs a day before it to estimate by")

    def revised_at(self, defect: Defect) -> int:
        """See DefectKind."""
        return defect.end + defect["revised_after_s"]

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if not draft.is_metered:
            return
        which = draft.inside(defect)
        if not which.any():
            return
        if draft.now >= self.revised_at(defect):
            draft.note(which, defect, REVISED)
            return
        before = defect.start - DAY_S
        estimate: NDArray[np.int64]
        if draft.sort is Sort.RATE:
            estimate = np.full(len(which), draft.over(before, defect.start))
        elif draft.sort is Sort.INTERVAL:
            day = draft.over(before, defect.start)
            estimate = _line(day, defect, draft.stamps) - _line(day, defect, draft.due_begins)
        else:
            shown = draft.shown(defect.start)
            estimate = shown + _line(shown - draft.shown(before), defect, draft.stamps)
        draft.values = np.where(which, estimate, draft.values)
        draft.note(which, defect, "2.8.0")

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return (
            f"Values from {start} to {end} are estimates by the mean of the day before, "
            f"until they are revised {defect['revised_after_s']} s after their end."
        )


def _line(day: int, defect: Defect, instants: Instants) -> NDArray[np.int64]:
    """What is counted from the start of a defect until some instants, if it is `day` in 24 hours."""
    line: NDArray[np.int64] = day * (instants - defect.start) // DAY_S
    return line
