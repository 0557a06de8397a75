"""Means, minima, maxima and cumulated maxima: from samples to one value a stamp, and when an extreme happened.

A sample belongs to the period (start, stamp] in which it ends. A reset of the demand begins a period of its own: the
value at the instant of the reset is the closing one. A period without any sample (a billing period of
which no demand block is complete yet, a rate of the tariff that no day of it has) gives 0 at its stamp.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.fleet import Fleet
from simulator.local_time import Instants
from simulator.quantities.calendar_spans import CalendarSpan, span_around, span_starts
from simulator.quantities.channel import Aggregate, Sampling
from simulator.quantities.metered import Block, Samples
from simulator.quantities.tariff_rates import CLASS_TARIFFS, rates_at
from simulator.tariffs.tariff_groups import TariffHistory

_NEVER: Final = -(2**62)
_SUMS: Final = (Aggregate.SUM_OF_MAXIMA, Aggregate.CONTINUOUS_SUM_OF_MAXIMA)
Reduced = tuple[NDArray[np.int64], NDArray[np.int64] | None]  # values and, of extremes, their stamps


class Reduction:
    """The samples that a channel's aggregate needs at some stamps, and what becomes of them."""

    __slots__ = ("_first", "_fleet", "_last", "_months", "_sampling", "_stamps", "_tariffs", "samples")

    def __init__(
        self,
        sampling: Sampling,
        stamps: Instants,
        starts: Instants | None,
        fleet: Fleet,
        tariffs: TariffHistory = CLASS_TARIFFS,
    ) -> None:
        """`starts` are those of the periods that stamps end; of a running span they are found here."""
        self._tariffs = tariffs
        self._sampling = sampling
        self._stamps = stamps
        self._fleet = fleet
        if starts is None or sampling.since is not None:
            starts = span_around(fleet.calendar, stamps, sampling.since or CalendarSpan.MONTH)
        self._months = np.empty(0, np.int64)
        begin = int(starts.min()) if len(stamps) else fleet.installed
        if sampling.aggregate in _SUMS and len(stamps):
            begin = fleet.installed
            self._months = span_starts(fleet.calendar, begin, int(stamps[-1]), CalendarSpan.MONTH)
        self.samples = self._lay(begin, int(stamps[-1]) if len(stamps) else begin)
        self._first = np.searchsorted(self.samples.ends, starts, side="right")
        self._last = np.searchsorted(self.samples.ends, stamps, side="right")

    def _lay(self, begin: int, end: int) -> Samples:
        step_s, block_s = self._sampling.step_s, self._sampling.block_s
        grid = self._fleet.calendar.intervals(max(begin, self._fleet.installed), end, step_s)
        if block_s is None:
            return Samples(grid.stamps)
        starts = grid.starts if block_s == step_s else grid.stamps - block_s
        complete = starts >= self._fleet.installed
        return Samples(grid.stamps[complete], starts[complete])

    def reduced(self, values: NDArray[np.int64], block: Block) -> Reduced:
        """From samples (meters, samples) to (meters, stamps)."""
        sampling = self._sampling
        if sampling.rate:
            values = np.where(self._at_rate(block), values, _NEVER)
        if sampling.aggregate is Aggregate.MEAN:
            return self._means(values), None
        resets = block.demand_resets if sampling.is_reset else {}
        if sampling.aggregate in _SUMS:
            sums = self._sums_of_maxima(values, self._months, self._first)
            for row, instants in resets.items():
                months = np.union1d(self._months, self._inside(instants))
                sums[row] = self._sums_of_maxima(values[row : row + 1], months, self._since_reset(instants))[0]
            return sums, None
        found, when = self._extremes(values, self._first, self._last)
        for row, instants in resets.items():
            since = self._since_reset(instants)
            own, own_when = self._extremes(values[row : row + 1], since, self._last)
            found[row], when[row] = own[0], own_when[0]
        # One more, never chosen: there may be no sample at all.
        ends = np.append(self.samples.ends, np.int64(0))
        happened = np.where(when < 0, self._stamps, ends[np.maximum(when, 0)])
        return (happened, None) if sampling.tells_time else (found, happened)

    def _inside(self, resets: Sequence[int]) -> NDArray[np.int64]:
        """The resets between the first and the last month that matters."""
        instants = np.array(resets, np.int64)
        if not len(self._months):
            return instants[:0]
        inside: NDArray[np.int64] = instants[(instants > self._months[0]) & (instants < self._stamps[-1])]
        return inside

    def _since_reset(self, resets: Sequence[int]) -> NDArray[np.int64]:
        """The first sample of each period of a meter with resets: the one after the last reset before its stamp."""
        instants = np.array(resets, np.int64)
        number = np.searchsorted(instants, self._stamps, side="left") - 1
        after = np.searchsorted(self.samples.ends, instants[np.maximum(number, 0)], side="right")
        first: NDArray[np.int64] = np.where(number < 0, self._first, np.maximum(self._first, after))
        return first

    def _at_rate(self, block: Block) -> NDArray[np.bool_]:
        begun = self.samples.ends - 1 if self.samples.starts is None else self.samples.starts
        if not len(begun):
            return np.zeros((len(block.meters), 0), np.bool_)
        at_rate: NDArray[np.bool_] = rates_at(self._fleet, self._tariffs, begun) == self._sampling.rate
        return at_rate[self._fleet.class_of(block.meters)]

    def _means(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        totals = np.zeros((len(values), values.shape[1] + 1), np.int64)
        np.cumsum(values, axis=1, out=totals[:, 1:])
        counts = np.maximum(self._last - self._first, 1)
        means: NDArray[np.int64] = (totals[:, self._last] - totals[:, self._first]) // counts
        return means

    def _extremes(
        self, values: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Each period's extreme and the number of its sample, -1 and 0 where there is none, (meters, periods)."""
        lowest = self._sampling.aggregate is Aggregate.MINIMUM
        rank = self._sampling.rank
        found = np.zeros((len(values), len(first)), np.int64)
        when = np.full_like(found, -1)
        for period, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
            if high - low <= rank:
                continue
            inside = values[:, low:high]
            # The earliest of equals, as a meter keeps the first.
            order = inside if lowest else -inside
            if lowest and self._sampling.rate:
                order = np.where(inside == _NEVER, -_NEVER, inside)
            at = order.argmin(axis=1) if rank == 0 else order.argsort(axis=1, kind="stable")[:, rank]
            best = inside[np.arange(len(inside)), at]
            there = best != _NEVER
            found[there, period] = best[there]
            when[there, period] = at[there] + low
        return found, when

    def _sums_of_maxima(
        self, values: NDArray[np.int64], months: NDArray[np.int64], first: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The sums at the stamps: of the periods that `months` begin, and of the one that runs since sample `first`."""
        bounds = np.searchsorted(self.samples.ends, months, side="right")
        maxima, _ = self._extremes(values, bounds[:-1], bounds[1:])
        closed = np.zeros((len(values), len(months)), np.int64)
        np.cumsum(maxima, axis=1, out=closed[:, 1:])
        # At midnight between two months the old one is not closed yet: a period ends with its stamp.
        month = np.searchsorted(months, self._stamps, side="left") - 1
        total = closed[:, np.maximum(month, 0)]
        if self._sampling.aggregate is Aggregate.CONTINUOUS_SUM_OF_MAXIMA:
            total = total + self._extremes(values, first, self._last)[0]
        return total
