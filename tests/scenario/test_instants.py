"""Instants of a scenario, by the fleet's time and days."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from headend.scenario.instants import check_instant, instant_of, span_words

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 3, 29, 10, 20, tzinfo=UTC)
"""On the day on which the clocks went forward, 12:20 in Rome."""
START = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", "2026-03-29T10:20:00+00:00"),
        ("start", "2026-03-28T10:20:00+00:00"),
        ("+1h", "2026-03-29T11:20:00+00:00"),
        ("-PT15M", "2026-03-29T10:05:00+00:00"),
        ("now - 1d + 90m", "2026-03-28T11:50:00+00:00"),
        ("midnight", "2026-03-29T00:00:00+01:00"),
        ("next midnight", "2026-03-30T00:00:00+02:00"),
        ("previous midnight+1h", "2026-03-28T01:00:00+01:00"),
        ("next hour", "2026-03-29T11:00:00+00:00"),
        ("2026-01-01T00:00:00+01:00", "2025-12-31T23:00:00+00:00"),
    ],
)
def test_an_instant_is_said_by_how_far_it_is(text: str, instant: str) -> None:
    found = instant_of(text, now=NOW, start=START, zone=ROME)
    assert found == datetime.fromisoformat(instant)
    assert found.tzinfo is UTC


def test_the_day_of_the_clock_change_has_23_hours() -> None:
    midnight, next_midnight = (
        instant_of(text, now=NOW, start=START, zone=ROME) for text in ("midnight", "next midnight")
    )
    assert next_midnight - midnight == timedelta(hours=23)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nxt midnight", "is no instant"),
        ("", "is no instant"),
        ("now+1x", "is no span of time"),
        ("2026-03-02T12:00:00", "has no zone"),
    ],
)
def test_what_is_none_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_instant(text)


def test_spans_are_told_in_words() -> None:
    spans = (timedelta(0), timedelta(seconds=90), timedelta(days=2, hours=1), timedelta(milliseconds=500))
    assert [span_words(one) for one in spans] == ["0 s", "1 min 30 s", "2 d 1 h", "0.5 s"]
