"""Demand: blocks, maxima with their time, and what a billing period adds to the ones before."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cim.reading_type import ReadingType
from simulator.quantities import channel
from simulator.readings import latest_series
from tests.simulator.mixed_fleet import FLEET, NOW, OF_EACH, block, first_of, read, series
from tests.support.history import switched_off

pytestmark = pytest.mark.clause("61968-9:2013 Annex C")

BLOCKS = "0.0.53.4.1.1.8.0.0.0.0.0.0.0.0.0.38.0"
ROLLING = "0.0.68.4.1.1.8.0.0.0.0.0.0.0.0.0.38.0"  # half an hour, every five minutes
SHOP = first_of("commercial")
shops = st.integers(SHOP, SHOP + OF_EACH - 1)
days = st.dates(date(2025, 1, 1), date(2026, 6, 10))


def maximum(macro_period: int = 11, *, aggregate: int = 8, accumulation: int = 0, block: int = 0, tou: int = 0) -> str:
    return f"{macro_period}.{aggregate}.{block}.{accumulation}.1.1.8.0.0.0.0.{tou}.0.0.0.0.38.0"


def a_day(day: date) -> tuple[str, str]:
    return f"{day}T00:00", f"{day + timedelta(days=1)}T00:00"


@given(day=days, meter=shops)
@settings(deadline=None, max_examples=15)
def test_maximum_demand_is_the_maximum_of_its_blocks(day: date, meter: int) -> None:
    blocks, found = read([BLOCKS, maximum()], *a_day(day), meter)
    assert found.tolist() == [[blocks.max()]]


@given(day=days, meter=shops)
@settings(deadline=None, max_examples=15)
def test_a_maximum_is_stamped_at_the_end_of_the_first_block_that_reached_it(day: date, meter: int) -> None:
    blocks, peak = series([BLOCKS, maximum()], *a_day(day))
    found = block([blocks, peak], meter)
    assert found.own_stamps[0] is None
    assert found.own_stamps[1] is not None
    assert found.own_stamps[1].tolist() == [[blocks.stamps[found.values[0][0].argmax()]]]


def test_each_meter_has_its_maximum_at_a_time_of_its_own() -> None:
    found = block(series([maximum()], *a_day(date(2026, 6, 9))), *range(SHOP, SHOP + 20))
    assert found.own_stamps[0] is not None
    assert len(np.unique(found.own_stamps[0])) > 3


def test_the_time_of_a_maximum_can_be_the_value() -> None:
    (peak,) = series([maximum()], *a_day(date(2026, 6, 9)))
    (when,) = series(["11.8.0.0.1.2.8.0.0.0.0.0.0.0.0.0.108.0"], *a_day(date(2026, 6, 9)))
    assert when.tells_time
    stamps = block([peak], SHOP).own_stamps[0]
    assert stamps is not None
    assert block([when], SHOP).values[0].tolist() == stamps.tolist()


@given(day=days, meter=shops)
@settings(deadline=None, max_examples=10)
def test_second_and_third_maximum_and_minimum_come_from_the_same_blocks(day: date, meter: int) -> None:
    blocks, *found = read(
        [BLOCKS, *(maximum(aggregate=aggregate) for aggregate in (8, 16, 23, 24, 25, 9, 17))], *a_day(day), meter
    )
    ordered = sorted(blocks[0].tolist())
    assert [value.item() for value in found] == [*ordered[:-6:-1], *ordered[:2]]


@given(day=days, meter=shops)
@settings(deadline=None, max_examples=10)
def test_a_rolling_block_is_the_mean_of_its_sub_intervals(day: date, meter: int) -> None:
    start = f"{day}T06:00"
    rolling, energy = series([ROLLING, "0.0.6.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"], start, f"{day}T12:00")
    powers, amounts = block([rolling, energy], meter).values
    assert np.diff(rolling.stamps).tolist() == [300] * 71
    sums = np.convolve(amounts[0], np.ones(6, np.int64), "valid")
    assert powers[0, 5:].tolist() == (sums * 2).tolist()


def test_the_maximum_of_rolling_blocks_is_at_least_that_of_fixed_ones() -> None:
    fixed, rolling = read([maximum(block=51), maximum(block=68)], *a_day(date(2026, 6, 9)), *range(SHOP, SHOP + 20))
    assert (rolling >= fixed).all()


def test_a_monthly_maximum_is_the_largest_of_its_days() -> None:
    monthly, daily = read([maximum(13), maximum()], "2026-05-01T00:00", "2026-06-01T00:00", SHOP, SHOP + 1)
    assert monthly[:, 0].tolist() == daily.max(axis=1).tolist()


def test_without_a_period_a_maximum_runs_since_the_billing_period_began() -> None:
    running, daily = read([maximum(0), maximum()], "2026-05-01T00:00", "2026-06-03T00:00", SHOP)
    since_may = np.maximum.accumulate(daily[0, :31])
    since_june = np.maximum.accumulate(daily[0, 31:])
    assert running[0].tolist() == [*since_may, *since_june]


def test_a_maximum_now_is_that_of_the_running_billing_period() -> None:
    asked = latest_series(
        [channel(ReadingType.parse(maximum(0)))], calendar=FLEET.calendar, installed=FLEET.installed, now=NOW
    )
    blocks = series([BLOCKS], "2026-06-01T00:00", "2026-06-15T12:00")
    assert block(asked, SHOP).values[0].item() == block(blocks, SHOP).values[0].max()


def test_before_the_first_block_of_a_billing_period_its_maximum_is_zero() -> None:
    now = datetime(2026, 5, 31, 22, 7, tzinfo=UTC)  # seven minutes into a local June
    asked = latest_series(
        [channel(ReadingType.parse(maximum(0)))], calendar=FLEET.calendar, installed=FLEET.installed, now=now
    )
    found = block(asked, SHOP)
    assert found.values[0].tolist() == [[0]]
    assert found.own_stamps[0] is not None
    assert found.own_stamps[0].tolist() == [[int(now.timestamp())]]


def test_cumulative_demand_adds_up_the_closed_months_and_continuous_the_running_one() -> None:
    (maxima,) = read([maximum(13)], "2020-01-01T00:00", "2026-06-01T00:00", SHOP)
    cumulative, continuous, running = read(
        [maximum(11, accumulation=3, aggregate=0), maximum(11, accumulation=2, aggregate=0), maximum(0)],
        "2026-06-02T12:00",
        "2026-06-03T00:00",
        SHOP,
    )
    assert cumulative.tolist() == [[maxima.sum()]]
    assert continuous.tolist() == (cumulative + running).tolist()


def test_a_month_is_not_closed_at_the_midnight_that_ends_it() -> None:
    cumulative, continuous = read(
        [maximum(11, accumulation=code, aggregate=0) for code in (3, 2)], "2026-05-31T00:00", "2026-06-02T00:00", SHOP
    )
    assert continuous[0, 0] > cumulative[0, 0]
    assert cumulative[0, 1] == continuous[0, 0]


def test_maxima_of_the_rates_of_a_tariff_make_the_maximum() -> None:
    every, *rates = read([maximum(13), *(maximum(13, tou=rate) for rate in (1, 2, 3))],
        "2026-05-01T00:00", "2026-06-01T00:00", *range(SHOP, SHOP + 10))  # fmt: skip
    assert every.tolist() == np.max(rates, axis=0).tolist()
    assert (rates[1] < every).any()


def test_a_rate_that_a_day_does_not_have_has_a_maximum_of_zero() -> None:
    sunday = a_day(date(2026, 6, 7))
    assert read([maximum(tou=3)], *sunday, SHOP)[0].tolist() == [[0]]


@given(day=days, meter=shops)
@settings(deadline=None, max_examples=10)
def test_extremes_of_a_quarter_are_those_of_its_five_minutes(day: date, meter: int) -> None:
    start, end = f"{day}T08:00", f"{day}T12:00"
    low, high, five = read(
        [
            "0.9.2.12.1.1.37.0.0.0.0.0.0.0.0.0.38.0",
            "0.8.2.12.1.1.37.0.0.0.0.0.0.0.0.0.38.0",
            "0.0.6.12.1.1.37.0.0.0.0.0.0.0.0.0.38.0",
        ],
        start,
        end,
        meter,
    )
    slots = five.reshape(-1, 3)
    assert low[0].tolist() == slots.min(axis=1).tolist()
    assert high[0].tolist() == slots.max(axis=1).tolist()


def test_power_at_an_instant_is_that_of_its_five_minutes() -> None:
    instants, energy = read(
        ["0.0.6.12.1.1.37.0.0.0.0.0.0.0.0.0.38.0", "0.0.6.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"],
        "2026-06-09T08:00",
        "2026-06-09T12:00",
        SHOP,
    )
    assert np.abs(instants - energy * 12).max() <= 12  # the register rounds to whole watt-hours


def test_without_supply_power_is_zero_and_its_maximum_is_of_the_rest() -> None:
    asked = series(
        ["0.0.6.12.1.1.37.0.0.0.0.0.0.0.0.0.38.0", BLOCKS, maximum()], "2026-06-09T00:00", "2026-06-10T00:00"
    )
    window = (int(asked[0].stamps[95]), None)  # from 8:00 on
    instants, blocks, peak = block(asked, SHOP, history=switched_off({SHOP: [window]})).values
    assert not instants[0, 95:].any()
    assert peak[0, 0] == blocks[0, :32].max()


def test_a_mean_over_a_day_is_its_energy_over_its_length() -> None:
    power, energy = read(
        ["11.2.0.0.1.1.37.0.0.0.0.0.0.0.0.0.38.0", "11.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"],
        "2026-03-28T12:00",
        "2026-03-30T00:00",
        SHOP,
    )
    assert power.tolist() == (energy // np.array([24, 23])).tolist()
