"""Weeks, months and the period of the request as grids of values."""

from datetime import UTC, datetime

import numpy as np
import pytest

from simulator.quantities.calendar_spans import CalendarSpan, span_around, spans
from tests.simulator.mixed_fleet import FLEET, block, series

CALENDAR = FLEET.calendar
MONTHLY = "13.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
WEEKLY = "24.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
DAILY = "11.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
WHOLE = "32.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone).timestamp())


def shown(stamps: list[int]) -> list[str]:
    return [f"{datetime.fromtimestamp(stamp, UTC).astimezone(CALENDAR.zone):%Y-%m-%dT%H:%M}" for stamp in stamps]


def test_months_end_where_the_next_begins() -> None:
    found = spans(CALENDAR, at("2026-02-01T00:00"), at("2026-04-01T00:00"), CalendarSpan.MONTH)
    assert shown(found.starts.tolist()) == ["2026-02-01T00:00", "2026-03-01T00:00"]
    assert shown(found.stamps.tolist()) == ["2026-03-01T00:00", "2026-04-01T00:00"]


def test_weeks_begin_on_monday_also_across_a_new_year() -> None:
    found = spans(CALENDAR, at("2025-12-30T00:00"), at("2026-01-12T00:00"), CalendarSpan.WEEK)
    assert shown(found.starts.tolist()) == ["2025-12-29T00:00", "2026-01-05T00:00"]
    assert shown(found.stamps.tolist()) == ["2026-01-05T00:00", "2026-01-12T00:00"]


def test_a_period_that_ends_no_month_has_none() -> None:
    found = spans(CALENDAR, at("2026-02-01T00:00"), at("2026-02-28T23:59"), CalendarSpan.MONTH)
    assert found.stamps.tolist() == []


@pytest.mark.parametrize(
    ("instant", "start"), [("2026-05-01T00:00", "2026-04-01T00:00"), ("2026-05-01T00:01", "2026-05-01T00:00")]
)
def test_an_instant_at_a_boundary_belongs_to_the_span_that_it_ends(instant: str, start: str) -> None:
    assert shown(span_around(CALENDAR, np.array([at(instant)]), CalendarSpan.MONTH).tolist()) == [start]


def test_months_and_weeks_are_the_sums_of_their_days() -> None:
    asked = series([MONTHLY, WEEKLY, DAILY], "2026-02-01T00:00", "2026-04-01T00:00")
    months, weeks, days = (values[0].tolist() for values in block(asked, 7).values)
    assert months == [sum(days[:28]), sum(days[28:])]
    # The first week that ends in the period began before it, on 26 January; then come seven whole ones.
    assert weeks[1:] == [sum(days[first : first + 7]) for first in range(1, 57, 7)]


def test_a_value_of_the_whole_request_covers_its_period() -> None:
    asked = series([WHOLE, DAILY], "2026-02-03T00:00", "2026-02-10T00:00")
    whole, days = (values[0].tolist() for values in block(asked, 7).values)
    assert shown(asked[0].stamps.tolist()) == ["2026-02-10T00:00"]
    assert whole == [sum(days)]


def test_a_whole_request_that_lies_in_the_future_has_no_value() -> None:
    (asked,) = series([WHOLE], "2027-01-01T00:00", "2027-02-01T00:00")
    assert asked.stamps.tolist() == []
