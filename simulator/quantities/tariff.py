"""Registers that count only at times of a tariff (time of use), or only within a step of a month's consumption.

Both are filters on the same register, so all rates together, or all steps together, make the register to the digit.

    time of use        windows of the wall clock, by kind of day; the first rate is touA
    consumption tier   what a local month has used so far decides the step; each month begins at step 1 again

The tariff is that of the meter's class, or what its history of tariffs says. One that begins within a month finds what
the month has used so far.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.flow import Flow
from simulator.fleet import Fleet
from simulator.local_time import Instants, in_order
from simulator.quantities.calendar_spans import CalendarSpan, span_starts
from simulator.quantities.energy import AmountComputation, MeteredAmount
from simulator.quantities.metered import Computation, Samples, View
from simulator.quantities.tariff_rates import CLASS_TARIFFS, rate_changes, rates_at, steps_at, tariff_starts
from simulator.tariffs.tariff_groups import TariffHistory


@dataclass(frozen=True, slots=True)
class Filtered:
    """A part of an amount: what flowed at a rate of the tariff, or within a step of the month, or both."""

    amount: MeteredAmount
    rate: int  # 1 is touA; 0: all rates
    step: int  # 1 is the first; 0: all steps
    tariffs: TariffHistory = CLASS_TARIFFS

    def at(self, samples: Samples, fleet: Fleet) -> Computation:
        """See Quantity."""
        return AmountComputation(_FilteredRegister(self, fleet), samples)


class _FilteredRegister:
    """Sums the segments between marks at which neither rate nor month changes."""

    __slots__ = ("_filter", "_fleet", "_marks", "flows")

    def __init__(self, wanted: Filtered, fleet: Fleet) -> None:
        self._filter = wanted
        self._fleet = fleet
        self._marks = np.empty(0, np.int64)
        self.flows: tuple[Flow, ...] = wanted.amount.flows

    def marks(self, wanted: Instants, since_installation: bool) -> Instants:
        """See Register."""
        if not len(wanted):
            return wanted
        fleet = self._fleet
        first = fleet.installed if since_installation else int(wanted[0])
        last = int(wanted[-1])
        parts = [np.array([first], np.int64), wanted]
        if self._filter.step:
            months = span_starts(fleet.calendar, first, last, CalendarSpan.MONTH)
            parts += [np.maximum(months, fleet.installed), np.maximum(tariff_starts(self._filter.tariffs), first)]
        if self._filter.rate:
            parts.append(rate_changes(fleet, self._filter.tariffs, self._filter.rate, first, last))
        every = in_order(*parts)
        self._marks = every[every <= last]
        return self._marks

    def read(self, view: View, wanted: Instants) -> NDArray[np.int64]:
        """See Register."""
        marks = self._marks
        if not len(wanted):
            return np.zeros((len(view.block.meters), 0), np.int64)
        register = self._filter.amount.register(view)
        before, after = register[:, :-1], register[:, 1:]
        classes = self._fleet.class_of(view.block.meters)
        if self._filter.step:
            months = span_starts(self._fleet.calendar, int(marks[0]), int(marks[-1]), CalendarSpan.MONTH)
            months = np.maximum(months, self._fleet.installed)
            begin = np.searchsorted(marks, months[np.searchsorted(months, marks[:-1], side="right") - 1])
            so_far = register[:, begin]
            low, high = steps_at(self._fleet, self._filter.tariffs, self._filter.step, marks[:-1])
            low, high = low[classes], high[classes]
            segments = np.clip(after - so_far, low, high) - np.clip(before - so_far, low, high)
        else:
            segments = after - before
        if self._filter.rate:
            at_rate = rates_at(self._fleet, self._filter.tariffs, marks[:-1]) == self._filter.rate
            segments = segments * at_rate[classes]
        totals = np.zeros((len(register), len(marks)), np.int64)
        np.cumsum(segments, axis=1, out=totals[:, 1:])
        return totals[:, np.searchsorted(marks, wanted)]
