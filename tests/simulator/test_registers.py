"""Registers: exact, monotone, the same in any company, and what a scalar reading of the design gives."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import epoch_seconds
from simulator.meter_class import METER_CLASSES
from simulator.registers import RegisterPlan, cumulative_mwh, register_wh
from tests.support.scalar_meter import ScalarMeter

RESIDENTIAL = METER_CLASSES["residential"]
ZONES = ["UTC", "Europe/Amsterdam", "Asia/Kolkata", "Australia/Lord_Howe"]
FLEETS = {zone: Fleet(FleetSpec(10_000_000, seed=1, zone=zone)) for zone in ZONES}
LATE = Fleet(FleetSpec(10_000_000, seed=1, zone="Europe/Amsterdam", installed=date(2024, 5, 17)))
zones = st.sampled_from(ZONES)
meters = st.integers(0, 9_999_999)
seconds = st.integers(epoch_seconds(datetime(2020, 1, 2, tzinfo=UTC)), epoch_seconds(datetime(2032, 1, 1, tzinfo=UTC)))


def instant(text: str) -> int:
    return epoch_seconds(datetime.fromisoformat(text))


@given(zone=zones, index=meters, at=seconds)
@settings(deadline=None, max_examples=60)
def test_the_array_form_equals_the_scalar_form(zone: str, index: int, at: int) -> None:
    scalar = ScalarMeter(1, index, zone, date(2020, 1, 1), RESIDENTIAL)
    assert cumulative_mwh(FLEETS[zone], [index], np.array([at])).tolist() == [[scalar.register(at)]]


@given(index=meters, after=st.integers(0, 8 * 365 * 86_400))
@settings(deadline=None, max_examples=20)
def test_the_array_form_equals_the_scalar_form_for_a_fleet_installed_in_mid_year(index: int, after: int) -> None:
    scalar = ScalarMeter(1, index, "Europe/Amsterdam", LATE.spec.installed, RESIDENTIAL)
    at = LATE.installed + after
    assert cumulative_mwh(LATE, [index], np.array([at])).tolist() == [[scalar.register(at)]]


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
    scalar = ScalarMeter(1, 7, "Europe/Amsterdam", date(2020, 1, 1), RESIDENTIAL)
    at = instant(text)
    assert cumulative_mwh(FLEETS["Europe/Amsterdam"], [7], np.array([at]))[0, 0] == scalar.register(at)


@pytest.mark.parametrize("day", [date(2026, 4, 5), date(2026, 10, 4)])
def test_the_forms_agree_where_a_day_ends_with_half_an_hour(day: date) -> None:
    fleet = FLEETS["Australia/Lord_Howe"]
    scalar = ScalarMeter(1, 7, "Australia/Lord_Howe", date(2020, 1, 1), RESIDENTIAL)
    end = fleet.calendar.start_of(day + timedelta(days=1))
    instants = np.arange(end - 5_400, end + 1, 150)
    assert cumulative_mwh(fleet, [7], instants)[0].tolist() == [scalar.register(int(at)) for at in instants]


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
