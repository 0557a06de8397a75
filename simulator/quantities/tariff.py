"""Registers that count only at times of a tariff (time of use), or only within a step of a month's consumption.

Both are filters on the same register, so all rates together, or all steps together, make the register to the digit.

    time of use        windows of the wall clock, by kind of day; the first rate is touA
    consumption tier   what a local month has used so far decides the step; each month begins at step 1 again
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.flow import Flow
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, HOUR_S, Instants, LocalDays, in_order, wall_hours
from simulator.meter_class import MeterClass
from simulator.quantities.calendar_spans import CalendarSpan, span_starts
from simulator.quantities.energy import AmountComputation, MeteredAmount
from simulator.quantities.metered import Computation, Samples, View
from simulator.quantities.tariff_hours import rate_hours

_EVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Filtered:
    """A part of an amount: what flowed at a rate of the tariff, or within a step of the month, or both."""

    amount: MeteredAmount
    rate: int  # 1 is touA; 0: all rates
    step: int  # 1 is the first; 0: all steps

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
            parts.append(np.maximum(months, fleet.installed))
        if self._filter.rate:
            parts.append(_changes(fleet, self._filter.rate, first, last))
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
        if self._filter.step:
            months = span_starts(self._fleet.calendar, int(marks[0]), int(marks[-1]), CalendarSpan.MONTH)
            months = np.maximum(months, self._fleet.installed)
            begin = np.searchsorted(marks, months[np.searchsorted(months, marks[:-1], side="right") - 1])
            so_far = register[:, begin]
            low, high = self._step(view)
            segments = np.clip(after - so_far, low, high) - np.clip(before - so_far, low, high)
        else:
            segments = after - before
        if self._filter.rate:
            segments = segments * (self._rates(view, marks[:-1]) == self._filter.rate)
        totals = np.zeros((len(register), len(marks)), np.int64)
        np.cumsum(segments, axis=1, out=totals[:, 1:])
        return totals[:, np.searchsorted(marks, wanted)]

    def _step(self, view: View) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the step begins and ends for each meter, (meters, 1); a step its class lacks holds nothing."""
        step = self._filter.step
        low, high = {}, {}
        for one in self._fleet.classes:
            bounds = (0, *one.tariff.tier_bounds, _EVER)
            low[one], high[one] = bounds[step - 1 : step + 1] if step < len(bounds) else (_EVER, _EVER)
        return view.block.of_class(low), view.block.of_class(high)

    def _rates(self, view: View, instants: Instants) -> NDArray[np.int64]:
        """The rate that holds at each instant, for each meter, (meters, instants)."""
        classes = self._fleet.classes
        rates = np.stack([rates_at(self._fleet, one, instants) for one in classes])
        return rates[view.block.of_class({one: position for position, one in enumerate(classes)})[:, 0]]


def rates_at(fleet: Fleet, meter_class: MeterClass, instants: Instants) -> NDArray[np.int64]:
    """The rate of a class's tariff at each instant, 1 being touA."""
    days, rows, hours = _wall_hours(fleet, instants)
    numbers = days.first + rows
    by_day, of_day = np.unique(numbers, return_inverse=True)
    table = rate_hours(fleet, meter_class, by_day)
    rates: NDArray[np.int64] = table[of_day, hours]
    return rates


def _wall_hours(fleet: Fleet, instants: Instants) -> tuple[LocalDays, NDArray[np.int64], NDArray[np.int64]]:
    """The days around some instants, the row of the day of each, and the hour on the wall clock."""
    days = fleet.calendar.days(int(instants[0]), int(instants[-1]))
    rows = days.locate(instants)
    hours = (instants - days.midnights[rows]) // HOUR_S
    lengths = np.diff(days.midnights)
    for row in np.unique(rows[lengths[rows] != DAY_S]).tolist():
        on_clock = np.array(wall_hours(fleet.calendar.zone, int(days.midnights[row]), int(lengths[row])))
        chosen = rows == row
        hours[chosen] = on_clock[hours[chosen]]
    return days, rows, hours


def _changes(fleet: Fleet, rate: int, first: int, last: int) -> Instants:
    """Every instant in [first, last] at which a rate begins or ends for some class: whole hours of the wall clock."""
    days = fleet.calendar.days(first, last)
    low, high = days.locate(np.array([first, last])).tolist()
    midnights, lengths = days.midnights[low : high + 1], np.diff(days.midnights[low : high + 2])
    hours = {0}
    for one in fleet.classes:
        table = rate_hours(fleet, one, days.first + np.arange(low, high + 1))
        hours |= set((np.flatnonzero((table[:, 1:] != table[:, :-1]).any(axis=0)) + 1).tolist())
    usual = midnights[lengths == DAY_S, np.newaxis] + np.array(sorted(hours)) * HOUR_S
    odd = [midnight + np.arange(0, length, HOUR_S) for midnight, length in _odd_days(midnights, lengths)]
    hourly = in_order(usual.ravel(), *odd)
    at_rate = np.stack([rates_at(fleet, one, hourly) == rate for one in fleet.classes])
    # Each mark costs every meter a look at the flow, so those where nothing changes for any class are left out.
    begins_or_ends = np.append(True, (at_rate[:, 1:] != at_rate[:, :-1]).any(axis=0))
    changes: Instants = hourly[begins_or_ends & (hourly >= first) & (hourly <= last)]
    return changes


def _odd_days(midnights: Instants, lengths: NDArray[np.int64]) -> list[tuple[int, int]]:
    chosen = lengths != DAY_S
    return list(zip(midnights[chosen].tolist(), lengths[chosen].tolist(), strict=True))
