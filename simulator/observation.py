"""Between what meters registered and what a head end delivers: readings that are missing, altered, late or doubled.

Three causes act in order. The device may have a defect (`simulator.defects`), so that it stores something else than
what it should. The link may not have brought a value yet: what is not heard at `now` is missing. And the head end
itself estimates, delivers twice, or in another order. Whatever no cause touches stays on the fast path: a block of
readings names only the rows that are different.

Which values are missing follows without any value being computed (`Observation.gaps`), because a reply says so
before its payload begins.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.cim.reading_quality_type import ReadingQualityType
from simulator.local_time import Instants
from simulator.series import Series
from simulator.windows import FOR_EVER, Window

Span = tuple[int, int]
"""Of intervals where they begin and end, of registers the first stamp and the last, both in epoch seconds."""

UNHEARD: Final = "unheard"
"""The cause of a value that the link has not brought yet."""
DISTURBED: Final = "disturbed"
"""The cause of an extreme that a defect of its meter keeps back."""

_METERS_AT_ONCE: Final = 65_536
_VALUES_AT_ONCE: Final = 4_194_304


@dataclass(frozen=True, slots=True)
class ReadingQuality:
    """Something said about one reading, and when it was said, in epoch seconds."""

    type: ReadingQualityType
    instant: int


@dataclass(frozen=True, slots=True)
class ObservedSeries:
    """One series of one meter as the head end delivers it."""

    stamps: Instants  # (readings,) epoch seconds, in the order of delivery; one may come twice, or never
    values: NDArray[np.int64]  # (readings,)
    # By position among the readings; most carry none.
    qualities: Mapping[int, tuple[ReadingQuality, ...]] = field(default_factory=dict)
    # Of every stamp that something happened to, missing ones too: what it was, as ids of causes. Stamps are those of
    # the series, also where its readings have stamps of their own.
    causes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def chosen(self, keep: NDArray[np.bool_]) -> "ObservedSeries":
        """Only the readings (readings,) that are to be kept."""
        places = np.flatnonzero(keep).tolist()
        qualities = {now: self.qualities[was] for now, was in enumerate(places) if was in self.qualities}
        return replace(self, stamps=self.stamps[keep], values=self.values[keep], qualities=qualities)

    def missing(self, stamps: Instants, cause: str) -> "ObservedSeries":
        """Without the readings of some stamps, which are missing for a cause."""
        causes = dict(self.causes)
        for stamp in stamps.tolist():
            causes[stamp] = (*causes.get(stamp, ()), cause)
        return replace(self.chosen(~np.isin(self.stamps, stamps)), causes=causes)

    def carrying(self, qualities: frozenset[str]) -> "ObservedSeries":
        """Only the readings that carry one of some qualities (their codes)."""
        keep = np.zeros(len(self.stamps), np.bool_)
        for position, carried in self.qualities.items():
            keep[position] = any(one.type.code in qualities for one in carried)
        return self.chosen(keep)


Observed = Mapping[int, tuple[ObservedSeries, ...]]
"""By row of a block: each of its series."""


Measure = Callable[[Series], NDArray[np.int64]]
"""What one meter registers, whatever is observed of it: values (stamps,). Only those of registers must ascend."""
MeasureBlock = Callable[[int, Series], NDArray[np.int64]]
"""As Measure, of any meter of a fleet."""


class Unheard(Protocol):
    """What the link has not brought yet; see `simulator.links`."""

    def __call__(self, meters: NDArray[np.int64], stamps: Instants, now: int, /) -> NDArray[np.bool_]:
        """Which values the head end does not have at `now`, (meters, stamps); stamps ascend, and none is later."""


class Disturbance(Protocol):
    """What makes the readings of one meter differ from what it should deliver."""

    def missing(self, series: Series, now: int, /) -> NDArray[np.bool_]:
        """Which values (stamps,) are missing, without computing any."""

    def observed(self, series: Series, values: NDArray[np.int64], now: int, measure: Measure, /) -> ObservedSeries:
        """What is delivered of the values (stamps,); stamps that `missing` tells are not among it, all others are."""


class Disturbances(Protocol):
    """The disturbances of all meters."""

    def touching(self, meters: NDArray[np.int64], series: Sequence[Series], /) -> Mapping[int, Disturbance]:
        """By row, those that may touch a value of the series."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What stands between the meters of a fleet and whoever reads them at `now` (epoch seconds)."""

    now: int
    unheard: Unheard | None = None
    disturbances: Disturbances | None = None
    qualities: frozenset[str] | None = None  # only readings that carry one of these are wanted; None: all
    # By fleet index, of meters that did not always hang where they are asked for: when they did. What a meter would
    # have measured elsewhere, or nowhere, is neither delivered nor missed.
    mounted: Mapping[int, Sequence[Window]] | None = None
    before: int | None = None  # only readings that were still missing at this earlier instant are wanted; None: all

    def observed(
        self,
        meters: NDArray[np.int64],
        series: Sequence[Series],
        values: Sequence[NDArray[np.int64]],
        own_stamps: Sequence[NDArray[np.int64] | None],
        measure: MeasureBlock,
    ) -> Observed:
        """The rows of a block that are not delivered as they were registered. See `ReadingBlock` for the arrays."""
        touched, unheard = self._touched(meters, series)
        found: dict[int, tuple[ObservedSeries, ...]] = {}
        for row in sorted({*self._rows(touched, unheard), *self._moved(meters)}):
            measured = partial(measure, int(meters[row]))
            windows = None if self.mounted is None else self.mounted.get(int(meters[row]))
            delivered = []
            for number, one in enumerate(series):
                mask = unheard[number]
                late = None if mask is None else mask[row]
                own = own_stamps[number] if own_stamps else None
                if own is not None:
                    # When an extreme happened nothing but its being there can be disturbed.
                    delivered.append(self._of_extremes(own[row], values[number][row], one, late, touched.get(row)))
                    continue
                disturbance = touched.get(row)
                its_values = values[number][row]
                reading = (
                    ObservedSeries(one.stamps, its_values)
                    if disturbance is None
                    else disturbance.observed(one, its_values, self.now, measured)
                )
                delivered.append(reading if late is None else reading.missing(one.stamps[late], UNHEARD))
            if windows is not None:
                delivered = [
                    reading.chosen(_hangs(one, reading.stamps, windows))
                    for one, reading in zip(series, delivered, strict=True)
                ]
            found[row] = tuple(delivered)
        if self.before is not None:
            before = replace(self, now=self.before, before=None)
            found = self._lately(before, found, meters, series, values, own_stamps)
        return found if self.qualities is None else self._selected(found, len(meters), len(series))

    def missing(self, meters: NDArray[np.int64], series: Sequence[Series]) -> list[NDArray[np.bool_]]:
        """Which values of each series are missing at `now`, (meters, stamps), without computing any."""
        touched, unheard = self._touched(meters, series)
        found = []
        for one, mask in zip(series, unheard, strict=True):
            missing = np.zeros((len(meters), len(one.stamps)), np.bool_) if mask is None else mask.copy()
            for row, disturbance in touched.items():
                missing[row] |= disturbance.missing(one, self.now)
            found.append(missing)
        return found

    def _of_extremes(
        self,
        own_stamps: Instants,
        values: NDArray[np.int64],
        series: Series,
        late: NDArray[np.bool_] | None,
        disturbance: Disturbance | None,
    ) -> ObservedSeries:
        """Those that are not missing. One extreme may be told at several stamps: causes go by those of the series."""
        gone = self._gone(disturbance, late, series)
        causes: dict[int, tuple[str, ...]] = dict.fromkeys(series.stamps[gone].tolist(), (DISTURBED,))
        if late is not None:
            causes |= dict.fromkeys(series.stamps[late].tolist(), (UNHEARD,))
        return replace(ObservedSeries(own_stamps, values).chosen(~gone), causes=causes)

    def gaps(
        self, meters: NDArray[np.int64] | range, series: Sequence[Series]
    ) -> Iterator[tuple[int, tuple[Span, ...]]]:
        """The meters that lack values of the series at `now`, each with the spans that they are missing from.

        Computes no value, and looks at no more meters at once than a block of them.
        """
        if self.disturbances is None and self.unheard is None:
            return
        most = min(_METERS_AT_ONCE, max(1, _VALUES_AT_ONCE // max(1, sum(len(one.stamps) for one in series))))
        for first in range(0, len(meters), most):
            chosen = np.asarray(meters[first : first + most], np.int64)
            touched, unheard = self._touched(chosen, series)
            for row in self._rows(touched, unheard):
                spans: list[Span] = []
                windows = None if self.mounted is None else self.mounted.get(int(chosen[row]))
                for one, mask in zip(series, unheard, strict=True):
                    late = None if mask is None else mask[row]
                    gone = self._gone(touched.get(row), late, one)
                    spans += _runs(one, gone if windows is None else gone & _hangs(one, one.stamps, windows))
                if spans:
                    yield int(chosen[row]), _merged(spans)

    def _touched(
        self, meters: NDArray[np.int64], series: Sequence[Series]
    ) -> tuple[Mapping[int, Disturbance], list[NDArray[np.bool_] | None]]:
        """Disturbances by row; and of each series which values (meters, stamps) are not heard of, None for none."""
        touched = {} if self.disturbances is None else self.disturbances.touching(meters, series)
        return touched, [self._mask(meters, one.stamps) for one in series]

    def _rows(self, touched: Mapping[int, Disturbance], unheard: Sequence[NDArray[np.bool_] | None]) -> list[int]:
        rows = set(touched)
        for mask in unheard:
            if mask is not None:
                rows.update(np.flatnonzero(mask.any(axis=1)).tolist())
        return sorted(rows)

    def _moved(self, meters: NDArray[np.int64]) -> list[int]:
        """The rows of meters that did not always hang where they are asked for."""
        if not self.mounted:
            return []
        return np.flatnonzero(np.isin(meters, np.fromiter(self.mounted, np.int64, len(self.mounted)))).tolist()

    def _mask(self, meters: NDArray[np.int64], stamps: Instants) -> NDArray[np.bool_] | None:
        if self.unheard is None or not len(stamps):
            return None
        unheard = self.unheard(meters, stamps, self.now)
        return unheard if unheard.any() else None

    def _gone(
        self, disturbance: Disturbance | None, late: NDArray[np.bool_] | None, series: Series
    ) -> NDArray[np.bool_]:
        """Which values of one meter are missing."""
        gone = np.zeros(len(series.stamps), np.bool_) if late is None else late
        return gone if disturbance is None else gone | disturbance.missing(series, self.now)

    def _lately(
        self,
        before: "Observation",
        found: Mapping[int, tuple[ObservedSeries, ...]],
        meters: NDArray[np.int64],
        series: Sequence[Series],
        values: Sequence[NDArray[np.int64]],
        own_stamps: Sequence[NDArray[np.int64] | None],
    ) -> dict[int, tuple[ObservedSeries, ...]]:
        """Every row, with nothing but the readings that have come since `before`."""
        were_missing = before.missing(meters, series)
        are_missing = self.missing(meters, series)
        chosen: dict[int, tuple[ObservedSeries, ...]] = {}
        for row in range(len(meters)):
            each = []
            for number, one in enumerate(series):
                came = were_missing[number][row] & ~are_missing[number][row]
                own = own_stamps[number] if own_stamps else None
                if own is not None:
                    each.append(ObservedSeries(own[row], values[number][row]).chosen(came))
                    continue
                reading = found[row][number] if row in found else ObservedSeries(one.stamps, values[number][row])
                each.append(reading.chosen(np.isin(reading.stamps, one.stamps[came])))
            chosen[row] = tuple(each)
        return chosen

    def _selected(self, found: Observed, meters: int, series: int) -> Observed:
        """Every row, with nothing but the readings that carry a wanted quality."""
        nothing = np.empty(0, np.int64)
        none = (ObservedSeries(nothing, nothing),) * series
        wanted = self.qualities or frozenset()
        return {row: tuple(one.carrying(wanted) for one in found.get(row, none)) for row in range(meters)}


def _hangs(series: Series, stamps: Instants, windows: Sequence[Window]) -> NDArray[np.bool_]:
    """Which readings (stamps,) of a series have to do with any of some windows.

    Those of intervals that reach into one, also with a part of them only; of registers those from the first to the last
    instant of one, so that the values at both ends are told.
    """
    begins = stamps
    if series.is_interval:
        places = np.clip(np.searchsorted(series.stamps, stamps), 0, max(0, len(series.stamps) - 1))
        begins = stamps - (series.stamps - series.interval_starts())[places] if len(series.stamps) else stamps
    found = np.zeros(len(stamps), np.bool_)
    for start, end in windows:
        until = FOR_EVER if end is None else end
        found |= (stamps > start) & (begins < until) if series.is_interval else (stamps >= start) & (stamps <= until)
    return found


def _runs(series: Series, gone: NDArray[np.bool_]) -> Iterator[Span]:
    """The spans of values that follow each other."""
    edges = np.flatnonzero(np.diff(gone.astype(np.int8), prepend=0, append=0))
    starts = series.interval_starts() if series.is_interval else series.stamps
    for first, after in edges.reshape(-1, 2).tolist():
        yield int(starts[first]), int(series.stamps[after - 1])


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
