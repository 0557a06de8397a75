"""Readings that do not come, come late, come twice, or come in another order."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.defect import Defect
from simulator.defects.defect_kind import DefectKind, Parameter, Stage
from simulator.defects.series_draft import SeriesDraft
from simulator.local_time import DAY_S, HOUR_S, LocalCalendar
from simulator.series import Series


def _stamped_in(defect: Defect, series: Series) -> NDArray[np.bool_]:
    stamped: NDArray[np.bool_] = (series.stamps > defect.start) & (series.stamps <= defect.end)
    return stamped


class Gap(DefectKind):
    """What is stamped in it was lost in the device, registers and intervals alike."""

    name = "gap"
    stage = Stage.COLLECTION
    usual_s = (HOUR_S, 24 * HOUR_S)
    in_short = "everything stamped in it is missing for good"

    def missing(self, defect: Defect, series: Series, _now: int, _calendar: LocalCalendar) -> NDArray[np.bool_]:
        """See DefectKind."""
        return _stamped_in(defect, series)

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.series.is_interval:
            draft.note((draft.due_begins <= defect.end) & (draft.stamps > defect.end), defect, "1.4.4")

    def sentence(self, _defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"Everything stamped after {start} and up to {end} was lost."


class MissingMidnightRegister(DefectKind):
    """The registers of local midnights were not stored."""

    name = "missing_midnight_register"
    stage = Stage.COLLECTION
    usual_s = (DAY_S, DAY_S)
    in_short = "registers of local midnights in it are missing"

    def missing(self, defect: Defect, series: Series, now: int, calendar: LocalCalendar) -> NDArray[np.bool_]:
        """See DefectKind."""
        if series.is_interval or series.stamps.tolist() == [now]:
            return np.zeros(len(series.stamps), np.bool_)
        return _stamped_in(defect, series) & np.isin(series.stamps, calendar.midnights(defect.start, defect.end))

    def sentence(self, _defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"The registers of local midnights after {start} and up to {end} were not stored."


class Late(DefectKind):
    """What is stamped in it comes long after it."""

    name = "late"
    stage = Stage.COLLECTION
    usual_s = (HOUR_S, 24 * HOUR_S)
    parameters: ClassVar = (Parameter("delay_s", 2 * DAY_S, 1, 45 * DAY_S, "how long after its end the values come"),)
    in_short = "everything stamped in it is missing until `delay_s` after its end"

    def missing(self, defect: Defect, series: Series, now: int, _calendar: LocalCalendar) -> NDArray[np.bool_]:
        """See DefectKind."""
        return _stamped_in(defect, series) & (now < defect.end + defect["delay_s"])

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        if draft.now >= defect.end + defect["delay_s"]:
            draft.note(draft.stamped_in(defect), defect)

    def sentence(self, defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"What is stamped after {start} and up to {end} came {defect['delay_s']} s after the last of it."


class Duplicate(DefectKind):
    """Every reading comes twice, with equal values."""

    name = "duplicate"
    stage = Stage.COLLECTION
    usual_s = (HOUR_S, 24 * HOUR_S)
    in_short = "everything stamped in it is delivered twice"

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        which = draft.stamped_in(defect)
        draft.note(which, defect)
        draft.arrange(np.repeat(np.arange(len(which)), np.where(which, 2, 1)))

    def sentence(self, _defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"What is stamped after {start} and up to {end} was delivered twice."


class OutOfOrder(DefectKind):
    """The last comes first."""

    name = "out_of_order"
    stage = Stage.COLLECTION
    usual_s = (3 * HOUR_S, 24 * HOUR_S)
    in_short = "what is stamped in it is delivered in reverse order"

    def apply(self, defect: Defect, draft: SeriesDraft) -> None:
        """See DefectKind."""
        which = np.flatnonzero(draft.stamped_in(defect))
        if len(which) > 1:
            draft.note(draft.stamped_in(defect), defect)
            order = np.arange(len(draft.stamps))
            order[which] = which[::-1]
            draft.arrange(order)

    def sentence(self, _defect: Defect, start: str, end: str) -> str:
        """See DefectKind."""
        return f"What is stamped after {start} and up to {end} was delivered in reverse order."
