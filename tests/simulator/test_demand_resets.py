"""Maximum demand after a reset: it is that of the samples since, to the digit."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from simulator.cim.reading_type import ReadingType
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import epoch_seconds
from simulator.quantities import channel
from simulator.readings import latest_series, period_series, reading_blocks

FLEET = Fleet(FleetSpec(4))
METER = 2
NOON = datetime(2026, 3, 12, 12, 7, tzinfo=UTC)
RUNNING = ReadingType.parse("0.8.0.6.1.1.8.0.0.0.0.0.0.0.0.0.38.0")
TIME_OF_IT = ReadingType.parse("0.8.0.6.1.1.8.0.0.0.0.0.0.0.0.0.108.0")
BLOCKS = ReadingType.parse("0.0.2.4.1.1.8.0.0.0.0.0.0.0.0.0.38.0")
SUM = ReadingType.parse("0.8.0.3.1.1.8.0.0.0.0.0.0.0.0.0.38.0")
RUNNING_SUM = ReadingType.parse("0.8.0.2.1.1.8.0.0.0.0.0.0.0.0.0.38.0")
COUNT = ReadingType.parse("0.0.0.12.0.1.122.0.0.0.0.0.0.0.0.0.111.0")
DAILY = ReadingType.parse("11.8.0.6.1.1.8.0.0.0.0.0.0.0.0.0.38.0")


def history(*resets: datetime) -> FieldHistory:
    return FieldHistory(demand_resets={METER: tuple(map(epoch_seconds, resets))})


def read(reading_type: ReadingType, now: datetime, facts: FieldHistory = UNDISTURBED, meter: int = METER) -> int:
    series = latest_series([channel(reading_type)], calendar=FLEET.calendar, installed=FLEET.installed, now=now)
    return int(next(reading_blocks(FLEET, np.array([meter]), series, facts)).values[0][0, -1])


def blocks(start: datetime, end: datetime) -> list[int]:
    series = period_series([channel(BLOCKS)], start, end, calendar=FLEET.calendar, installed=FLEET.installed, now=end)
    return [int(value) for value in next(reading_blocks(FLEET, np.array([METER]), series)).values[0][0]]


@pytest.mark.parametrize("hours", [1, 5, 30, 24 * 15])
def test_the_maximum_is_that_of_the_blocks_that_end_after_the_reset(hours: int) -> None:
    now = NOON + timedelta(hours=hours)
    assert read(RUNNING, now, history(NOON)) == max(blocks(NOON, now))


def test_at_the_instant_of_the_reset_the_maximum_is_the_closing_one() -> None:
    assert read(RUNNING, NOON, history(NOON)) == read(RUNNING, NOON)


def test_before_the_first_block_after_a_reset_the_maximum_is_zero() -> None:
    assert read(RUNNING, NOON + timedelta(minutes=1), history(NOON)) == 0


def test_the_last_of_several_resets_counts() -> None:
    first, last = NOON - timedelta(days=2), NOON
    now = NOON + timedelta(hours=6)
    assert read(RUNNING, now, history(first, last)) == read(RUNNING, now, history(last))


def test_a_new_month_begins_anew_whenever_the_reset_was() -> None:
    now = datetime(2026, 4, 10, 12, tzinfo=UTC)
    assert read(RUNNING, now, history(NOON)) == read(RUNNING, now)


def test_the_time_of_the_maximum_lies_after_the_reset() -> None:
    assert read(TIME_OF_IT, NOON + timedelta(days=1), history(NOON)) > epoch_seconds(NOON)


def test_a_reset_adds_the_closing_maximum_to_the_sum() -> None:
    now = NOON + timedelta(days=2)
    assert read(SUM, now, history(NOON)) == read(SUM, now) + read(RUNNING, NOON)
    assert read(RUNNING_SUM, now, history(NOON)) == read(SUM, now, history(NOON)) + read(RUNNING, now, history(NOON))


def test_a_reset_is_counted_from_its_instant_on() -> None:
    before = NOON - timedelta(seconds=1)
    assert read(COUNT, before, history(NOON)) == read(COUNT, before)
    assert read(COUNT, NOON, history(NOON)) == read(COUNT, NOON) + 1


def test_the_maximum_of_a_day_is_not_reset() -> None:
    now = datetime(2026, 3, 13, 0, 5, tzinfo=UTC)
    assert read(DAILY, now, history(NOON)) == read(DAILY, now)


def test_other_meters_go_on() -> None:
    now = NOON + timedelta(hours=1)
    assert read(RUNNING, now, history(NOON), meter=1) == read(RUNNING, now, meter=1)
