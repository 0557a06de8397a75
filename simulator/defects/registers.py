"""Registers that stand still, roll over, or are those of another device."""

from typing import ClassVar

import numpy as np

from simulator.defect import Defect
from simulator.defects.defect_kind import DefectKind, Parameter, Stage
from simulator.defects.series_draft import SeriesDraft, Sort, sort_of
from simulator.local_time import DAY_S, HOUR_S
from simulator.series import Series

_FOR_EVER = 2**62


class Stuck(DefectKind):
    """The register stands still, then jumps to what it should show; intervals are its differences."""

    name = "stuck"
    stage = Stage.COUNTING
    usual_s = (6 * HOUR_S, 72 * HOUR_S)
    in_short = "the register stands still, then jumps; the interval of the jump holds all that was missed"

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if not draft.is_metered:
            return
        begins = np.where((draft.begins >= defect.start) & (draft.begins < defect.end), defect.start, draft.begins)
        ends = np.where((draft.ends >= defect.start) & (draft.ends < defect.end), defect.start, draft.ends)
        if draft.is_of_intervals:
            overlapping = (draft.begins < defect.end) & (draft.ends > defect.start)
            draft.note(overlapping & (ends == defect.start), defect, "2.5.258")
            draft.note(overlapping & (ends != defect.start), defect, "2.5.256")
        else:
            draft.note(ends != draft.ends, defect, "2.5.258")
        draft.move(begins, ends)

    def sentence(self, _defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"From {start} to {end} the register stood still; the next interval holds all that flowed meanwhile."


class RegisterRollover(DefectKind):
    """The register passes its highest number at `start`, and goes on from zero. Until then it counts towards it."""

    name = "register_rollover"
    stage = Stage.DISPLAY
    lasts_for_good = True
    parameters: ClassVar = (Parameter("digits", 8, 3, 15, "digits of the register, in Wh, varh or litres"),)
    in_short = "the register passes its highest number at `start` and goes on from zero"

    def reach(self, _defect: Defect) -> tuple[int, int]:
        """See DefectKind."""
        return -_FOR_EVER, _FOR_EVER

    def concerns(self, _defect: Defect, series: Series) -> bool:
        """See DefectKind."""
        return sort_of(series.reading_type) is Sort.REGISTER

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.sort is not Sort.REGISTER:
            return
        at_start = draft.shown(defect.start)
        draft.values = (draft.values - at_start) % (10 ** defect["digits"] * draft.scale)
        first = (draft.stamps >= defect.start) & (draft.stamps < defect.start + DAY_S)
        draft.note(np.ones(len(draft.stamps), np.bool_), defect)
        draft.note(first, defect, "2.4.1")

    def sentence(self, defect: Defect, start: str, _end: str) -> str:
        """See DefectKind."""
        return f"At {start} the register, which has {defect['digits']} digits, passed its highest number."


class MeterChangeInsideInterval(DefectKind):
    """At `start` another device takes the place of the old one: its register begins at `start_value`.

    The interval in which that happens holds what both counted.
    """

    name = "meter_change_inside_interval"
    stage = Stage.DISPLAY
    lasts_for_good = True
    parameters: ClassVar = (
        Parameter("start_value", 0, 0, 10**12, "what the new register shows at first, in Wh, varh or litres"),
    )
    in_short = "another device from `start` on: its register begins at `start_value`, one interval holds both parts"

    def reach(self, defect: Defect) -> tuple[int, int]:
        """See DefectKind."""
        return defect.start - 1, _FOR_EVER

    def concerns(self, defect: Defect, series: Series) -> bool:
        """See DefectKind."""
        if sort_of(series.reading_type) is Sort.REGISTER:
            return True
        # Intervals after the one that holds both parts are those of one meter again.
        return series.is_interval and bool(series.interval_starts()[0] < defect.start)

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.is_of_intervals:
            draft.note((draft.begins < defect.start) & (draft.ends > defect.start), defect, "1.4.2")
        elif draft.sort is Sort.REGISTER:
            after = draft.stamps >= defect.start
            if after.any():
                at_start = draft.shown(defect.start)
                shown = draft.values - at_start + defect["start_value"] * draft.scale
                draft.values = np.where(after, shown, draft.values)
                draft.note(after, defect)

    def sentence(self, defect: Defect, start: str, _end: str) -> str:
        """See DefectKind."""
        return f"At {start} the meter was changed; the register of the new one began at {defect['start_value']}."
