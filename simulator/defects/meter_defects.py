"""What the defects of one meter make of its readings: the disturbance that an observation asks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.defects.defect import Defect, Stage
from simulator.defects.series_draft import SeriesDraft
from simulator.local_time import LocalCalendar
from simulator.observation import Measure, ObservedSeries
from simulator.series import Series


class MeterDefects:
    """The defects of one meter, in the order in which they act: by stage, then by their start."""

    __slots__ = ("_calendar", "defects")

    def __init__(self, defects: Sequence[Defect], calendar: LocalCalendar) -> None:
        """Of defects of a clock that overlap the first one counts: a clock is wrong in one way at a time."""
        self._calendar = calendar
        in_order = sorted(defects, key=lambda one: (one.kind.stage, one.start, one.kind.name, one.id))
        kept: list[Defect] = []
        for one in in_order:
            is_clock = one.kind.stage is Stage.CLOCK
            if not (is_clock and kept and kept[-1].kind.stage is Stage.CLOCK and one.start < kept[-1].end):
                kept.append(one)
        self.defects = tuple(kept)

    def missing(self, series: Series, now: int) -> NDArray[np.bool_]:
        """See `simulator.observation.Disturbance`."""
        gone = np.zeros(len(series.stamps), np.bool_)
        for defect in self.defects:
            gone |= defect.kind.missing(defect, series, now, self._calendar)
        return gone

    def observed(self, series: Series, values: NDArray[np.int64], now: int, measure: Measure) -> ObservedSeries:
        """See `simulator.observation.Disturbance`."""
        draft = SeriesDraft(series, values, now, measure)
        for defect in self.defects:
            if defect.kind.stage > Stage.COUNTING:
                draft.measure()
            defect.kind.apply(defect, draft)
        draft.measure()
        for defect in self.defects:
            gone = defect.kind.missing(defect, series, now, self._calendar)
            if gone.any():
                draft.without(series.stamps[gone], defect)
        return draft.observed()
