"""One series of one meter on its way from the device to whoever reads it; defects change it step by step."""

from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.cim.reading_quality_type import ReadingQualityType
from simulator.cim.reading_type import ReadingType
from simulator.defect import Defect
from simulator.local_time import HOUR_S, Instants
from simulator.observation import Measure, ObservedSeries, ReadingQuality
from simulator.quantities.apparent import ApparentAmount
from simulator.quantities.channel import ChannelKind
from simulator.quantities.decoding import decoded
from simulator.quantities.energy import MeteredAmount
from simulator.quantities.power import ApparentPower, Rate
from simulator.quantities.tariff import Filtered
from simulator.series import Series

_METERING_SYSTEM = 2


class Sort(Enum):
    """What defects of metering can do to a series."""

    REGISTER = "register"  # of an amount that is counted
    INTERVAL = "interval"  # of such an amount
    RATE = "rate"  # such an amount over the length of its interval
    OTHER = "other"  # voltages, maxima, states: they can be missing, but not wrong


@lru_cache(maxsize=4_096)
def sort_of(reading_type: ReadingType) -> Sort:
    """What a series of this reading type is."""
    channel = decoded(reading_type)
    if channel.sampling is not None:
        return Sort.OTHER
    if isinstance(channel.quantity, MeteredAmount | ApparentAmount | Filtered):
        return Sort.INTERVAL if channel.kind is ChannelKind.INTERVAL else Sort.REGISTER
    if isinstance(channel.quantity, Rate | ApparentPower) and channel.kind is ChannelKind.INTERVAL:
        return Sort.RATE
    return Sort.OTHER


class SeriesDraft:
    """What would be delivered, were this the end of the way.

    `begins` and `ends` (readings,) are the true instants that a value is measured between (of a register both are
    that of its reading); who changes them has it measured anew. A reading may be there twice.
    """

    __slots__ = (
        "_causes",
        "_marks",
        "_measure",
        "_moved",
        "begins",
        "ends",
        "now",
        "series",
        "sort",
        "stamps",
        "values",
    )

    def __init__(self, series: Series, values: NDArray[np.int64], now: int, measure: Measure) -> None:
        self.series = series
        self.sort = sort_of(series.reading_type)
        self.now = now
        self.stamps = series.stamps
        self.values = values.copy()
        self.begins: Instants = series.interval_starts() if series.is_interval else series.stamps
        self.ends: Instants = series.stamps
        self._measure = measure
        self._moved = False
        self._marks = np.empty(len(values), object)
        self._marks.fill(())
        self._causes: dict[int, tuple[str, ...]] = {}

    @property
    def scale(self) -> int:
        """So many units of `values` are one of what the register counts: Wh, varh, litres."""
        return decoded(self.series.reading_type).scale

    @property
    def is_metered(self) -> bool:
        """Whether it is made of amounts that the meter counts."""
        return self.sort is not Sort.OTHER

    @property
    def is_of_intervals(self) -> bool:
        """Whether its values are of such amounts between two instants."""
        return self.sort in (Sort.INTERVAL, Sort.RATE)

    @property
    def is_read_now(self) -> bool:
        """Whether a register is read on demand: it is stamped by who reads it, not by the meter's clock."""
        return not self.series.is_interval and self.stamps.tolist() == [self.now]

    def move(self, begins: Instants, ends: Instants) -> None:
        """Have values measured between other true instants. Changes nothing where these are the same."""
        if (begins != self.begins).any() or (ends != self.ends).any():
            self.begins, self.ends, self._moved = begins, np.maximum(begins, ends), True

    def add_again(self, position: int, which: NDArray[np.bool_], begins: Instants, ends: Instants) -> None:
        """The readings `which` (readings,) once more, before `position`, to be measured between other true instants."""
        again = np.flatnonzero(which)
        count = len(self.stamps)
        order = np.concatenate((np.arange(position), again, np.arange(position, count)))
        self.arrange(order)
        self.begins[position : position + len(again)] = begins
        self.ends[position : position + len(again)] = ends
        self._moved = True

    def measure(self) -> None:
        """Measure anew what was moved."""
        if self._moved and self.is_metered:
            self.values = self._remeasured()
        self._moved = False

    def _remeasured(self) -> NDArray[np.int64]:
        series = self.series
        if not self.is_of_intervals:
            # Where clocks go wrong a later stamp may be an earlier instant.
            instants, places = np.unique(self.ends, return_inverse=True)
            return self._measure(Series(series.reading_type, instants, False, series.decimals))[places]
        # Where nothing lies between begin and end nothing is measured; any stretch keeps a rate from dividing by zero.
        empty = self.begins == self.ends
        lengths_s = np.where(empty, HOUR_S, self.ends - self.begins)
        values = self._measured(self.begins, self.begins + lengths_s)
        if self.sort is Sort.RATE:  # a meter divides by the length that it believes in
            values = values * lengths_s // np.maximum(self.stamps - self.due_begins, 1)
        return np.where(empty, 0, values)

    def shown(self, instant: int) -> int:
        """What the register shows at a true instant."""
        at = np.array([instant])
        (value,) = self._measure(Series(self.series.reading_type, at, False, self.series.decimals)).tolist()
        return int(value)

    def over(self, begin: int, end: int) -> int:
        """What an interval between two true instants would hold: an amount, or a mean rate. Of no length: nothing."""
        if end <= begin:
            return 0
        return int(self._measured(np.array([begin]), np.array([end]))[0])

    def _measured(self, begins: Instants, ends: Instants) -> NDArray[np.int64]:
        series = self.series
        return self._measure(Series(series.reading_type, ends, series.is_interval, series.decimals, begins))

    @property
    def due_begins(self) -> Instants:
        """Where each interval should begin; of a register its stamp."""
        begins = self.series.interval_starts() if self.series.is_interval else self.series.stamps
        due: Instants = begins[np.searchsorted(self.series.stamps, self.stamps)]
        return due

    def stamped_in(self, defect: Defect) -> NDArray[np.bool_]:
        """The readings with stamps in (start, end] of a defect."""
        found: NDArray[np.bool_] = (self.stamps > defect.start) & (self.stamps <= defect.end)
        return found

    def inside(self, defect: Defect) -> NDArray[np.bool_]:
        """The readings that lie in a defect with all that they measure."""
        within = self.stamped_in(defect)
        return within & (self.due_begins >= defect.start) if self.series.is_interval else within

    def overlapping(self, defect: Defect) -> NDArray[np.bool_]:
        """The intervals that have any part in a defect [start, end)."""
        found: NDArray[np.bool_] = (self.due_begins < defect.end) & (self.stamps > defect.start)
        return found

    def note(self, which: NDArray[np.bool_], defect: Defect, *codes: str) -> None:
        """That a defect touched readings (readings,), and the qualities that they carry if it is marked."""
        for stamp in self.stamps[which].tolist():
            self.explain(stamp, defect.id)
        if defect.marked:
            for code in codes:
                self.mark(which, ReadingQualityType.parse(code), defect.end)

    def mark(self, which: NDArray[np.bool_], type_: ReadingQualityType, over: int = 0) -> None:
        """That readings (readings,) carry a quality of something that is over at an instant.

        The head end can tell when it is over at the latest, the device as soon as it stamps.
        """
        for position in np.flatnonzero(which).tolist():
            stamp = int(self.stamps[position])
            told = min(max(stamp, over), self.now) if type_.system == _METERING_SYSTEM else stamp
            if all(one.type != type_ for one in self._marks[position]):
                self._marks[position] = (*self._marks[position], ReadingQuality(type_, told))

    def explain(self, stamp: int, cause: str) -> None:
        """That something happened to the reading of a stamp."""
        known = self._causes.get(stamp, ())
        if cause not in known:
            self._causes[stamp] = (*known, cause)

    def arrange(self, positions: NDArray[np.int64]) -> None:
        """Deliver the readings at these positions, in their order; one may come twice, or not at all."""
        self.stamps, self.values = self.stamps[positions], self.values[positions]
        self.begins, self.ends = self.begins[positions], self.ends[positions]
        self._marks = self._marks[positions]

    def without(self, stamps: Instants, defect: Defect) -> None:
        """Readings that a defect takes away."""
        for stamp in stamps.tolist():
            self.explain(stamp, defect.id)
        self.arrange(np.flatnonzero(~np.isin(self.stamps, stamps)))

    def observed(self) -> ObservedSeries:
        """As it is delivered."""
        marked = {position: marks for position, marks in enumerate(self._marks.tolist()) if marks}
        return ObservedSeries(self.stamps, self.values, marked, self._causes)
