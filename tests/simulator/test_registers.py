"""Registers: exact, monotone, the same in any company, and what a scalar reading of the design gives."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import epoch_seconds
from simulator.noise import Purpose
from simulator.profiles import RESIDENTIAL, Ladder
from simulator.registers import RegisterPlan, cumulative_mwh, register_wh

ZONES = ["UTC", "Europe/Amsterdam", "Asia/Kolkata", "Australia/Lord_Howe"]
FLEETS = {zone: Fleet(FleetSpec(10_000_000, seed=1, zone=zone)) for zone in ZONES}
LATE = Fleet(FleetSpec(10_000_000, seed=1, zone="Europe/Amsterdam", installed=date(2024, 5, 17)))
zones = st.sampled_from(ZONES)
meters = st.integers(0, 9_999_999)
seconds = st.integers(epoch_seconds(datetime(2020, 1, 2, tzinfo=UTC)), epoch_seconds(datetime(2032, 1, 1, tzinfo=UTC)))


def instant(text: str) -> int:
    return epoch_seconds(datetime.fromisoformat(text))


# The cascade once more, in plain integers, one meter and one instant at a time.

WORD = 2**64


def mix(word: int) -> int:
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % WORD
    return word ^ (word >> 31)


def draw(key: int, purpose: Purpose, index: int) -> int:
    return mix((key + purpose * 0xD1B54A32D192ED03 + index * 0x9E3779B97F4A7C15) % WORD)


def rung(ladder: Ladder, at: int) -> int:
    for (left, low), (right, high) in pairwise(ladder):
        if left <= at < right:
            return low + (high - low) * (at - left) // (right - left)
    return ladder[-1][1]


def part(whole: int, weights: list[int], number: int) -> tuple[int, int]:
    """Energy before a part of a split, and in it."""
    low = whole * sum(weights[:number]) // sum(weights)
    return low, whole * sum(weights[: number + 1]) // sum(weights) - low


class ScalarMeter:
    def __init__(self, seed: int, index: int, zone: str, installed: date) -> None:
        self.fleet = mix((seed + 0x9E3779B97F4A7C15) % WORD)
        self.key = draw(self.fleet, Purpose.METER, index)
        self.zone = ZoneInfo(zone)
        self.installed = installed
        self.profile = RESIDENTIAL
        self.character = draw(self.key, Purpose.CHARACTER, 0)

    def midnight(self, day: date) -> int:
        return epoch_seconds(datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC))

    def register_mwh(self, at: int) -> int:
        return self.since_year_of_installation(at) - self.since_year_of_installation(self.midnight(self.installed))

    def since_year_of_installation(self, at: int) -> int:
        day = datetime.fromtimestamp(at, self.zone).date()
        before = sum(self.year(year) for year in range(self.installed.year, day.year))
        return before + self.in_year(day, at)

    def year(self, year: int) -> int:
        ladder, at = self.profile.annual_wh, self.character >> 56
        low, fraction = rung(ladder, at), self.character >> 40 & 0xFFFF
        annual_mwh = (low + (rung(ladder, at + 1) - low) * fraction // 2**16) * 1_000
        own, shared = draw(self.key, Purpose.YEAR, year) >> 58, draw(self.fleet, Purpose.SHARED_YEAR, year) >> 59
        return annual_mwh * (208 + own + shared) // 256

    def in_year(self, day: date, at: int) -> int:
        weights = [self.month_weight(day.year, month) for month in range(1, 13)]
        before, energy = part(self.year(day.year), weights, day.month - 1)
        days = list(days_of_month(day.year, day.month))
        low, energy = part(energy, [self.day_weight(one) for one in days], day.day - 1)
        return before + low + self.in_day(day, at, energy)

    def month_weight(self, year: int, month: int) -> int:
        number = year * 12 + month - 1
        shared = 240 + (draw(self.fleet, Purpose.SHARED_MONTH, number) >> 59)
        length = len(list(days_of_month(year, month)))
        own = rung(self.profile.own_month, draw(self.key, Purpose.MONTH, number) >> 56)
        return self.profile.season[month - 1] * length * shared // 64 * own // 256

    def day_type(self, day: date) -> int:
        if (day.month, day.day) in self.profile.holidays or day.weekday() == 6:
            return 2
        return 1 if day.weekday() == 5 else 0

    def day_weight(self, day: date) -> int:
        number = (day - date(1970, 1, 1)).days
        last = [draw(self.fleet, Purpose.WEATHER, number - back) >> 56 for back in range(4)]
        weather = 192 + (3 * last[0] + 2 * last[1] + 2 * last[2] + last[3]) // 16
        length = self.midnight(day + timedelta(days=1)) - self.midnight(day)
        own = rung(self.profile.own_day, draw(self.key, Purpose.DAY, number) >> 56)
        return self.profile.day_types[self.day_type(day)] * weather * length // (4 * 86_400) * own // 512

    def in_day(self, day: date, at: int, energy: int) -> int:
        start, end = self.midnight(day), self.midnight(day + timedelta(days=1))
        number = (day - date(1970, 1, 1)).days
        hours = range(-(-(end - start) // 3_600))
        slots = [min(12, (end - start - hour * 3_600) // 300) for hour in hours]
        wall = [datetime.fromtimestamp(start + hour * 3_600, self.zone).hour for hour in hours]
        share, home = self.character & 0xFF, 0
        while share >= self.profile.households[home].share:
            share -= self.profile.households[home].share
            home += 1
        household = self.profile.households[home]
        shape = (household.weekday, household.saturday, household.sunday)[self.day_type(day)]
        weights = []
        for hour in hours:
            going_on = rung(self.profile.hour_activity, draw(self.key, Purpose.HOUR, number * 32 + hour) >> 56)
            weight = (shape[wall[hour]] * going_on + self.profile.standing * 256) // 16
            weights.append(weight * slots[hour] // 12)
        hour, within = divmod(at - start, 3_600)
        before, energy = part(energy, weights, hour)
        words = [draw(self.key, Purpose.APPLIANCE, (number * 32 + hour) * 2 + word) for word in range(2)]
        drawn = b"".join(word.to_bytes(8, "little") for word in words)
        slot_weights = [
            self.profile.calm[wall[hour]]
            + rung(self.profile.quarter, drawn[slot // 3])
            + rung(self.profile.slot, drawn[4 + slot])
            for slot in range(slots[hour])
        ]
        slot, second = divmod(within, 300)
        low, energy = part(energy, slot_weights, slot)
        return before + low + energy * second // 300


def days_of_month(year: int, month: int) -> Iterator[date]:
    day = date(year, month, 1)
    while day.month == month:
        yield day
        day += timedelta(days=1)


@given(zone=zones, index=meters, at=seconds)
@settings(deadline=None, max_examples=60)
def test_the_array_form_equals_the_scalar_form(zone: str, index: int, at: int) -> None:
    scalar = ScalarMeter(1, index, zone, date(2020, 1, 1))
    assert cumulative_mwh(FLEETS[zone], [index], np.array([at])).tolist() == [[scalar.register_mwh(at)]]


@given(index=meters, after=st.integers(0, 8 * 365 * 86_400))
@settings(deadline=None, max_examples=20)
def test_the_array_form_equals_the_scalar_form_for_a_fleet_installed_in_mid_year(index: int, after: int) -> None:
    scalar = ScalarMeter(1, index, "Europe/Amsterdam", LATE.spec.installed)
    at = LATE.installed + after
    assert cumulative_mwh(LATE, [index], np.array([at])).tolist() == [[scalar.register_mwh(at)]]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-29T00:00:00+01:00",
        "2026-03-29T01:59:59+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T23:59:59+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T23:59:59+01:00",
    ],
)
def test_the_forms_agree_on_the_days_when_clocks_change(text: str) -> None:
    scalar = ScalarMeter(1, 7, "Europe/Amsterdam", date(2020, 1, 1))
    at = instant(text)
    assert cumulative_mwh(FLEETS["Europe/Amsterdam"], [7], np.array([at]))[0, 0] == scalar.register_mwh(at)


@pytest.mark.parametrize("day", [date(2026, 4, 5), date(2026, 10, 4)])
def test_the_forms_agree_where_a_day_ends_with_half_an_hour(day: date) -> None:
    fleet = FLEETS["Australia/Lord_Howe"]
    scalar = ScalarMeter(1, 7, "Australia/Lord_Howe", date(2020, 1, 1))
    end = fleet.calendar.start_of(day + timedelta(days=1))
    instants = np.arange(end - 5_400, end + 1, 150)
    assert cumulative_mwh(fleet, [7], instants)[0].tolist() == [scalar.register_mwh(int(at)) for at in instants]


GOLDEN_MWH = [
    [5996980, 20848249459, 39913484809],
    [3670707, 12036308522, 22537349087],
    [3076758, 13157247820, 23537203586],
]


def test_the_digits_of_a_fleet_never_change() -> None:
    # Changing these means that every recorded reading of every user changes: raise the major version.
    fleet = Fleet(FleetSpec(10_000_000, seed=1, zone="Europe/Amsterdam"))
    at = [instant("2020-01-01T12:34:56Z"), instant("2026-03-29T12:00:00Z"), instant("2031-10-26T01:00:00Z")]
    assert cumulative_mwh(fleet, [0, 42, 9_999_999], np.array(at)).tolist() == GOLDEN_MWH


def test_a_register_stands_at_zero_when_the_meter_is_installed() -> None:
    for fleet in (LATE, *FLEETS.values()):
        assert cumulative_mwh(fleet, range(5), np.array([fleet.installed])).tolist() == [[0]] * 5


def test_a_register_before_the_installation_is_refused() -> None:
    with pytest.raises(ValueError, match="before the installation"):
        cumulative_mwh(LATE, [0], np.array([LATE.installed - 1]))


def test_a_register_shows_whole_watt_hours_rounded_down() -> None:
    assert register_wh(np.array([[0, 999, 1_000, 2_999_999]])).tolist() == [[0, 0, 1, 2_999]]


@given(zone=zones, index=meters, at=st.lists(seconds, min_size=2, max_size=30, unique=True))
@settings(deadline=None, max_examples=40)
def test_a_register_never_runs_backwards(zone: str, index: int, at: list[int]) -> None:
    register = cumulative_mwh(FLEETS[zone], [index], np.array(sorted(at)))[0]
    assert np.all(np.diff(register) >= 0)


@given(zone=zones, index=meters, at=seconds)
@settings(deadline=None, max_examples=20)
def test_a_register_rises_second_by_second_without_a_jump(zone: str, index: int, at: int) -> None:
    steps = np.diff(cumulative_mwh(FLEETS[zone], [index], np.arange(at, at + 900))[0])
    assert steps.min() >= 0
    assert steps.max() * 3_600 < 40_000 * 1_000  # 40 kW is more than any household draws


@given(
    zone=zones,
    some=st.lists(meters, min_size=1, max_size=6),
    at=st.lists(seconds, min_size=1, max_size=12, unique=True),
)
@settings(deadline=None, max_examples=30)
def test_a_value_is_the_same_alone_and_in_company(zone: str, some: list[int], at: list[int]) -> None:
    fleet, instants = FLEETS[zone], np.array(sorted(at))
    together = cumulative_mwh(fleet, some, instants)
    alone = [
        [int(cumulative_mwh(fleet, [index], np.array([one]))[0, 0]) for one in instants.tolist()] for index in some
    ]
    assert together.tolist() == alone


def test_many_meters_are_computed_as_one_by_one() -> None:
    fleet = FLEETS["Europe/Amsterdam"]
    plan = RegisterPlan(fleet, np.arange(instant("2026-03-28T00:00Z"), instant("2026-03-31T00:00Z"), 1_800))
    many = plan.cumulative_mwh(range(3_000))
    assert np.array_equal(many[1_234:1_236], plan.cumulative_mwh(range(1_234, 1_236)))
    assert np.array_equal(many[[2_999]], plan.cumulative_mwh([2_999]))


def test_no_meters_and_no_instants_are_no_values() -> None:
    assert cumulative_mwh(LATE, [], np.array([LATE.installed])).shape == (0, 1)
    assert cumulative_mwh(LATE, [1, 2], np.array([], np.int64)).shape == (2, 0)


@given(zone=zones, index=meters, day=st.integers(0, 4_000))
@settings(deadline=None, max_examples=30)
def test_intervals_of_any_length_add_up_to_the_register(zone: str, index: int, day: int) -> None:
    fleet = FLEETS[zone]
    first = date(2020, 1, 1) + timedelta(days=day)
    start, end = fleet.calendar.start_of(first), fleet.calendar.start_of(first + timedelta(days=1))

    def at_marks(period_s: int) -> dict[int, int]:
        grid = fleet.calendar.intervals(start, end, period_s)
        marks = np.append(grid.starts, grid.stamps[-1])
        return dict(zip(marks.tolist(), register_wh(cumulative_mwh(fleet, [index], marks))[0].tolist(), strict=True))

    finest = at_marks(60)
    for period_s in (300, 900, 1_800, 3_600, 14_400, 86_400):
        coarse = at_marks(period_s)
        # Interval values are differences of these registers: equal registers make sums of 5 minutes equal a day.
        assert coarse == {mark: finest[mark] for mark in coarse}
