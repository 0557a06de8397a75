"""When a MeterReadSchedule reads: the TimeSchedules of the standard as instants (61968-9:2013, MeterReadSchedule).

An occurrence is an instant at which values are delivered, and the span (start, at] that they are of: what passed since
the occurrence before it. Our readings where the standard is silent:

- No TimeSchedule, or an empty one, is daily at local midnight, until cancelled.
- `recurrencePeriod` counts exact seconds, whatever clocks change; the words of `recurrencePattern` keep to the fleet's
  local calendar.
- Occurrences are counted from `scheduleInterval/start`; where `offset` is given, from so many seconds after the local
  midnight before it; without a start from local midnight, for weeks that of Monday, for months that of the first.
- Both ends of `scheduleInterval` may be occurrences. One without recurrence happens once: at its end with the values
  of the whole interval, or, where only one of its ends is given, there with those of the day before.
- TimePoints happen once each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from headend.operations.refusal import Refusal
from simulator.local_time import (
    DAY_S,
    FIRST_YEAR,
    HOUR_S,
    LAST_YEAR,
    Instants,
    LocalCalendar,
    LocalDays,
    epoch_day,
    epoch_seconds,
)
from simulator.near_miss import did_you_mean

PATTERNS: Final = ("hourly", "daily", "weekly", "monthly")
"""The words of `recurrencePattern`, in any letters' case."""
SHORTEST_PERIOD_S: Final = 60
"""Meters register nothing more often than every five minutes."""
LONGEST_PERIOD_S: Final = 366 * DAY_S

_LONGEST_BACK_S: Final = 63 * DAY_S  # to the mark of a pattern before any instant, and more
_FIRST_LOOK_S: Final = 2 * DAY_S
_YEAR_S: Final = 366 * DAY_S
_FIRST_MONDAY: Final = date(1970, 1, 5)
_FIRST: Final = datetime(FIRST_YEAR + 1, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
_FIRST_S: Final = epoch_seconds(_FIRST)
_LAST_S: Final = epoch_seconds(_LAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePoint:
    """One instant of a TimeSchedule: given itself, or as seconds after the schedule's start."""

    at: datetime | None = None
    after_s: int | None = None
    window_start: datetime | None = None
    """Where the values that are wanted begin; None: at the point before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSchedule:
    """A TimeSchedule as a client gives it."""

    start: datetime | None = None
    end: datetime | None = None
    period_s: int | None = None
    pattern: str | None = None
    """One of PATTERNS."""
    offset_s: int | None = None
    disabled: bool = False
    points: tuple[TimePoint, ...] = ()

    def __post_init__(self) -> None:
        """Raises Refusal (1.8) for what contradicts itself or means nothing here."""
        if self.period_s is not None and self.pattern is not None:
            raise _invalid("gives both recurrencePeriod and recurrencePattern; give one of them")
        if self.period_s is not None and self.period_s < SHORTEST_PERIOD_S:
            raise _invalid(f"recurrencePeriod is {self.period_s} s; it is at least {SHORTEST_PERIOD_S} s")
        if self.period_s is not None and self.period_s > LONGEST_PERIOD_S:
            raise _invalid(f"recurrencePeriod is {self.period_s} s; it is at most {LONGEST_PERIOD_S} s, a year")
        if self.pattern is not None and self.pattern not in PATTERNS:
            raise _invalid(f"recurrencePattern is {self.pattern!r}{did_you_mean(self.pattern, PATTERNS)}")
        if self.points and self.recurs:
            raise _invalid("gives both TimePoints and a recurrence; give one of them")
        self._check_offset()
        if self.start is not None and not _FIRST <= self.start < _LAST:
            raise _outside_calendar("start", self.start)
        if self.end is not None and self.end < _FIRST:  # a later one than the last is for "without end"
            raise _outside_calendar("end", self.end)

    @property
    def recurs(self) -> bool:
        """Whether it says how often; an empty one is daily, too."""
        return self.period_s is not None or self.pattern is not None

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing of when."""
        return not self.recurs and not self.points and self.start is None and self.end is None

    def _check_offset(self) -> None:
        if self.offset_s is None:
            return
        if not self.recurs and not self.is_empty:
            raise _invalid("gives an offset, which is that of a recurrence, but no recurrence")
        if self.offset_s < 0 or (self.period_s is None and self.offset_s >= DAY_S):
            raise _invalid(
                f"offset is {self.offset_s} s; it is not negative, and with recurrencePattern less than a day"
            )


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """Values of (start, at] are delivered at `at`; epoch seconds."""

    at: int
    start: int


class Recurrence:
    """The occurrences of some TimeSchedules together; equal ones are one."""

    def __init__(self, schedules: Sequence[TimeSchedule], accepted: int, calendar: LocalCalendar) -> None:
        """`accepted`, in epoch seconds, stands for a start that is not given. No schedule at all is daily.

        Raises Refusal (1.8) for a TimePoint without an instant.
        """
        self._parts = [_part(one, accepted, calendar) for one in schedules or (TimeSchedule(),)]
        lasts = [part.last for part in self._parts]
        self.last = None if None in lasts else max(last for last in lasts if last is not None)
        """When the last TimeSchedule ends, disabled or not; None: never."""

    def between(self, after: int, until: int) -> Iterator[Occurrence]:
        """Those in (after, until], in order. Nothing is worked out before it is asked for."""
        waiting = [iter(part.between(after, until)) for part in self._parts if not part.disabled]
        heads = [(head, one) for one in waiting if (head := next(one, None)) is not None]
        told: Occurrence | None = None
        while heads:
            first = min(range(len(heads)), key=lambda number: heads[number][0])
            head, stream = heads[first]
            if head != told:
                yield head
                told = head
            following = next(stream, None)
            if following is None:
                del heads[first]
            else:
                heads[first] = (following, stream)

    def next_after(self, after: int) -> Occurrence | None:
        """The first one after an instant."""
        return next(self.between(after, _LAST_S), None)


Marks = Callable[[int, int], Iterator[int]]
"""The instants of an endless grid in (after, until], ascending."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Again and again, from `first` to `last`."""

    disabled: bool
    marks: Marks
    first: int
    last: int | None
    back_s: int

    def between(self, after: int, until: int) -> Iterator[Occurrence]:
        last = _LAST_S if self.last is None else self.last
        before: int | None = None
        for mark in self.marks(max(after, self.first - 1), min(until, last)):
            if before is None:
                before = _latest(self.marks, mark - 1, self.back_s)
            yield Occurrence(mark, before)
            before = mark


@dataclass(frozen=True, slots=True)
class _Once:
    """Each of some occurrences, once."""

    disabled: bool
    each: tuple[Occurrence, ...]

    @property
    def last(self) -> int | None:
        return self.each[-1].at

    def between(self, after: int, until: int) -> Iterator[Occurrence]:
        return (one for one in self.each if after < one.at <= until)


def _part(schedule: TimeSchedule, accepted: int, calendar: LocalCalendar) -> _Grid | _Once:
    start = None if schedule.start is None else epoch_seconds(schedule.start)
    end = None if schedule.end is None or schedule.end >= _LAST else epoch_seconds(schedule.end)
    if schedule.points:
        return _Once(schedule.disabled, _of_points(schedule.points, start, calendar))
    if not schedule.recurs and not schedule.is_empty:
        if start is not None and end is not None:
            return _Once(schedule.disabled, (Occurrence(end, start),))
        at = start if start is not None else end
        if at is not None:
            return _Once(schedule.disabled, (Occurrence(at, _day_before(at, calendar)),))
    first = accepted if start is None else start
    if schedule.period_s is not None:
        midnight = _midnight(first, calendar)
        anchor = midnight + schedule.offset_s if schedule.offset_s is not None else midnight if start is None else start
        marks: Marks = partial(_every, anchor, schedule.period_s)
        return _Grid(schedule.disabled, marks, first, end, schedule.period_s)
    marks = _pattern_marks(schedule.pattern or "daily", start, schedule.offset_s, calendar)
    return _Grid(schedule.disabled, marks, first, end, _LONGEST_BACK_S)


def _of_points(points: Sequence[TimePoint], start: int | None, calendar: LocalCalendar) -> tuple[Occurrence, ...]:
    instants: list[tuple[int, int | None]] = []
    for point in points:
        if point.at is not None:
            at = epoch_seconds(point.at)
        elif point.after_s is not None and start is not None:
            at = start + point.after_s
        else:
            raise _invalid("has TimePoints without dateTime, nor relativeTimeInterval with scheduleInterval/start")
        since = None if point.window_start is None else epoch_seconds(point.window_start)
        if not _FIRST_S <= at < _LAST_S or (since is not None and since < _FIRST_S):
            raise _invalid(f"has TimePoints outside the calendar, which runs from {_FIRST.year} to {_LAST.year - 1}")
        instants.append((at, since))
    found: list[Occurrence] = []
    for at, window_start in sorted(set(instants), key=lambda one: (one[0], one[1] or 0)):
        before = found[-1].at if found else (start if start is not None and start < at else None)
        since = window_start if window_start is not None else before
        found.append(Occurrence(at, _day_before(at, calendar) if since is None or since >= at else since))
    return tuple(found)


def _every(anchor: int, period_s: int, after: int, until: int) -> Iterator[int]:
    return iter(range(anchor + ((after - anchor) // period_s + 1) * period_s, until + 1, period_s))


def _pattern_marks(pattern: str, start: int | None, offset_s: int | None, calendar: LocalCalendar) -> Marks:
    """The grid of one of PATTERNS: its time of day, and its day of the week or month, are those of the start."""
    if start is None:
        time_s, day, day_of_month = offset_s or 0, epoch_day(_FIRST_MONDAY), 1
    else:
        local = datetime.fromtimestamp(start, UTC).astimezone(calendar.zone)
        wall_s = local.hour * HOUR_S + local.minute * 60 + local.second
        time_s = wall_s if offset_s is None else offset_s
        day, day_of_month = epoch_day(local.date()), local.day
    chosen: dict[str, Callable[[LocalDays], Instants]] = {
        "hourly": partial(_hours, time_s % HOUR_S),
        "daily": partial(_days, calendar, time_s, lambda days: np.ones(days.size, np.bool_)),
        "weekly": partial(_days, calendar, time_s, lambda days: (days - day) % 7 == 0),
        "monthly": partial(_days, calendar, time_s, partial(_is_day_of_month, day_of_month)),
    }
    return partial(_by_years, calendar, chosen[pattern])


def _by_years(
    calendar: LocalCalendar, marks_of: Callable[[LocalDays], Instants], after: int, until: int
) -> Iterator[int]:
    """The marks, some local days at a time, and more and more of them: mostly the next one is all that is wanted."""
    span = _FIRST_LOOK_S
    while after < until:
        upto = min(until, after + span)
        marks = marks_of(calendar.days(after, upto))
        yield from marks[(marks > after) & (marks <= upto)].tolist()
        after, span = upto, min(span * 4, _YEAR_S)


def _hours(seconds: int, days: LocalDays) -> Instants:
    """So many seconds into each hour, counted from every local midnight."""
    each = [
        np.arange(first + seconds, end, HOUR_S) for first, end in zip(days.midnights, days.midnights[1:], strict=False)
    ]
    return np.concatenate(each)


def _days(
    calendar: LocalCalendar,
    time_s: int,
    is_chosen: Callable[[NDArray[np.int64]], NDArray[np.bool_]],
    days: LocalDays,
) -> Instants:
    """At a time of the wall clock on each of the days that are chosen, by their epoch days."""
    numbers = days.first + np.arange(len(days.midnights) - 1)
    return (calendar.wall_instants(days, time_s // 60) + time_s % 60)[is_chosen(numbers)]


def _is_day_of_month(wanted: int, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which epoch days are that day of their month; a month that is too short has its last day instead."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    lengths = ((months + 1).astype("datetime64[D]") - first).astype(np.int64)
    chosen: NDArray[np.bool_] = (dates - first).astype(np.int64) + 1 == np.minimum(wanted, lengths)
    return chosen


def _latest(marks: Marks, until: int, back_s: int) -> int:
    """The last mark up to an instant."""
    near = list(marks(until - min(back_s, _FIRST_LOOK_S), until))
    return near[-1] if near else list(marks(until - back_s, until))[-1]


def _day_before(at: int, calendar: LocalCalendar) -> int:
    """The same time of the wall clock, one local day earlier."""
    return _latest(_pattern_marks("daily", at, None, calendar), at - 1, 3 * DAY_S)


def _midnight(instant: int, calendar: LocalCalendar) -> int:
    days = calendar.days(instant, instant)
    return int(days.midnights[days.locate(np.array([instant]))[0]])


def _outside_calendar(what: str, instant: datetime) -> Refusal:
    years = f"the calendar runs from {_FIRST.year} to {_LAST.year - 1}"
    return _invalid(f"has scheduleInterval/{what} {instant.isoformat()}; {years}")


def _invalid(rule: str) -> Refusal:
    return Refusal.because("1.8", f"a TimeSchedule {rule}")


def stored_time_schedule(schedule: TimeSchedule) -> dict[str, Any]:
    """What `time_schedule_of` makes it from again."""
    values = asdict(schedule)
    for one in (values, *values["points"]):
        for name, value in one.items():
            if isinstance(value, datetime):
                one[name] = value.isoformat()
    return {**values, "points": list(values["points"])}


def time_schedule_of(stored: dict[str, Any]) -> TimeSchedule:
    """The TimeSchedule of a row."""
    points = tuple(TimePoint(**_with_instants(point, "at", "window_start")) for point in stored["points"])
    return TimeSchedule(**{**_with_instants(stored, "start", "end"), "points": points})


def _with_instants(stored: dict[str, Any], *names: str) -> dict[str, Any]:
    instants = {name: datetime.fromisoformat(stored[name]) for name in names if stored[name] is not None}
    return {**stored, **instants}
