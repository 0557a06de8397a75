"""The local calendar: where days begin and how interval grids lie in them, also where clocks change."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.local_time import LocalCalendar, epoch_seconds, in_order, wall_hours

HOUR = 3_600
ZONES = [
    "UTC",
    "Europe/Amsterdam",
    "America/New_York",
    "America/Sao_Paulo",  # changed at midnight: some days begin at 1:00
    "America/Havana",  # 0:00 shows twice
    "America/St_Johns",  # changed at 0:01
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # skipped 30 December 2011
]


def instant(text: str) -> int:
    return epoch_seconds(datetime.fromisoformat(text))


def utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("zone", "day", "hours", "quarters"),
    [
        ("UTC", "2026-03-29", 24, 96),
        ("Europe/Amsterdam", "2026-03-28", 24, 96),
        ("Europe/Amsterdam", "2026-03-29", 23, 92),
        ("Europe/Amsterdam", "2026-10-25", 25, 100),
        ("Asia/Kolkata", "2026-03-29", 24, 96),
        ("Australia/Lord_Howe", "2026-04-05", 24.5, 98),
        ("Australia/Lord_Howe", "2026-10-04", 23.5, 94),
        ("America/Sao_Paulo", "2018-11-04", 23, 92),
        ("America/Havana", "2026-11-01", 25, 100),
        ("Pacific/Apia", "2011-12-30", 0, 0),
    ],
)
def test_a_local_day_has_as_many_hours_and_quarters_as_it_lasts(
    zone: str, day: str, hours: float, quarters: int
) -> None:
    calendar = LocalCalendar(zone)
    start = calendar.start_of(date.fromisoformat(day))
    end = calendar.start_of(date.fromordinal(date.fromisoformat(day).toordinal() + 1))
    assert (end - start) / HOUR == hours
    assert len(calendar.intervals(start, end, 900).stamps) == quarters


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("period_s", [60, 300, 720, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400])
def test_intervals_follow_each_other_without_a_gap_and_none_crosses_midnight(zone: str, period_s: int) -> None:
    calendar = LocalCalendar(zone)
    for year, month in ((2011, 12), (2018, 11), (2026, 3), (2026, 4), (2026, 10), (2026, 11)):
        days = calendar.month(year, month)
        grid = calendar.intervals(int(days[0]), int(days[-1]), period_s)
        assert grid.starts[1:].tolist() == grid.stamps[:-1].tolist()
        assert np.all(grid.stamps > grid.starts)
        assert (grid.starts[0], grid.stamps[-1]) == (days[0], days[-1])
        assert set(days[1:].tolist()) <= set(grid.stamps.tolist())


@pytest.mark.parametrize("zone", ZONES)
def test_midnights_are_where_the_date_changes(zone: str) -> None:
    calendar = LocalCalendar(zone)
    info = ZoneInfo(zone)
    for midnight in calendar.month(2026, 3)[1:].tolist():
        before, after = (datetime.fromtimestamp(midnight + shift, info).date() for shift in (-1, 0))
        assert after.toordinal() == before.toordinal() + 1


def test_a_period_is_open_at_its_start_and_closed_at_its_end() -> None:
    calendar = LocalCalendar("UTC")
    start, end = instant("2026-01-01T00:15:00Z"), instant("2026-01-01T01:00:00Z")
    assert [utc(stamp) for stamp in calendar.intervals(start, end, 900).stamps] == [
        "2026-01-01T00:30",
        "2026-01-01T00:45",
        "2026-01-01T01:00",
    ]


def test_the_interval_that_began_before_the_period_belongs_to_it_by_its_stamp() -> None:
    calendar = LocalCalendar("UTC")
    start, end = instant("2026-01-01T00:20:00Z"), instant("2026-01-01T00:40:00Z")
    grid = calendar.intervals(start, end, 900)
    assert [utc(at) for at in (*grid.starts, *grid.stamps)] == ["2026-01-01T00:15", "2026-01-01T00:30"]


@pytest.mark.parametrize("length", [0, -1, -86_400])
def test_a_period_without_length_has_no_intervals(length: int) -> None:
    start = instant("2026-01-01T00:15:00Z")
    assert len(LocalCalendar("UTC").intervals(start, start + length, 900).stamps) == 0


def test_local_midnights_of_a_zone_with_half_an_hour() -> None:
    stamps = LocalCalendar("Asia/Kolkata").midnights(instant("2026-01-01T00:00Z"), instant("2026-01-02T23:00Z"))
    assert [utc(stamp) for stamp in stamps] == ["2026-01-01T18:30", "2026-01-02T18:30"]


@pytest.mark.parametrize(
    ("day", "marks"),
    [
        ("2026-03-28", ["04:00", "08:00", "12:00", "16:00", "20:00", "00:00"]),
        ("2026-03-29", ["04:00", "08:00", "12:00", "16:00", "20:00", "00:00"]),
        ("2026-10-25", ["04:00", "08:00", "12:00", "16:00", "20:00", "00:00"]),
    ],
)
def test_intervals_of_some_hours_keep_to_the_wall_clock(day: str, marks: list[str]) -> None:
    calendar = LocalCalendar("Europe/Amsterdam")
    start = calendar.start_of(date.fromisoformat(day))
    end = calendar.start_of(date.fromordinal(date.fromisoformat(day).toordinal() + 1))
    stamps = calendar.intervals(start, end, 4 * HOUR).stamps.tolist()
    assert [datetime.fromtimestamp(stamp, calendar.zone).strftime("%H:%M") for stamp in stamps] == marks


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 4, 5), 24), (date(2026, 10, 4), 23)])
def test_where_clocks_change_by_half_an_hour_the_last_hourly_interval_is_that_short(day: date, hours: int) -> None:
    calendar = LocalCalendar("Australia/Lord_Howe")
    grid = calendar.intervals(calendar.start_of(day), calendar.start_of(day) + hours * HOUR + 1_800, HOUR)
    assert (grid.stamps - grid.starts).tolist() == [HOUR] * hours + [1_800]


def test_a_day_as_an_interval_is_the_local_day() -> None:
    calendar = LocalCalendar("Europe/Amsterdam")
    days = calendar.month(2026, 10)
    grid = calendar.intervals(int(days[0]), int(days[-1]), 86_400)
    assert sorted(set((grid.stamps - grid.starts).tolist())) == [24 * HOUR, 25 * HOUR]


@pytest.mark.parametrize("period_s", [0, -900, 7, 50_000, 2 * 86_400])
def test_a_period_that_does_not_divide_a_day_is_refused(period_s: int) -> None:
    with pytest.raises(ValueError, match="not a whole part of a day"):
        LocalCalendar("UTC").intervals(0, 1, period_s)


@pytest.mark.parametrize("text", ["1998-12-31T00:00:00Z", "2201-01-01T00:00:00Z"])
def test_an_instant_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="outside the calendar, which runs 1999 to 2200"):
        LocalCalendar("UTC").days(instant(text), instant(text))


@given(
    zone=st.sampled_from(ZONES),
    seconds=st.integers(instant("2005-01-01T00:00:00Z"), instant("2040-01-01T00:00:00Z")),
)
@settings(deadline=None, max_examples=100)
def test_every_instant_belongs_to_one_day(zone: str, seconds: int) -> None:
    days = LocalCalendar(zone).days(seconds, seconds)
    row = int(days.locate(np.array([seconds]))[0])
    assert days.midnights[row] <= seconds < days.midnights[row + 1]
    if zone != "America/St_Johns":  # there the minute after midnight showed a second time, on the day before
        local = datetime.fromtimestamp(seconds, ZoneInfo(zone)).date()
        assert date.fromordinal(date(1970, 1, 1).toordinal() + days.first + row) == local


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2026-03-29", [0, 1, *range(3, 24)]),
        ("2026-10-25", [0, 1, 2, *range(2, 24)]),
    ],
)
def test_the_wall_clock_skips_or_repeats_an_hour(day: str, hours: list[int]) -> None:
    calendar = LocalCalendar("Europe/Amsterdam")
    midnight = calendar.start_of(date.fromisoformat(day))
    assert list(wall_hours(calendar.zone, midnight, len(hours) * HOUR)) == hours


@given(
    zone=st.sampled_from([*ZONES, "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago"]),
    seconds=st.integers(instant("2005-01-01T00:00:00Z"), instant("2040-01-01T00:00:00Z")),
)
@settings(deadline=None, max_examples=100)
@example("America/St_Johns", instant("2010-11-07T02:30:59Z"))
@example("America/St_Johns", instant("2010-11-07T02:31:00Z"))
@example("Australia/Lord_Howe", instant("2026-04-04T14:59:59Z"))
@example("Australia/Lord_Howe", instant("2026-04-04T15:00:00Z"))
@example("Africa/Cairo", instant("2026-04-23T22:00:00Z"))
@example("America/Santiago", instant("2026-04-05T03:00:00Z"))
def test_wall_seconds_are_what_the_clock_shows(zone: str, seconds: int) -> None:
    calendar = LocalCalendar(zone)
    # The whole day around it as well: an array of instants is told as each of them is.
    instants = np.array([seconds - 43_200, seconds, seconds + 1, seconds + 43_200])
    shown = calendar.wall_seconds(calendar.days(int(instants[0]), int(instants[-1])), instants)
    local = [datetime.fromtimestamp(one, ZoneInfo(zone)) for one in instants.tolist()]
    assert shown.tolist() == [one.hour * HOUR + one.minute * 60 + one.second for one in local]


def test_epoch_seconds_are_rounded_down_on_both_sides_of_1970() -> None:
    assert epoch_seconds(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1
    assert epoch_seconds(datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)) == -1


def test_an_instant_without_a_zone_has_no_epoch_seconds() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        epoch_seconds(datetime.fromisoformat("2026-01-01T00:00:00"))


@given(some=st.lists(st.lists(st.integers(-(2**40), 2**40), max_size=20), max_size=4))
def test_merged_instants_ascend_and_are_there_once(some: list[list[int]]) -> None:
    merged = in_order(*(np.array(one, np.int64) for one in some))
    assert merged.tolist() == sorted({instant for one in some for instant in one})
