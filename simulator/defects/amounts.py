"""Amounts that are not what was counted: too much, too little, nothing, less than nothing."""

from typing import ClassVar

import numpy as np

from simulator.defect import Defect
from simulator.defects.defect_kind import DefectKind, Parameter, Stage
from simulator.defects.series_draft import SeriesDraft
from simulator.local_time import DAY_S, HOUR_S


class Spike(DefectKind):
    """Intervals show many times what flowed; registers are right, so their difference tells."""

    name = "spike"
    stage = Stage.AMOUNT
    parameters: ClassVar = (Parameter("factor", 50, 2, 10_000, "how many times what flowed is shown"),)
    in_short = "intervals show `factor` times what flowed (of nothing: of one unit)"

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.is_of_intervals:
            which = draft.overlapping(defect)
            flowed = np.where(draft.values == 0, 1, draft.values)
            draft.values = np.where(which, flowed * defect["factor"], draft.values)
            draft.note(which, defect, "2.5.256")

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"Intervals that began before {end} and ended after {start} show {defect['factor']} times what flowed."


class ZeroRun(DefectKind):
    """Intervals are zero although the register goes on."""

    name = "zero_run"
    stage = Stage.AMOUNT
    usual_s = (3 * HOUR_S, 24 * HOUR_S)
    in_short = "intervals inside it are zero"

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.is_of_intervals:
            which = draft.inside(defect)
            draft.values = np.where(which, 0, draft.values)
            draft.note(which, defect, "2.5.258")

    def sentence(self, _defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"Intervals from {start} to {end} are zero, although the register went on."


class Negative(DefectKind):
    """Intervals have the wrong sign; registers are right."""

    name = "negative"
    stage = Stage.AMOUNT
    in_short = "intervals have a minus sign (nothing: one unit less than nothing)"

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.is_of_intervals:
            which = draft.overlapping(defect)
            draft.values = np.where(which, -np.maximum(np.abs(draft.values), 1), draft.values)
            draft.note(which, defect, "2.6.4")

    def sentence(self, _defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"Intervals that began before {end} and ended after {start} have a minus sign."


class IntervalSumMismatch(DefectKind):
    """Intervals lose a part of what flowed, too small to be seen in any one of them; registers are right."""

    name = "interval_sum_mismatch"
    stage = Stage.AMOUNT
    usual_s = (6 * HOUR_S, 48 * HOUR_S)
    parameters: ClassVar = (Parameter("percent", 5, 1, 100, "how much of each interval is lost"),)
    in_short = "intervals inside it lose `percent`, at least one unit of any that is not zero"

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.is_of_intervals:
            which = draft.inside(defect) & (draft.values != 0)
            size = np.abs(draft.values)
            lost = np.maximum(size * defect["percent"] // 100, 1)
            draft.values = np.where(which, np.sign(draft.values) * (size - lost), draft.values)
            draft.note(which, defect, "2.6.0")

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"Intervals from {start} to {end} lack {defect['percent']} % of what flowed; the register has it."


class WrongMultiplier(DefectKind):
    """Registers and intervals are told in another unit than their reading type says."""

    name = "wrong_multiplier"
    stage = Stage.AMOUNT
    usual_s = (DAY_S, 5 * DAY_S)
    parameters: ClassVar = (
        Parameter("times", 1_000, 1, 1_000_000, "values are multiplied by this"),
        Parameter("over", 1, 1, 1_000_000, "and divided by this"),
    )
    in_short = "registers and intervals inside it are multiplied by `times` and divided by `over`"

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.is_metered:
            which = draft.inside(defect)
            draft.values = np.where(which, draft.values * defect["times"] // defect["over"], draft.values)
            draft.note(which, defect, "2.5.256")

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"From {start} to {end} values are {defect['times']}/{defect['over']} of what they should be."
