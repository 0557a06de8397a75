"""What the defects of one meter make of its readings: the disturbance that an observation asks."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.defect import Defect
from simulator.defects.defect_kind import Stage
from simulator.defects.drift import drift
from simulator.defects.kinds import KINDS
from simulator.defects.power_marks import mark_supply
from simulator.defects.series_draft import SeriesDraft
from simulator.local_time import Instants, LocalCalendar
from simulator.observation import Measure, ObservedSeries
from simulator.series import Series
from simulator.supply import Disturbed


class MeterDefects:
    """The defects of one meter, in the order in which they act: by stage, then by their start."""

    __slots__ = ("_calendar", "_clock_error_s", "_supply", "defects")

    def __init__(
        self,
        defects: Sequence[Defect],
        calendar: LocalCalendar,
        supply: Disturbed | None = None,
        clock_error_s: Callable[[Instants], NDArray[np.int64]] | None = None,
    ) -> None:
        """Where defects of a clock overlap the later one counts: a clock is wrong in one way at a time.

        supply: of a meter that marks the intervals in which it had none. clock_error_s: by how much the clock of one
        that drifts is fast at some instants.
        """
        self._calendar = calendar
        self._supply = supply
        self._clock_error_s = clock_error_s
        in_order = sorted(defects, key=lambda one: (KINDS[one.kind].stage, one.start, one.kind, one.id))
        self.defects = tuple((one, KINDS[one.kind]) for one in in_order)

    def missing(self, series: Series, now: int) -> NDArray[np.bool_]:
        """See `simulator.observation.Disturbance`."""
        gone = np.zeros(len(series.stamps), np.bool_)
        for defect, kind in self.defects:
            gone |= kind.missing(defect, series, now, self._calendar)
        return gone

    def observed(self, series: Series, values: NDArray[np.int64], now: int, measure: Measure) -> ObservedSeries:
        """See `simulator.observation.Disturbance`."""
        draft = SeriesDraft(series, values, now, measure)
        if self._clock_error_s is not None:
            drift(draft, self._clock_error_s)
        for defect, kind in self.defects:
            if kind.stage > Stage.COUNTING:
                draft.measure()
            kind.apply(defect, draft)
        draft.measure()
        if self._supply is not None:
            mark_supply(draft, self._supply)
        for defect, kind in self.defects:
            gone = kind.missing(defect, series, now, self._calendar)
            if gone.any():
                draft.without(series.stamps[gone], defect)
        return draft.observed()
