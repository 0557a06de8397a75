"""The local calendar of a fleet: where its days begin, and the grids of interval stamps inside them.

Instants are epoch seconds (int64, UTC). A local day runs from one local midnight to the next and has 23, 24
or 25 hours, half an hour more or less in some zones, and none at all where a zone jumped over a date. An
instant belongs to the one day with midnight <= instant < next midnight.

A day is named by its epoch day: days since 1970-01-01 of its local date.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.int64]

FIRST_YEAR: Final = 1999
LAST_YEAR: Final = 2200
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
SLOT_S: Final = 300  # inside five minutes of a day power is constant
_EPOCH_DATE: Final = date(1970, 1, 1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownZone(ValueError):
    """A time zone that the IANA database does not know; the message offers near misses."""


def epoch_seconds(instant: datetime) -> int:
    """Whole seconds since 1970 of an aware instant, rounded down. ValueError if it has no zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no zone; every instant here is aware")
    return (instant - _EPOCH) // timedelta(seconds=1)


def epoch_day(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH_DATE).days


def in_order(*instants: Instants) -> Instants:
    """All of these instants, ascending and each once.

    What is merged here is mostly sorted already, which a sort makes use of and the hash table of `np.unique` does not:
    for the quarter-hours of seven years that is a tenth of the time.
    """
    every = np.sort(np.concatenate(instants)) if instants else np.empty(0, np.int64)
    return every[np.append(True, every[1:] != every[:-1])] if len(every) else every


@dataclass(frozen=True, slots=True)
class LocalDays:
    """A run of whole local days: `midnights` (days + 1,) say where they begin and the last one ends."""

    first: int  # epoch day
    midnights: Instants

    def locate(self, instants: Instants) -> NDArray[np.int64]:
        """The row of the day that each instant belongs to."""
        # side="right" lands behind all equal midnights, so a day that a zone skipped holds no instant.
        return np.searchsorted(self.midnights, instants, side="right") - 1

    def midnight(self, day: int) -> int:
        """Where an epoch day begins, in epoch seconds."""
        return int(self.midnights[day - self.first])


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals that follow each other without a gap: (starts, stamps], both (intervals,) epoch seconds."""

    starts: Instants
    stamps: Instants


class LocalCalendar:
    """The days of one IANA time zone. Raises UnknownZone."""

    __slots__ = ("zone",)

    def __init__(self, zone: str) -> None:
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # not there; not a name; a region such as Europe
            close = get_close_matches(zone, available_timezones(), n=3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise UnknownZone(f"unknown time zone {zone!r}{hint}") from None

    def days(self, first: int, last: int) -> LocalDays:
        """Whole years of local days that hold both instants. ValueError outside the years 1999 to 2200."""
        return _days_of_years(self.zone, self._year(first), self._year(last))

    def _year(self, instant: int) -> int:
        year = (_EPOCH + timedelta(seconds=instant)).astimezone(self.zone).year
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"the year {year} is outside the calendar, which runs {FIRST_YEAR} to {LAST_YEAR}")
        return year

    def month(self, year: int, month: int) -> Instants:
        """Where the days of a month begin, and last where the next month does."""
        days = _days_of_years(self.zone, year, year)
        first = epoch_day(date(year, month, 1)) - days.first
        after = epoch_day(date(year + month // 12, month % 12 + 1, 1)) - days.first
        return days.midnights[first : after + 1]

    def start_of(self, day: date) -> int:
        """The first instant of a local date, in epoch seconds."""
        return _midnight(self.zone, day)

    def midnights(self, start: int, end: int) -> Instants:
        """The local midnights in (start, end]."""
        return self._within(start, end, DAY_S).stamps

    def intervals(self, start: int, end: int, period_s: int) -> Intervals:
        """The intervals of a period that are stamped, at their end, in (start, end].

        The grid starts anew at each local midnight, so no interval crosses one. Periods of up to an hour run
        on through a change of the clocks: a day has 92, 96 or 100 quarters. Longer ones keep to the wall
        clock: the second four-hour interval of any day ends at 8:00, the one with the change is an hour
        shorter or longer, and 86 400 s means the local day. Raises ValueError for a period that does not
        divide a day.
        """
        if period_s <= 0 or DAY_S % period_s:
            raise ValueError(f"{period_s} s is not a whole part of a day")
        return self._within(start, end, period_s)

    def wall_instants(self, days: LocalDays, minute: int) -> Instants:
        """When the wall clock shows a minute of the day, 0 to 1440, on each of the days: (days,) epoch seconds.

        A minute that shows twice counts the first time; one that is skipped, at the change.
        """
        instants = days.midnights[:-1] + minute * 60
        for row in np.flatnonzero(np.diff(days.midnights) != DAY_S):
            midnight, next_midnight = days.midnights[row : row + 2].tolist()
            instants[row] = _wall_instant(self.zone, midnight, next_midnight, minute * 60)
        return instants

    def wall_seconds(self, days: LocalDays, instants: Instants) -> NDArray[np.int64]:
        """What the wall clock shows at instants inside the days, in seconds since 0:00, (instants,)."""
        rows = days.locate(instants)
        seconds = instants - days.midnights[rows]
        lengths = np.diff(days.midnights)
        for row in np.unique(rows[lengths[rows] != DAY_S]).tolist():
            change = clock_change(self.zone, int(days.midnights[row]), int(lengths[row]))
            seconds[(rows == row) & (instants >= change.instant)] += change.forward_s
        # Clocks that go back across midnight show the end of the day before once more.
        seconds[seconds < 0] += DAY_S
        return seconds

    def _within(self, start: int, end: int, period_s: int) -> Intervals:
        if end <= start:
            nothing = np.empty(0, np.int64)
            return Intervals(nothing, nothing)
        days = self.days(start, end)
        first, last = days.locate(np.array([start, end]))
        midnights = days.midnights[first : last + 2]
        marks = _marks(self.zone, midnights, period_s)
        low, high = np.searchsorted(marks, [start, end], side="right")
        # The first midnight is at or before `start`, so every mark that is kept has one before it.
        return Intervals(marks[low - 1 : high - 1], marks[low:high])


def _marks(zone: ZoneInfo, midnights: Instants, period_s: int) -> Instants:
    """All marks of a grid in a run of days, from the first midnight to the last, both included."""
    lengths = np.diff(midnights)
    if period_s <= HOUR_S:
        counts = -(-lengths // period_s)  # rounded up: an hour's rest of half an hour is an interval of its own
        starts = np.repeat(midnights[:-1], counts)
        before = np.repeat(np.cumsum(counts) - counts, counts)
        marks = starts + (np.arange(counts.sum()) - before) * period_s
        return np.append(marks, midnights[-1])
    marks = midnights[:-1, np.newaxis] + np.arange(0, DAY_S, period_s)
    for row in np.flatnonzero(lengths != DAY_S):
        marks[row] = _wall_marks(zone, int(midnights[row]), int(midnights[row + 1]), period_s)
    return in_order(marks.ravel(), midnights[-1:])


def _wall_marks(zone: ZoneInfo, midnight: int, next_midnight: int, period_s: int) -> list[int]:
    """The marks of an odd day where the wall clock shows whole periods since 0:00."""
    seconds = range(period_s, DAY_S, period_s)
    return [midnight, *(_wall_instant(zone, midnight, next_midnight, one) for one in seconds)]


def _wall_instant(zone: ZoneInfo, midnight: int, next_midnight: int, seconds: int) -> int:
    """When the wall clock shows so many seconds since 0:00 on one day."""
    local = datetime.fromtimestamp(midnight, zone)
    wall = datetime(local.year, local.month, local.day, tzinfo=zone) + timedelta(seconds=seconds)
    # A repeated hour is marked the first time it shows; one that is skipped, at the change.
    return min(max(epoch_seconds(wall.astimezone(UTC)), midnight), next_midnight)


def _midnight(zone: ZoneInfo, day: date) -> int:
    # Where a zone changes at midnight, 0:00 does not exist; the offset before the change (fold 0) then gives
    # the instant of the change itself, which is the first instant of that date. A repeated 0:00 counts the
    # first time.
    return epoch_seconds(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))


@cache
def _midnights_of_year(zone: ZoneInfo, year: int) -> Instants:
    """Where the days of a year begin, and last where the next year does."""
    first = date(year, 1, 1).toordinal()
    after = date(year + 1, 1, 1).toordinal()
    midnights = [_midnight(zone, date.fromordinal(day)) for day in range(first, after + 1)]
    return np.array(midnights, np.int64)


@lru_cache(maxsize=64)
def _days_of_years(zone: ZoneInfo, first_year: int, last_year: int) -> LocalDays:
    years = [_midnights_of_year(zone, year) for year in range(first_year, last_year + 1)]
    midnights = np.concatenate([*(year[:-1] for year in years), years[-1][-1:]])
    midnights.flags.writeable = False  # cached, and therefore shared
    return LocalDays(epoch_day(date(first_year, 1, 1)), midnights)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """When the clocks of a day are changed, in epoch seconds, and how far forward."""

    instant: int
    forward_s: int


@lru_cache(maxsize=4096)
def clock_change(zone: ZoneInfo, midnight: int, length_s: int) -> ClockChange:
    """The change on a day that is longer or shorter than others; at its midnight where it begins with one."""

    def shown(instant: int) -> int:
        local = datetime.fromtimestamp(instant, zone)
        return local.hour * HOUR_S + local.minute * 60 + local.second

    changed = bisect_left(range(length_s), True, key=lambda elapsed: shown(midnight + elapsed) != elapsed)
    return ClockChange(midnight + changed, DAY_S - length_s)


@lru_cache(maxsize=4096)
def wall_hours(zone: ZoneInfo, midnight: int, length_s: int) -> tuple[int, ...]:
    """The hour that the wall clock shows at each elapsed hour of a day: 0, 1, 3, 4 ... on a short one."""
    return tuple(datetime.fromtimestamp(midnight + elapsed, zone).hour for elapsed in range(0, length_s, HOUR_S))
