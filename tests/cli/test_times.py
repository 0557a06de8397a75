"""Instants and durations as people type them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from headend.cli.times import InvalidTime, instant_text, is_relative, parse_instant, parse_seconds, parse_span

NOW = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("today", datetime(2026, 3, 2, tzinfo=UTC)),
        ("yesterday", datetime(2026, 3, 1, tzinfo=UTC)),
        ("-90m", NOW - timedelta(minutes=90)),
        ("-6h", NOW - timedelta(hours=6)),
        ("-2d", NOW - timedelta(days=2)),
        ("2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00+02:00", datetime(2026, 2, 28, 22, tzinfo=UTC)),
    ],
)
def test_an_instant(text: str, expected: datetime) -> None:
    assert parse_instant(text, NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "-6", "6h", "-6w", "2026-03-01T00:00:00", "2026-13-01T00:00:00Z", "-٦h"]
)
def test_what_is_no_instant_is_said(text: str) -> None:
    with pytest.raises(InvalidTime, match=r"has no zone|is no instant; it can be"):
        parse_instant(text, NOW)


def test_only_words_depend_on_the_time() -> None:
    assert [is_relative(text) for text in ("now", "-6h", "2026-03-01T00:00:00Z")] == [True, True, False]


def test_days_begin_at_midnight_utc_wherever_now_is_told() -> None:
    early = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=2)))
    assert parse_instant("today", early) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"), [("10s", 10), ("500ms", 0.5), ("2m", 120), ("1h", 3600), ("10", 10), ("0", 0), ("1.5s", 1.5)]
)
def test_a_duration(text: str, expected: float) -> None:
    assert parse_seconds(text) == expected


@pytest.mark.parametrize("text", ["", "s", "-1s", "1d", "1 s", "ten"])
def test_what_is_no_duration_is_said(text: str) -> None:
    with pytest.raises(InvalidTime, match="is no duration"):
        parse_seconds(text)


def test_instants_are_shown_in_utc() -> None:
    assert instant_text(datetime(2026, 3, 2, 2, tzinfo=timezone(timedelta(hours=2)))) == "2026-03-02T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("PT1H", timedelta(hours=1)),
        ("P1DT12H30M5S", timedelta(days=1, hours=12, minutes=30, seconds=5)),
        ("P2W", timedelta(weeks=2)),
    ],
)
def test_a_span_of_the_fleets_time(text: str, expected: timedelta) -> None:
    assert parse_span(text) == expected


@pytest.mark.parametrize("text", ["", "1", "-1h", "1.5h", "P", "PT", "P1Y", "P1M", "1h30m", "PT1H "])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(InvalidTime, match="such as PT1H"):
        parse_span(text)
