"""Runs of intervals: what a row of a corpus says of the instants of its values."""

from datetime import UTC, datetime

import numpy as np
import pytest

from simulator.cim.reading_type import ReadingType
from simulator.corpus.interval_rows import interval_rows, merged_intervals, run_shape
from simulator.local_time import LocalCalendar, epoch_seconds
from simulator.quantities import channel
from simulator.series import Series, period_series

AMSTERDAM = LocalCalendar("Europe/Amsterdam")
QUARTERS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
DAYS = "11.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
ROLLING = "0.0.63.4.1.1.8.0.0.0.0.0.0.0.0.0.38.0"  # thirty minutes, a new one every ten


def series(code: str, start: str, end: str) -> Series:
    first, last = (datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM.zone) for text in (start, end))
    installed = epoch_seconds(datetime(2020, 1, 1, tzinfo=UTC))
    (found,) = period_series(
        [channel(ReadingType.parse(code))], first, last, calendar=AMSTERDAM, installed=installed, now=last
    )
    return found


@pytest.mark.parametrize(
    ("code", "start", "end"),
    [
        (QUARTERS, "2025-03-29", "2025-04-01"),
        (QUARTERS, "2025-10-25T17:00", "2025-10-27T03:30"),
        (DAYS, "2025-03-29", "2025-04-01"),
        (ROLLING, "2025-03-30", "2025-03-31"),
    ],
    ids=["quarters", "from afternoon on", "days", "rolling"],
)
def test_a_run_tells_the_start_of_each_of_its_intervals(code: str, start: str, end: str) -> None:
    asked = series(code, start, end)
    values = np.arange(2 * len(asked.stamps)).reshape(2, -1)
    rows = interval_rows(run_shape(asked, AMSTERDAM), np.array([0, 1]), values)
    assert rows.interval_starts().tolist() == [*asked.interval_starts().tolist()] * 2
    ends = rows.interval_starts() + np.repeat(rows.interval_s, rows.lengths)
    assert ends.tolist() == [*asked.stamps.tolist()] * 2
    assert rows.integers.tolist() == values.ravel().tolist()


def test_local_days_of_23_hours_are_as_long_as_they_were() -> None:
    shape = run_shape(series(DAYS, "2025-03-29", "2025-04-01"), AMSTERDAM)
    assert shape.interval_s.tolist() == [86_400, 82_800, 86_400]


def test_merged_rows_are_in_the_order_of_the_meters_and_keep_their_values() -> None:
    long, short = series(QUARTERS, "2025-03-29", "2025-03-31"), series(QUARTERS, "2025-03-30", "2025-03-31")
    ones = interval_rows(run_shape(long, AMSTERDAM), np.array([0, 2]), np.full((2, 188), 1))
    given = np.zeros((1, 92), np.bool_)
    twos = interval_rows(run_shape(short, AMSTERDAM), np.array([1]), np.full((1, 92), 2), given)
    rows = merged_intervals([ones, twos])
    assert rows.positions.tolist() == [0, 0, 1, 2, 2]
    assert rows.lengths.tolist() == [96, 92, 92, 96, 92]
    assert rows.integers.tolist() == [1] * 188 + [2] * 92 + [1] * 188
    assert rows.given is not None
    assert rows.given.tolist() == [True] * 188 + [False] * 92 + [True] * 188
