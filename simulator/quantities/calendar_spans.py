"""Spans of the calendar that values belong to: local weeks and months, from midnight to midnight."""

from enum import Enum

import numpy as np

from simulator.local_time import Instants, Intervals, LocalCalendar

_MONDAY = 4  # of epoch days, modulo 7: 1970-01-05 was one


class CalendarSpan(Enum):
    """Weeks begin on Monday; a billing period is a calendar month."""

    WEEK = "week"
    MONTH = "month"


def span_starts(calendar: LocalCalendar, first: int, last: int, span: CalendarSpan) -> Instants:
    """Where spans begin: from the one that holds `first` (start <= first) to the last that begins by `last`."""
    # The week of a New Year's Day may have begun the year before.
    days = calendar.days(first - 7 * 86_400, last)
    numbers = days.first + np.arange(len(days.midnights) - 1)
    if span is CalendarSpan.WEEK:
        begins = numbers % 7 == _MONDAY
    else:
        dates = numbers.astype("datetime64[D]")
        begins = dates == dates.astype("datetime64[M]").astype("datetime64[D]")
    starts = days.midnights[:-1][begins]
    low = np.searchsorted(starts, first, side="right") - 1
    chosen: Instants = starts[max(low, 0) : np.searchsorted(starts, last, side="right")]
    return chosen


def spans(calendar: LocalCalendar, first: int, last: int, span: CalendarSpan) -> Intervals:
    """The spans that end in (first, last], each (start, end]."""
    if last <= first:
        nothing = np.empty(0, np.int64)
        return Intervals(nothing, nothing)
    starts = span_starts(calendar, first, last, span)
    return Intervals(starts[:-1], starts[1:])


def span_around(calendar: LocalCalendar, instants: Instants, span: CalendarSpan) -> Instants:
    """Where the span (start, end] that each instant belongs to begins; one at a boundary ends the span before."""
    if not len(instants):
        return instants
    starts = span_starts(calendar, int(instants.min()) - 1, int(instants.max()), span)
    around: Instants = starts[np.searchsorted(starts, instants, side="left") - 1]
    return around
