"""Requests: which stamps they have, and blocks of values that agree with each other to the digit."""

import time
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cim.reading_type import ReadingType
from simulator.field_history import UNDISTURBED
from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import epoch_seconds
from simulator.quantities import Channel, channel
from simulator.readings import ReadingBlock, Series, latest_series, period_series, reading_blocks
from simulator.registers import cumulative_mwh, register_wh
from tests.support.history import switched_off

FLEET = Fleet(FleetSpec(10_000_000, seed=1, zone="Europe/Amsterdam"))
REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
SNAPSHOT = "0.0.2.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
QUARTER = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
DAILY = "11.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
PERIODS = {300: 6, 900: 2, 1_800: 5, 3_600: 7, 14_400: 80, 86_400: 4}  # seconds: measuring period code
NOW = datetime(2026, 6, 15, 10, 7, 30, tzinfo=UTC)
meters = st.integers(0, 9_999_999)


def interval_code(period_s: int) -> str:
    return f"0.0.{PERIODS[period_s]}.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"


def channels(*codes: str) -> list[Channel]:
    return [channel(ReadingType.parse(code)) for code in codes]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=FLEET.calendar.zone)


def period(codes: list[str], start: str, end: str, now: datetime = NOW, fleet: Fleet = FLEET) -> list[Series]:
    return period_series(
        channels(*codes), local(start), local(end), calendar=fleet.calendar, installed=fleet.installed, now=now
    )


def latest(codes: list[str], now: datetime = NOW, fleet: Fleet = FLEET) -> list[Series]:
    return latest_series(channels(*codes), calendar=fleet.calendar, installed=fleet.installed, now=now)


def shown(series: Series) -> list[str]:
    return [
        datetime.fromtimestamp(stamp, FLEET.calendar.zone).strftime("%m-%dT%H:%M:%S")
        for stamp in series.stamps.tolist()
    ]


def values(series: list[Series], *indices: int, history=UNDISTURBED) -> list[list[list[int]]]:
    """Per series, per meter, per stamp."""
    blocks = list(reading_blocks(FLEET, np.array(indices), series, history))
    return [[row for block in blocks for row in block.values[number].tolist()] for number in range(len(series))]


# Stamps


def test_intervals_are_stamped_at_their_end_in_a_period_that_is_open_at_its_start() -> None:
    (series,) = period([QUARTER], "2026-06-01T00:00", "2026-06-01T01:00")
    assert series.is_interval
    assert shown(series) == ["06-01T00:15:00", "06-01T00:30:00", "06-01T00:45:00", "06-01T01:00:00"]


def test_a_stamp_at_the_start_of_a_period_belongs_to_the_one_before() -> None:
    (before,) = period([QUARTER], "2026-06-01T00:00", "2026-06-01T00:30")
    (after,) = period([QUARTER], "2026-06-01T00:30", "2026-06-01T01:00")
    (both,) = period([QUARTER], "2026-06-01T00:00", "2026-06-01T01:00")
    assert [*before.stamps, *after.stamps] == both.stamps.tolist()


def test_a_start_within_a_second_after_a_stamp_leaves_that_stamp_out() -> None:
    (series,) = period([QUARTER], "2026-06-01T00:15:00.500000", "2026-06-01T00:30:00.500000")
    assert shown(series) == ["06-01T00:30:00"]


def test_registers_for_a_period_come_as_one_value_per_local_midnight() -> None:
    (series,) = period([REGISTER], "2026-03-27T12:00", "2026-03-30T00:00")
    assert not series.is_interval
    assert shown(series) == ["03-28T00:00:00", "03-29T00:00:00", "03-30T00:00:00"]


def test_registers_with_a_measuring_period_come_on_its_grid() -> None:
    (series,) = period([SNAPSHOT], "2026-06-01T00:00", "2026-06-01T00:30")
    assert not series.is_interval
    assert shown(series) == ["06-01T00:15:00", "06-01T00:30:00"]


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 92), ("2026-03-30", 96), ("2025-10-26", 100)])
def test_a_local_day_has_as_many_quarters_as_it_lasts(day: str, count: int) -> None:
    after = date.fromisoformat(day) + timedelta(days=1)
    (series,) = period([QUARTER], f"{day}T00:00", f"{after}T00:00")
    assert len(series.stamps) == count


def test_nothing_is_answered_for_the_future() -> None:
    quarter, register = period([QUARTER, REGISTER], "2026-06-15T00:00", "2999-01-01T00:00")
    assert shown(quarter)[-1] == "06-15T12:00:00"  # now is 12:07:30 in the fleet's zone
    assert shown(register) == []


def test_a_period_in_the_future_is_empty() -> None:
    assert [len(series.stamps) for series in period([QUARTER, REGISTER], "2026-07-01", "2026-08-01")] == [0, 0]


def test_registers_begin_at_the_installation_and_intervals_after_it() -> None:
    fleet = Fleet(FleetSpec(10, zone="Europe/Amsterdam", installed=date(2026, 6, 14)))
    register, quarter, daily = period([REGISTER, QUARTER, DAILY], "0001-01-02", "2026-06-15T00:30", fleet=fleet)
    assert shown(register) == ["06-14T00:00:00", "06-15T00:00:00"]
    assert shown(quarter)[0] == "06-14T00:15:00"
    assert shown(daily) == ["06-15T00:00:00"]


def test_without_a_period_a_register_is_read_now() -> None:
    (series,) = latest([REGISTER])
    assert shown(series) == ["06-15T12:07:30"]


def test_without_a_period_a_grid_gives_its_latest_complete_value() -> None:
    quarter, snapshot, daily = latest([QUARTER, SNAPSHOT, DAILY])
    assert (shown(quarter), shown(snapshot), shown(daily)) == (
        ["06-15T12:00:00"],
        ["06-15T12:00:00"],
        ["06-15T00:00:00"],
    )


def test_before_the_installation_there_is_no_latest_value() -> None:
    early = datetime(2019, 12, 31, 22, 59, tzinfo=UTC)
    assert [len(series.stamps) for series in latest([REGISTER, QUARTER, SNAPSHOT], now=early)] == [0, 0, 0]


def test_a_series_carries_the_decimals_of_its_multiplier() -> None:
    kilo, mega, milli = (REGISTER[: -len("0.72.0")] + f"{multiplier}.72.0" for multiplier in (3, 6, -3))
    assert [series.decimals for series in latest([REGISTER, kilo, mega, milli])] == [0, 3, 6, 0]


# Values


@given(index=meters, day=st.dates(date(2020, 1, 1), date(2026, 6, 13)))
@settings(deadline=None, max_examples=30)
def test_intervals_of_a_day_add_up_to_the_difference_of_its_registers(index: int, day: date) -> None:
    codes = [REGISTER, *(interval_code(period_s) for period_s in PERIODS), DAILY]
    start = datetime(day.year, day.month, day.day, tzinfo=FLEET.calendar.zone).astimezone(UTC)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=FLEET.calendar.zone)
    asked = period_series(channels(*codes), start, end, calendar=FLEET.calendar, installed=FLEET.installed, now=NOW)
    asked[0] = Series(asked[0].reading_type, np.array([epoch_seconds(start), epoch_seconds(end)]), False, 0)
    (registers,), *rest = values(asked, index)
    assert [sum(intervals) for (intervals,) in rest] == [registers[1] - registers[0]] * (len(codes) - 1)


@given(index=meters, day=st.integers(1, 27), month=st.integers(1, 5))
@settings(deadline=None, max_examples=20)
def test_shorter_intervals_add_up_to_longer_ones(index: int, day: int, month: int) -> None:
    start, end = f"2026-{month:02d}-{day:02d}T00:00", f"2026-{month:02d}-{day:02d}T20:00"
    five, quarter, half, hour = (
        np.array(row)
        for (row,) in values(period([interval_code(s) for s in (300, 900, 1_800, 3_600)], start, end), index)
    )
    assert five.reshape(-1, 3).sum(axis=1).tolist() == quarter.tolist()
    assert quarter.reshape(-1, 2).sum(axis=1).tolist() == half.tolist()
    assert half.reshape(-1, 2).sum(axis=1).tolist() == hour.tolist()


def test_a_register_in_a_request_is_the_register_of_the_meter() -> None:
    series = period([REGISTER], "2026-06-01T00:00", "2026-06-05T00:00")
    assert values(series, 5, 9) == [register_wh(cumulative_mwh(FLEET, [5, 9], series[0].stamps)).tolist()]


def test_values_in_milliwatt_hours_are_whole_watt_hours() -> None:
    milli = REGISTER[: -len("0.72.0")] + "-3.72.0"
    ((watt_hours,),), ((milliwatt_hours,),) = values(latest([REGISTER, milli]), 5)
    assert milliwatt_hours == watt_hours * 1_000


def test_an_interval_series_without_starts_uses_the_length_in_its_reading_type() -> None:
    (series,) = period([QUARTER], "2026-06-01T00:00", "2026-06-01T06:00")
    bare = Series(series.reading_type, series.stamps, True, series.decimals)
    assert values([bare], 3) == values([series], 3)


def test_a_daily_interval_series_must_say_where_its_intervals_begin() -> None:
    bare = Series(ReadingType.parse(DAILY), np.array([FLEET.installed + 86_400]), True, 0)
    with pytest.raises(ValueError, match="does not say how long its intervals are"):
        list(reading_blocks(FLEET, range(1), [bare]))


# Blocks


@given(count=st.integers(0, 300), block_values=st.integers(1, 20_000))
@settings(deadline=None, max_examples=20)
def test_values_do_not_depend_on_the_size_of_blocks(count: int, block_values: int) -> None:
    series = period([QUARTER, REGISTER], "2026-03-28T12:00", "2026-03-29T12:00")
    one = joined(reading_blocks(FLEET, range(100, 100 + count), series, switched_off({101: [(0, None)]}), 10**9))
    many = joined(
        reading_blocks(FLEET, range(100, 100 + count), series, switched_off({101: [(0, None)]}), block_values)
    )
    assert one == many


def joined(blocks) -> list[list[list[int]]]:
    """Meters, then the rows of each series."""
    result: list[list[list[int]]] = []
    for block in blocks:
        for row, meter in enumerate(block.meters.tolist()):
            result.append([[meter], *(series[row].tolist() for series in block.values)])
    return result


def test_an_array_of_meters_keeps_its_order_and_repeats() -> None:
    series = latest([REGISTER])
    blocks = list(reading_blocks(FLEET, np.array([9, 3, 9]), series, block_values=1))
    assert [int(block.meters[0]) for block in blocks] == [9, 3, 9]
    assert blocks[0].values[0].tolist() == blocks[2].values[0].tolist()


def test_all_meters_of_a_huge_fleet_cost_nothing_until_they_are_consumed() -> None:
    (series,) = period([QUARTER], "2026-06-01T00:00", "2026-06-02T00:00")
    started = time.perf_counter()
    first, second = islice(reading_blocks(FLEET, range(len(FLEET)), [series]), 2)
    assert time.perf_counter() - started < 1
    assert first.values[0].size < second.values[0].size <= 65_536


def test_a_block_holds_at_least_one_meter() -> None:
    (series,) = period([QUARTER], "2026-06-01T00:00", "2026-06-02T00:00")
    blocks = list(reading_blocks(FLEET, range(3), [series], block_values=10))
    assert [block.values[0].shape for block in blocks] == [(1, 96)] * 3


def test_no_meters_are_no_blocks() -> None:
    assert list(reading_blocks(FLEET, range(0), latest([REGISTER]))) == []


def test_meters_without_anything_to_read_still_appear() -> None:
    series = period([QUARTER], "2027-01-01", "2027-01-02")
    (block,) = reading_blocks(FLEET, range(3), series, switched_off({1: [(0, None)]}))
    assert isinstance(block, ReadingBlock)
    assert block.meters.tolist() == [0, 1, 2]
    assert block.values[0].shape == (3, 0)


@pytest.mark.parametrize("index", [-1, 10_000_000])
def test_a_meter_that_is_not_there_is_an_index_error(index: int) -> None:
    with pytest.raises(IndexError, match="meters are 0 to 9999999"):
        list(reading_blocks(FLEET, np.array([index]), latest([REGISTER])))


# Interruptions


def at(text: str) -> int:
    return epoch_seconds(local(text))


DAY = ("2026-06-01T00:00", "2026-06-02T00:00")


def test_while_a_meter_is_disconnected_its_intervals_are_zero() -> None:
    window = (at("2026-06-01T10:00"), at("2026-06-01T14:00"))
    ((interrupted,),) = values(period([QUARTER], *DAY), 7, history=switched_off({7: [window]}))
    assert interrupted[40:56] == [0] * 16


def test_an_interruption_leaves_the_intervals_around_it_as_they_were() -> None:
    series = period([QUARTER], *DAY)
    ((undisturbed,),) = values(series, 7)
    window = (at("2026-06-01T10:00"), at("2026-06-01T14:00"))
    ((interrupted,),) = values(series, 7, history=switched_off({7: [window]}))
    assert interrupted[:40] == undisturbed[:40]
    # Behind the window the register carries another fraction of a watt-hour.
    assert np.abs(np.array(interrupted[56:]) - undisturbed[56:]).max() <= 1


def test_while_a_meter_is_disconnected_its_register_stands_still() -> None:
    series = period([SNAPSHOT], *DAY)
    ((register,),) = values(series, 7, history=switched_off({7: [(at("2026-06-01T10:00"), at("2026-06-01T14:00"))]}))
    assert len(set(register[39:56])) == 1  # from 10:00 to 14:00
    assert register[38] < register[39]
    assert register[55] < register[56]


def test_an_interruption_without_an_end_goes_on() -> None:
    series = period([QUARTER], *DAY)
    ((interrupted,),) = values(series, 7, history=switched_off({7: [(at("2026-06-01T10:00"), None)]}))
    assert any(interrupted[:40])
    assert not any(interrupted[40:])


def test_a_part_of_an_interval_can_be_interrupted() -> None:
    series = period([QUARTER], *DAY)
    ((whole,),) = values(series, 7)
    ((interrupted,),) = values(series, 7, history=switched_off({7: [(at("2026-06-01T10:05"), at("2026-06-01T10:10"))]}))
    assert 0 < interrupted[40] < whole[40]


def test_an_interruption_long_ago_lowers_the_register_for_good() -> None:
    series = latest([REGISTER])
    ((whole,),) = values(series, 7)
    window = (at("2025-01-01T00:00"), at("2025-02-01T00:00"))
    ((lowered,),) = values(series, 7, history=switched_off({7: [window]}))
    bounds = register_wh(cumulative_mwh(FLEET, [7], np.array(window)))[0]
    assert whole[0] - lowered[0] == pytest.approx(bounds[1] - bounds[0], abs=1)


def test_a_meter_that_was_never_connected_stays_at_zero() -> None:
    assert values(latest([REGISTER]), 7, history=switched_off({7: [(0, None)]})) == [[[0]]]


def test_an_interruption_in_the_future_changes_nothing() -> None:
    series = period([QUARTER, REGISTER], *DAY)
    assert values(series, 7, history=switched_off({7: [(at("2026-07-01T00:00"), None)]})) == values(series, 7)


def test_only_the_interrupted_meters_change() -> None:
    series = period([QUARTER], *DAY)
    window = [(at("2026-06-01T10:00"), None)]
    (rows,) = values(series, 6, 7, 8, history=switched_off({7: window, 9: window}))
    assert [rows[0], rows[2]] == [values(series, 6)[0][0], values(series, 8)[0][0]]


@given(
    index=meters,
    cuts=st.lists(st.integers(at("2026-05-30T00:00"), at("2026-06-04T00:00")), min_size=2, max_size=8, unique=True),
)
@settings(deadline=None, max_examples=40)
def test_interrupted_intervals_still_add_up_to_the_register(index: int, cuts: list[int]) -> None:
    bounds = sorted(cuts)
    windows = list(zip(bounds[::2], [*bounds[1::2], None], strict=False))
    asked = period([SNAPSHOT, QUARTER], "2026-05-31T23:45", "2026-06-03T00:00")
    ((register,),), ((quarters,),) = ([rows] for rows in values(asked, index, history=switched_off({index: windows})))
    assert np.diff(register).tolist() == quarters[1:]
    assert min(quarters) >= 0


@given(index=meters, start=st.integers(0, 95), length=st.integers(1, 96))
@settings(deadline=None, max_examples=30)
def test_intervals_inside_a_window_are_exactly_zero(index: int, start: int, length: int) -> None:
    (series,) = period([QUARTER], *DAY)
    window = (int(series.stamps[start]) - 900, int(series.stamps[start]) - 900 + 900 * length)
    ((interrupted,),) = values([series], index, history=switched_off({index: [window]}))
    assert not any(interrupted[start : start + length])
