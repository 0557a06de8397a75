"""Clocks that run slow or fast until somebody sets them right.

Over the span of the defect the device's clock goes wrong evenly, by `offset_s` at its end; then it is set. A stamp s
of the device is made at a true instant t(s); values are what was counted between the true instants of two stamps, so
nothing that flowed is lost or counted twice.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.defect import Defect, InvalidDefect
from simulator.defects.defect_kind import DefectKind, Parameter, Stage
from simulator.defects.series_draft import SeriesDraft
from simulator.local_time import DAY_S, Instants, LocalCalendar
from simulator.series import Series

_CLOCK_CHANGED = "1.4.9"
_SET_FORWARD = "2.4.64"
_PARTIAL = "1.4.2"


class _WrongClock(DefectKind):
    stage = Stage.CLOCK
    usual_s = (DAY_S, 7 * DAY_S)
    parameters: ClassVar = (
        Parameter("offset_s", 1_800, 60, 21_600, "how wrong the clock is when it is set, in seconds"),
    )

    def check(self, defect: Defect) -> None:
        """See DefectKind."""
        if defect.end - defect.start < 2 * defect["offset_s"]:
            raise InvalidDefect(
                f"{self.name}: a clock {defect['offset_s']} s wrong was going wrong for at least twice as long, "
                f"not {defect.end - defect.start} s"
            )


class ClockSetForward(_WrongClock):
    """A slow clock: the interval that runs when it is set is short, and stamps that it jumps over are missing."""

    name = "clock_set_forward"
    in_short = "the clock runs slow, then jumps: a short interval, and stamps that are missing"

    def missing(self, defect: Defect, series: Series, now: int, _calendar: LocalCalendar) -> NDArray[np.bool_]:
        """See DefectKind."""
        if not series.is_interval and series.stamps.tolist() == [now]:
            return np.zeros(1, np.bool_)
        reached = defect.end - defect["offset_s"]  # what the clock shows when it is set
        stamps = series.stamps
        jumped_over = (stamps > reached) & (stamps <= defect.end)
        if series.is_interval:
            # The one that runs is closed by the jump, and is stamped with the end that it should have had.
            jumped_over &= (series.interval_starts() > reached) | (now < defect.end)
        not_yet = (stamps > defect.start) & (stamps <= reached) & (_slow(defect, stamps) > now)
        missing: NDArray[np.bool_] = jumped_over | not_yet
        return missing

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.is_read_now:
            return
        reached, stamps = defect.end - defect["offset_s"], draft.stamps
        begins = draft.due_begins
        if not draft.series.is_interval:
            shifted = np.where((stamps > defect.start) & (stamps <= reached), _slow(defect, stamps), draft.ends)
            draft.note((stamps > defect.start) & (stamps <= defect.end), defect)
            draft.move(shifted, shifted)
            return
        is_running = (begins <= reached) & (stamps > reached)
        is_first = (begins > reached) & (begins < defect.end) & (stamps > defect.end)
        true_begins = np.where((begins > defect.start) & (begins <= reached), _slow(defect, begins), draft.begins)
        true_ends = np.where((stamps > defect.start) & (stamps <= reached), _slow(defect, stamps), draft.ends)
        true_ends = np.where(is_running & (stamps <= defect.end), defect.end, true_ends)
        true_begins = np.where(is_first, defect.end, true_begins)
        touched = (stamps > defect.start) & (begins < defect.end)
        draft.note(touched, defect)
        draft.note(is_running, defect, _PARTIAL, _CLOCK_CHANGED, _SET_FORWARD)
        draft.note(is_first, defect, _PARTIAL)
        draft.move(true_begins, true_ends)

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return (
            f"From {start} the clock ran ever slower, and at {end} it was set forward by {defect['offset_s']} s: "
            "the interval that ran was cut short, and stamps in between are missing."
        )


class ClockSetBack(_WrongClock):
    """A fast clock: after it is set the same stamps come once more, with other values."""

    name = "clock_set_back"
    in_short = "the clock runs fast, then is set back: a long interval, or stamps that come twice"

    def reach(self, defect: Defect) -> tuple[int, int]:
        """See DefectKind."""
        return defect.start, defect.end + defect["offset_s"] + 1

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.is_read_now:
            return
        reached, stamps = defect.end + defect["offset_s"], draft.stamps
        begins = draft.due_begins
        is_again = (stamps > defect.end) & (stamps <= reached)
        behind = int(np.flatnonzero(stamps <= reached).max(initial=-1)) + 1
        early = (stamps > defect.start) & (stamps <= reached)
        true_ends = np.where(early, _fast(defect, stamps), draft.ends)
        if not draft.series.is_interval:
            draft.note(early, defect)
            draft.move(true_ends, true_ends)
            draft.add_again(behind, is_again, stamps[is_again], stamps[is_again])
            return
        is_running = (begins <= defect.end) & (stamps > defect.end)
        true_begins = np.where((begins > defect.start) & (begins <= reached), _fast(defect, begins), draft.begins)
        # Behind the last stamp of the fast clock intervals begin where the clock on the wall has them begin.
        true_begins = np.where((begins > defect.end) & (stamps > reached), begins, true_begins)
        # What runs when the clock is set began at the last stamp of the fast clock.
        lengths = np.maximum(stamps - begins, 1)
        last = np.where(stamps <= reached, stamps + (reached - stamps) // lengths * lengths, begins)
        again_begins = np.where(is_running, _fast(defect, last), begins)
        draft.note((stamps > defect.start) & (begins < defect.end), defect)
        draft.note(is_running & ~is_again, defect, _PARTIAL, _CLOCK_CHANGED)
        draft.move(true_begins, true_ends)
        if is_again.any():
            draft.add_again(behind, is_again, again_begins[is_again], stamps[is_again])
            added = np.zeros(len(draft.stamps), np.bool_)
            added[behind : behind + int(is_again.sum())] = True
            draft.note(added, defect, _CLOCK_CHANGED)

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return (
            f"From {start} the clock ran ever faster, and at {end} it was set back by {defect['offset_s']} s: "
            "stamps that it had passed came once more."
        )


def _slow(defect: Defect, stamps: Instants) -> Instants:
    """When a slow clock shows `stamps`."""
    length_s = defect.end - defect.start
    true: Instants = defect.start + (stamps - defect.start) * length_s // (length_s - defect["offset_s"])
    return true


def _fast(defect: Defect, stamps: Instants) -> Instants:
    """When a fast clock shows `stamps`."""
    length_s = defect.end - defect.start
    true: Instants = defect.start + (stamps - defect.start) * length_s // (length_s + defect["offset_s"])
    return true
