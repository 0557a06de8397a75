"""When a MeterReadSchedule reads: TimeSchedules as instants (61968-9:2013, MeterReadSchedule)."""

from datetime import UTC, datetime
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.operations.refusal import Refusal
from headend.operations.schedules.recurrence import (
    PATTERNS,
    Recurrence,
    TimePoint,
    TimeSchedule,
    stored_time_schedule,
    time_schedule_of,
)
from simulator.local_time import DAY_S, LocalCalendar, epoch_seconds

BERLIN = LocalCalendar("Europe/Berlin")
ACCEPTED = datetime(2026, 3, 27, 11, tzinfo=UTC)
"""Two days before the clocks of Berlin go forward."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def first(*schedules: TimeSchedule, count: int = 3) -> list[tuple[str, str]]:
    """The first occurrences, as start and end of their values on the clocks of Berlin."""
    recurrence = Recurrence(schedules, epoch_seconds(ACCEPTED), BERLIN)
    found = recurrence.between(epoch_seconds(ACCEPTED) - 1, epoch_seconds(at("2028-01-01T00:00Z")))
    return [(local(one.start), local(one.at)) for one in islice(found, count)]


def local(instant: int) -> str:
    return datetime.fromtimestamp(instant, BERLIN.zone).strftime("%m-%d %H:%M")


TIMES = {
    "nothing is daily at local midnight": (
        (),
        [("03-27 00:00", "03-28 00:00"), ("03-28 00:00", "03-29 00:00"), ("03-29 00:00", "03-30 00:00")],
    ),
    "an empty one, too": (
        (TimeSchedule(),),
        [("03-27 00:00", "03-28 00:00"), ("03-28 00:00", "03-29 00:00"), ("03-29 00:00", "03-30 00:00")],
    ),
    "daily keeps to the wall clock of its start": (
        (TimeSchedule(pattern="daily", start=at("2026-03-20T06:30+01:00")),),
        [("03-27 06:30", "03-28 06:30"), ("03-28 06:30", "03-29 06:30"), ("03-29 06:30", "03-30 06:30")],
    ),
    "a day of seconds does not": (
        (TimeSchedule(period_s=DAY_S, start=at("2026-03-20T06:30+01:00")),),
        [("03-27 06:30", "03-28 06:30"), ("03-28 06:30", "03-29 07:30"), ("03-29 07:30", "03-30 07:30")],
    ),
    "an offset counts from local midnight": (
        (TimeSchedule(pattern="daily", offset_s=7200, start=at("2026-03-27T12:00+01:00")),),
        [("03-27 02:00", "03-28 02:00"), ("03-28 02:00", "03-29 03:00"), ("03-29 03:00", "03-30 02:00")],
    ),
    "every quarter, two minutes past": (
        (TimeSchedule(period_s=900, offset_s=120),),
        [("03-27 11:47", "03-27 12:02"), ("03-27 12:02", "03-27 12:17"), ("03-27 12:17", "03-27 12:32")],
    ),
    "hourly, and the hour of the request is one": (
        (TimeSchedule(pattern="hourly"),),
        [("03-27 11:00", "03-27 12:00"), ("03-27 12:00", "03-27 13:00"), ("03-27 13:00", "03-27 14:00")],
    ),
    "weekly is Monday": (
        (TimeSchedule(pattern="weekly"),),
        [("03-23 00:00", "03-30 00:00"), ("03-30 00:00", "04-06 00:00"), ("04-06 00:00", "04-13 00:00")],
    ),
    "or the weekday of its start": (
        (TimeSchedule(pattern="weekly", start=at("2026-04-02T00:00+02:00")),),
        [("03-26 00:00", "04-02 00:00"), ("04-02 00:00", "04-09 00:00"), ("04-09 00:00", "04-16 00:00")],
    ),
    "monthly is the first": (
        (TimeSchedule(pattern="monthly"),),
        [("03-01 00:00", "04-01 00:00"), ("04-01 00:00", "05-01 00:00"), ("05-01 00:00", "06-01 00:00")],
    ),
    "or the day of its start, in short months the last": (
        (TimeSchedule(pattern="monthly", start=at("2026-01-31T00:00+01:00")),),
        [("02-28 00:00", "03-31 00:00"), ("03-31 00:00", "04-30 00:00"), ("04-30 00:00", "05-31 00:00")],
    ),
    "an interval without recurrence is read once, at its end": (
        (TimeSchedule(start=at("2026-03-27T00:00+01:00"), end=at("2026-03-29T00:00+01:00")),),
        [("03-27 00:00", "03-29 00:00")],
    ),
    "a start alone is read once, with the day before": (
        (TimeSchedule(start=at("2026-03-30T00:00+02:00")),),
        [("03-29 00:00", "03-30 00:00")],
    ),
    "an end alone as well": ((TimeSchedule(end=at("2026-03-30T12:00+02:00")),), [("03-29 12:00", "03-30 12:00")]),
    "a recurrence ends with its interval, which is one": (
        (TimeSchedule(pattern="daily", end=at("2026-03-29T00:00+01:00")),),
        [("03-27 00:00", "03-28 00:00"), ("03-28 00:00", "03-29 00:00")],
    ),
    "without end is a year that no calendar has": (
        (TimeSchedule(pattern="daily", end=at("9999-12-30T00:00Z")),),
        [("03-27 00:00", "03-28 00:00"), ("03-28 00:00", "03-29 00:00"), ("03-29 00:00", "03-30 00:00")],
    ),
    "points are read each, with what passed since the one before": (
        (
            TimeSchedule(
                start=at("2026-03-27T12:00+01:00"),
                points=(
                    TimePoint(after_s=3600),
                    TimePoint(at=at("2026-03-28T00:00+01:00")),
                    TimePoint(at=at("2026-03-28T12:00+01:00"), window_start=at("2026-03-27T12:00+01:00")),
                ),
            ),
        ),
        [("03-27 12:00", "03-27 13:00"), ("03-27 13:00", "03-28 00:00"), ("03-27 12:00", "03-28 12:00")],
    ),
    "several are taken together, equal ones once": (
        (TimeSchedule(pattern="daily"), TimeSchedule(pattern="weekly"), TimeSchedule()),
        [
            ("03-27 00:00", "03-28 00:00"),
            ("03-28 00:00", "03-29 00:00"),
            ("03-23 00:00", "03-30 00:00"),
            ("03-29 00:00", "03-30 00:00"),
        ],
    ),
    "a disabled one is not read": ((TimeSchedule(pattern="daily", disabled=True),), []),
}


@pytest.mark.parametrize(("schedules", "expected"), TIMES.values(), ids=TIMES)
def test_a_time_schedule_means(schedules: tuple[TimeSchedule, ...], expected: list[tuple[str, str]]) -> None:
    assert first(*schedules, count=max(3, len(expected))) == expected


@given(
    pattern=st.sampled_from(PATTERNS),
    start=st.integers(0, 4 * 365 * DAY_S).map(lambda seconds: datetime.fromtimestamp(1_704_067_200 + seconds, UTC)),
    cut=st.integers(0, 70 * DAY_S),
)
def test_occurrences_follow_each_other_without_gap_however_they_are_asked_for(
    pattern: str, start: datetime, cut: int
) -> None:
    recurrence = Recurrence([TimeSchedule(pattern=pattern, start=start)], epoch_seconds(start), BERLIN)
    begin, end = epoch_seconds(start) - 1, epoch_seconds(start) + 70 * DAY_S
    at_once = list(recurrence.between(begin, end))
    assert at_once[0].at == epoch_seconds(start)
    assert all(one.at == following.start for one, following in pairwise(at_once))
    middle = begin + cut
    assert [*recurrence.between(begin, min(middle, end)), *recurrence.between(middle, end)] == at_once
    following = recurrence.next_after(middle)
    assert following is not None
    assert middle < following.at


@pytest.mark.parametrize("name", TIMES)
def test_a_time_schedule_comes_back_from_the_store(name: str) -> None:
    schedules, _ = TIMES[name]
    assert tuple(time_schedule_of(stored_time_schedule(one)) for one in schedules) == schedules


def test_the_last_occurrence_of_several_is_that_of_the_longest() -> None:
    short = TimeSchedule(pattern="daily", end=at("2026-04-01T00:00Z"))
    long = TimeSchedule(start=at("2026-05-01T00:00Z"))
    assert Recurrence([short, long], epoch_seconds(ACCEPTED), BERLIN).last == epoch_seconds(at("2026-05-01T00:00Z"))
    assert Recurrence([short, TimeSchedule()], epoch_seconds(ACCEPTED), BERLIN).last is None


def test_an_offset_without_recurrence_says_nothing() -> None:
    with pytest.raises(Refusal, match="no recurrence"):
        TimeSchedule(start=ACCEPTED, offset_s=60)


def test_points_and_a_recurrence_contradict_each_other() -> None:
    with pytest.raises(Refusal, match="both TimePoints and a recurrence"):
        TimeSchedule(pattern="daily", points=(TimePoint(at=ACCEPTED),))
