"""Clocks: what `--clock` accepts, and how the fleet's time follows the machine's."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from simulator.clock import (
    AnchoredClock,
    ClockAnchor,
    ClockSpec,
    InvalidClock,
    ManualClock,
    RealClock,
    Waiting,
    rate_of,
)

NOON = datetime(2026, 3, 1, 12, 0, 30, 250_000, tzinfo=UTC)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@freeze_time("2026-03-01T12:00:00Z")
def test_a_real_clock_shows_the_machines_time_in_utc() -> None:
    assert RealClock().now() == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert RealClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "rate", "start"),
    [
        ("real", 1, NOON),
        ("x60", 60, NOON),
        ("x0.5", 0.5, NOON),
        ("stepped", 0, datetime(2026, 3, 1, 12, 0, tzinfo=UTC)),
        ("stepped@2026-01-01T00:00:00Z", 0, NEW_YEAR),
        ("stepped@2026-01-01T01:00:00+01:00", 0, NEW_YEAR),
    ],
)
def test_a_clock_setting_says_where_time_starts_and_how_fast_it_runs(text: str, rate: float, start: datetime) -> None:
    assert ClockSpec.parse(text).anchor(NOON) == ClockAnchor(NOON, start, rate)


@pytest.mark.parametrize("text", ["real", "x60", "x0.5", "stepped", "stepped@2026-01-01T00:00:00Z"])
def test_a_clock_setting_is_written_as_it_was_read(text: str) -> None:
    assert str(ClockSpec.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fast", "unknown clock 'fast'"),
        ("", "unknown clock ''"),
        ("real@2026-01-01T00:00:00Z", "unknown clock"),
        ("x60@2026-01-01T00:00:00Z", "unknown clock"),
        ("xfast", "'fast' is not a number"),
        ("x0", "more than 0"),
        ("x-1", "more than 0"),
        ("xnan", "more than 0"),
        ("xinf", "at most"),
        ("stepped@yesterday", "'yesterday' is not an ISO 8601 instant"),
        ("stepped@", "is not an ISO 8601 instant"),
        ("stepped@2026-01-01T00:00:00", "has no zone"),
    ],
)
def test_a_clock_setting_that_cannot_be_read_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(InvalidClock) as refusal:
        ClockSpec.parse(text)
    assert words in str(refusal.value)


def test_an_unknown_clock_names_the_allowed_forms() -> None:
    with pytest.raises(InvalidClock, match=r"real, xN such as x60, stepped, or stepped@INSTANT"):
        ClockSpec.parse("quartz")


@pytest.mark.parametrize(
    ("rate", "elapsed"),
    [(0, timedelta(0)), (1, timedelta(minutes=1)), (60, timedelta(hours=1)), (0.5, timedelta(seconds=30))],
)
def test_the_fleets_time_runs_at_its_rate(rate: float, elapsed: timedelta) -> None:
    anchor = ClockAnchor(NOON, NEW_YEAR, rate)
    assert anchor.at(NOON + timedelta(minutes=1)) == NEW_YEAR + elapsed


def test_the_fleets_time_stands_still_while_the_machine_is_set_back() -> None:
    assert ClockAnchor(NOON, NEW_YEAR, 60).at(NOON - timedelta(hours=1)) == NEW_YEAR


@pytest.mark.parametrize("rate", [0, 1, 60])
def test_an_advanced_clock_jumps_and_then_runs_on_at_its_rate(rate: float) -> None:
    later = NOON + timedelta(minutes=1)
    before = ClockAnchor(NOON, NEW_YEAR, rate)
    after = before.advanced(timedelta(days=1), later)
    assert after.at(later) == before.at(later) + timedelta(days=1)
    assert after.at(later + timedelta(minutes=1)) - after.at(later) == timedelta(minutes=1) * rate


def test_time_cannot_be_advanced_backwards() -> None:
    with pytest.raises(ValueError, match="does not run backwards"):
        ClockAnchor(NOON, NEW_YEAR, 0).advanced(-timedelta(seconds=1), NOON)


@pytest.mark.parametrize("rate", [-1, float("nan"), float("inf"), 1e9])
def test_an_anchor_with_an_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="the rate of a clock"):
        ClockAnchor(NOON, NEW_YEAR, rate)


def test_instants_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        ClockAnchor(datetime.fromisoformat("2026-01-01T00:00:00"), NEW_YEAR, 1)
    with pytest.raises(ValueError, match="has no zone"):
        ManualClock(datetime.fromisoformat("2026-01-01T00:00:00"))


def test_instants_in_other_zones_are_turned_to_utc() -> None:
    clock = ManualClock(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == NEW_YEAR
    assert clock.now().tzinfo is UTC


def test_clocks_that_share_an_anchor_share_the_time() -> None:
    machine = ManualClock(NOON)
    shared = [ClockAnchor(NOON, NEW_YEAR, 0)]
    one, other = AnchoredClock(lambda: shared[0], machine), AnchoredClock(lambda: shared[0], machine)
    shared[0] = shared[0].advanced(timedelta(hours=1), machine.now())
    assert one.now() == other.now() == NEW_YEAR + timedelta(hours=1)


def test_a_scaled_clock_follows_the_machine() -> None:
    machine = ManualClock(NOON)
    anchor = ClockSpec.parse("x1440").anchor(NOON)
    clock = AnchoredClock(lambda: anchor, machine)
    machine.advance(timedelta(minutes=1))
    assert clock.now() - NOON == timedelta(days=1)


def test_a_manual_clock_moves_only_when_told_to() -> None:
    clock = ManualClock(NEW_YEAR)
    clock.advance(timedelta(minutes=5))
    assert clock.now() == clock.now() == NEW_YEAR + timedelta(minutes=5)
    with pytest.raises(ValueError, match="does not run backwards"):
        clock.advance(-timedelta(seconds=1))


@pytest.mark.parametrize(("spec", "seconds"), [("real", [90.0]), ("x60", [1.5]), ("stepped@2026-01-01T00:00:00Z", [])])
def test_waiting_takes_as_long_on_the_machine_as_the_clock_makes_it(spec: str, seconds: list[float]) -> None:
    machine, slept = ManualClock(NOON), list[float]()
    anchor = ClockSpec.parse(spec).anchor(NOON)
    Waiting(AnchoredClock(lambda: anchor, machine), slept.append)(timedelta(seconds=90))
    assert slept == seconds


def test_the_machines_own_clock_runs_as_fast_as_itself() -> None:
    assert rate_of(RealClock()) == 1


def test_waiting_for_nothing_does_not_even_ask_for_the_rate() -> None:
    def unreadable() -> ClockAnchor:
        raise AssertionError("the anchor was read")

    slept = list[float]()
    Waiting(AnchoredClock(unreadable, ManualClock(NOON)), slept.append)(timedelta(0))
    assert slept == []
