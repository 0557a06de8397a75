"""Links of meters to the head end: reachable or not, answers and their time, when values are heard, wrong clocks."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import communication
from simulator.communication import DARK_SPAN_DAYS, Communication, ReachabilityWindow
from simulator.conditions import Conditions
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.fleet.object_mrids import Kind
from simulator.links import (
    all_answer_at_once,
    attempts,
    clock_error_s,
    heard,
    known_until,
    latency_ms,
    longest_wait_s,
    reachable,
    succeeds,
    unheard_of,
)
from simulator.local_time import DAY_S, epoch_seconds
from simulator.outages import Node, Outage
from simulator.windows import FOR_EVER

NOON = epoch_seconds(datetime(2026, 6, 10, 12, tzinfo=UTC))
QUARTERS = NOON + np.arange(1, 97) * 900


def fleet_of(line: Communication, meters: int = 2_000, zone: str = "UTC") -> Fleet:
    return Fleet(FleetSpec(meters, zone=zone, conditions=Conditions(communication=line)))


def windows(*texts: str) -> Communication:
    return Communication(windows=tuple(ReachabilityWindow.parse(text) for text in texts))


REALISTIC = fleet_of(communication.REALISTIC)
METERS = np.arange(2_000)
DARK = Communication(dark=3_000, dark_longest_days=7)


# Ideal


def test_on_a_perfect_line_every_value_is_heard_when_it_is_stamped() -> None:
    assert (heard(fleet_of(Communication()), METERS, QUARTERS) == QUARTERS).all()


def test_on_a_perfect_line_every_meter_answers_at_once() -> None:
    found = attempts(fleet_of(Communication()), METERS, NOON)
    assert found.answered.all()
    assert not found.after_ms.any()


def test_on_a_perfect_line_nothing_is_missing_and_every_clock_is_right() -> None:
    fleet = fleet_of(Communication())
    assert not unheard_of(fleet, UNDISTURBED, METERS, QUARTERS, int(QUARTERS[-1])).any()
    assert not clock_error_s(fleet, METERS, QUARTERS).any()


# On-demand reads


def test_half_of_the_answers_take_no_longer_than_the_median() -> None:
    found = latency_ms(fleet_of(Communication(latency_median_ms=1_000, latency_spread_ms=900)), METERS, NOON)
    assert 0.45 < (found <= 1_000).mean() < 0.55
    assert found.min() >= 0


def test_of_the_slower_half_37_percent_take_more_than_the_spread_longer() -> None:
    found = latency_ms(fleet_of(Communication(latency_median_ms=1_000, latency_spread_ms=900)), METERS, NOON)
    slower = found[found > 1_000]
    assert 0.32 < (slower > 1_900).mean() < 0.42


@pytest.mark.parametrize(("tries", "expected"), [(1, 0.5), (2, 0.75), (4, 0.9375)])
def test_every_try_has_its_own_luck(tries: int, expected: float) -> None:
    found = succeeds(fleet_of(Communication(read_success=5_000, tries=tries)), METERS, NOON)
    assert found.mean() == pytest.approx(expected, abs=0.04)


def test_a_retry_costs_the_wait_for_the_try_before_it() -> None:
    line = Communication(read_success=5_000, tries=3, retry_after_ms=7_000, latency_median_ms=100)
    found = attempts(fleet_of(line), METERS, NOON)
    assert set(found.after_ms[found.answered].tolist()) == {100, 7_100, 14_100}
    assert set(found.after_ms[~found.answered].tolist()) == {21_000}


def test_an_answer_that_comes_after_the_wait_is_none() -> None:
    line = Communication(latency_median_ms=5_000, latency_spread_ms=5_000, retry_after_ms=6_000)
    found = attempts(fleet_of(line), METERS, NOON)
    assert found.after_ms[found.answered].max() <= 6_000
    assert 0.2 < (~found.answered).mean() < 0.6


def test_a_meter_that_cannot_be_reached_does_not_answer_however_often_it_is_tried() -> None:
    fleet = fleet_of(replace(DARK, tries=16))
    is_reachable = reachable(fleet, METERS, NOON)
    assert 0 < (~is_reachable).sum() < 1_000
    assert (succeeds(fleet, METERS, NOON) == is_reachable).all()


def test_the_next_instant_is_another_chance() -> None:
    fleet = fleet_of(Communication(read_success=5_000))
    now, later = (succeeds(fleet, METERS, instant) for instant in (NOON, NOON + 1))
    assert 0.4 < (now == later).mean() < 0.6


# Windows


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-06-10T21:59:59", False),
        ("2026-06-10T22:00:00", True),
        ("2026-06-11T00:00:00", True),
        ("2026-06-11T01:59:59", True),
        ("2026-06-11T02:00:00", False),
        ("2026-03-29T03:00:00", False),  # the clock was set forward an hour ago
        ("2026-10-25T01:30:00", True),
    ],
)
def test_a_window_is_a_time_of_the_local_day(local: str, expected: bool) -> None:
    fleet = fleet_of(windows("22:00-02:00"), zone="Europe/Amsterdam")
    instant = epoch_seconds(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Amsterdam")))
    assert set(reachable(fleet, METERS[:3], instant).tolist()) == {expected}


def test_a_value_waits_for_the_next_window() -> None:
    fleet = fleet_of(windows("22:00-02:00", "12:15-12:30"))
    stamps = NOON + np.array([0, 900, 1_800, 36_000])
    expected = NOON + np.array([900, 900, 36_000, 36_000])
    assert (heard(fleet, METERS[:2], stamps) == expected).all()


def test_windows_that_overlap_are_one() -> None:
    fleet = fleet_of(windows("10:00-14:00", "11:00-12:00", "14:00-24:00"))
    assert (heard(fleet, METERS[:1], NOON + np.array([0, 7_200, 43_199, 43_200])) - NOON).tolist() == [
        [0, 7_200, 43_199, 43_200 + 36_000]
    ]


def test_the_whole_day_is_a_window_without_end() -> None:
    fleet = fleet_of(windows("00:00-24:00"), zone="Europe/Amsterdam")
    year = NOON + np.arange(0, 365 * 24) * 3_600
    assert (heard(fleet, METERS[:1], year) == year).all()


# Dark meters


def test_as_many_meters_fall_silent_in_thirty_days_as_asked_for() -> None:
    fleet = fleet_of(DARK)
    first = NOON // (DARK_SPAN_DAYS * DAY_S) * DARK_SPAN_DAYS * DAY_S
    hours = first + np.arange(0, DARK_SPAN_DAYS * 24) * 3_600
    was_dark = (heard(fleet, METERS, hours) != hours).any(axis=1)
    assert was_dark.mean() == pytest.approx(0.3, abs=0.04)


def test_a_dark_time_is_one_piece_of_whole_days_up_to_the_longest() -> None:
    fleet = fleet_of(DARK)
    first = NOON // (DARK_SPAN_DAYS * DAY_S) * DARK_SPAN_DAYS * DAY_S
    hours = first + np.arange(0, DARK_SPAN_DAYS * 24) * 3_600
    is_dark = heard(fleet, METERS, hours) != hours
    lengths = is_dark.sum(axis=1)
    assert set(lengths[lengths > 0].tolist()) == {24 * days for days in range(1, 8)}
    assert ((np.diff(is_dark, axis=1) != 0).sum(axis=1) <= 2).all()


def test_values_of_the_dark_come_together_when_the_meter_is_back() -> None:
    fleet = fleet_of(DARK)
    found = heard(fleet, METERS, QUARTERS)
    silent = found[(found > QUARTERS).all(axis=1)]
    assert len(silent) > 10
    assert (silent == silent[:, :1]).all()


# Collection


def test_most_values_are_there_within_a_day_and_the_rest_follows() -> None:
    found = heard(REALISTIC, METERS, QUARTERS) - QUARTERS
    assert (found <= DAY_S).mean() == pytest.approx(0.985, abs=0.004)
    assert DAY_S < found.max() <= longest_wait_s(communication.REALISTIC)


def test_each_meter_has_its_turn_at_its_own_time_every_round() -> None:
    fleet = fleet_of(Communication(collect_every_s=3_600))
    found = heard(fleet, METERS, QUARTERS)
    turns = found % 3_600
    assert (turns == turns[:, :1]).all()
    assert len(np.unique(turns)) > 1_000
    assert (found - QUARTERS).max() < 3_600


def test_values_of_one_collection_come_together() -> None:
    fleet = fleet_of(Communication(collect_every_s=3_600, collected_within_day=5_000))
    found = heard(fleet, METERS, QUARTERS)
    assert ((np.diff(found, axis=1) != 0).sum(axis=1) <= 24).all()


@pytest.mark.parametrize("stamps", [QUARTERS, QUARTERS[::95], np.arange(30) * DAY_S + NOON], ids=["day", "two", "days"])
def test_values_are_heard_alike_alone_and_in_bulk(stamps: np.ndarray) -> None:
    found = heard(REALISTIC, METERS, stamps)
    alone = [[int(heard(REALISTIC, METERS[at : at + 1], stamps[[of]])[0, 0]) for of in (0, -1)] for at in (0, 7, 1_999)]
    assert found[[0, 7, 1_999]][:, [0, -1]].tolist() == alone


LINES = st.builds(
    Communication,
    windows=st.sampled_from([(), windows("22:00-02:00").windows, windows("02:10-02:50", "06:00-07:00").windows]),
    collect_every_s=st.sampled_from([3_600, 14_400, 86_400]),
    collected_within_day=st.sampled_from([10_000, 9_000, 0]),
    late_spread_s=st.sampled_from([0, 43_200]),
    dark=st.sampled_from([0, 500, 10_000]),
    dark_longest_days=st.integers(1, 14),
)


@settings(max_examples=40, deadline=None)
@given(line=LINES, day=st.integers(11_000, 80_000), zone=st.sampled_from(["UTC", "Europe/Amsterdam", "Asia/Kolkata"]))
def test_a_value_is_heard_while_its_meter_can_be_reached(line: Communication, day: int, zone: str) -> None:
    fleet = fleet_of(line, 40, zone)
    meters = np.arange(40)
    stamps = day * DAY_S + np.arange(1, 9) * 10_800
    found = heard(fleet, meters, stamps)
    assert (found >= stamps).all()
    assert (found - stamps).max() <= longest_wait_s(line)
    for meter, instant in zip(np.repeat(meters, 8)[::29], found.ravel()[::29], strict=True):
        assert reachable(fleet, np.array([meter]), int(instant)).all()


@settings(max_examples=40, deadline=None)
@given(line=LINES, day=st.integers(11_000, 80_000), later_s=st.integers(0, 40 * DAY_S))
def test_what_is_missing_is_what_was_not_heard_yet(line: Communication, day: int, later_s: int) -> None:
    fleet = fleet_of(line, 40)
    meters = np.arange(40)
    stamps = day * DAY_S + np.arange(1, 30) * 10_800
    now = day * DAY_S + later_s
    past = stamps[stamps <= now]
    assert (unheard_of(fleet, UNDISTURBED, meters, past, now) == (heard(fleet, meters, past) > now)).all()


# The same digits on every machine and Python; whoever changes one changes what users have seen.


def test_the_numbers_of_a_seed_never_change() -> None:
    meters = np.array([0, 1, 42, 1_999])
    assert (heard(REALISTIC, meters, QUARTERS[[0, 40, 95]]) - NOON).tolist() == [
        [10_959, 39_759, 97_359],
        [11_591, 40_391, 97_991],
        [10_814, 39_614, 97_214],
        [2_252, 45_452, 88_652],
    ]
    assert latency_ms(REALISTIC, meters, NOON).tolist() == [1_446, 1_600, 5_734, 4_448]
    assert np.flatnonzero(~reachable(fleet_of(DARK), METERS[:40], NOON)).tolist() == [22, 23]
    drifting = fleet_of(Communication(drifting=5_000))
    assert clock_error_s(drifting, METERS[:8], np.array([NOON])).ravel().tolist() == [0, 0, 10, 0, -16, -8, 0, 0]


# Without power


@st.composite
def histories(draw: st.DrawFn) -> FieldHistory:
    """Outages of single meters around noon, some of which overlap or last."""
    outages = []
    for _ in range(draw(st.integers(1, 4))):
        start = NOON + draw(st.integers(-20, 5)) * DAY_S + draw(st.integers(0, DAY_S))
        length = draw(st.one_of(st.none(), st.integers(1, 8 * DAY_S)))
        end = None if length is None else start + length
        outages.append(Outage(Node(Kind.METER, draw(st.integers(0, 3))), start, end))
    return FieldHistory(outages=tuple(outages))


@settings(max_examples=60, deadline=None)
@given(line=st.one_of(st.just(Communication()), LINES), history=histories(), later_s=st.integers(0, 10 * DAY_S))
def test_a_value_is_heard_while_its_meter_has_power_and_can_be_reached(
    line: Communication, history: FieldHistory, later_s: int
) -> None:
    fleet = fleet_of(line, 5)
    meters = np.arange(5)
    now = NOON + later_s
    stamps = NOON + np.arange(-80, 1) * 10_800
    found = heard(fleet, meters, stamps, history)
    assert (found >= stamps).all()
    assert (unheard_of(fleet, history, meters, stamps, now) == (found > now)).all()
    for meter, instant in zip(np.repeat(meters, stamps.size)[::7], found.ravel()[::7], strict=True):
        if instant < FOR_EVER:
            assert reachable(fleet, np.array([meter]), int(instant), history).all()


def test_a_meter_without_power_does_not_answer_until_it_is_given_up() -> None:
    fleet = fleet_of(Communication(tries=2, retry_after_ms=5_000))
    history = FieldHistory(outages=(Outage(Node(Kind.METER, 7), NOON - 60, NOON + 60),))
    found = attempts(fleet, METERS, NOON, history)
    assert np.flatnonzero(~found.answered).tolist() == [7]
    assert found.after_ms[7] == 10_000
    assert succeeds(fleet, METERS, NOON + 60, history).all()


def test_an_outage_that_is_over_slows_nothing_down() -> None:
    fleet = fleet_of(Communication())
    history = FieldHistory(outages=(Outage(Node(Kind.METER, 7), NOON - 60, NOON),))
    assert [all_answer_at_once(fleet, at, history) for at in (NOON - 61, NOON - 60, NOON)] == [True, False, True]
    assert [known_until(fleet, at, history) for at in (NOON - 1, NOON + 1)] == [NOON - 61, NOON + 1]


def test_values_of_an_outage_that_lasts_are_not_heard_of() -> None:
    history = FieldHistory(outages=(Outage(Node(Kind.METER, 1), NOON + 1_000, None),))
    found = heard(fleet_of(Communication()), METERS[:2], NOON + np.array([900, 1_800]), history)
    assert found.tolist() == [[NOON + 900, NOON + 1_800], [NOON + 900, FOR_EVER]]


# Clocks


def test_as_many_clocks_run_wrong_as_asked_for_some_fast_and_some_slow() -> None:
    found = clock_error_s(fleet_of(Communication(drifting=2_000)), METERS, QUARTERS)
    wrong = (found != 0).any(axis=1)
    assert wrong.mean() == pytest.approx(0.2, abs=0.03)
    assert 0.3 < (found.max(axis=1)[wrong] > 0).mean() < 0.7


def test_a_wrong_clock_goes_more_and_more_wrong_until_it_is_set_right() -> None:
    line = Communication(drifting=10_000, drift_most_s_per_day=60, sync_every_days=7)
    found = np.abs(clock_error_s(fleet_of(line), METERS, NOON + np.arange(0, 14 * 24) * 3_600))
    falls = np.diff(found, axis=1) < 0
    assert (falls.sum(axis=1) <= 2).all()
    assert falls.any(axis=1).mean() > 0.9
    assert 300 < found.max() < 7 * 60


# Conditions of several kinds


def test_each_meter_has_the_line_of_its_template() -> None:
    templates = (
        MeterTemplate(name="good", count=5),
        MeterTemplate(name="never", count=5, conditions=Conditions(communication=Communication(read_success=0))),
    )
    fleet = Fleet(FleetSpec(10, templates=templates))
    assert succeeds(fleet, np.array([7, 2, 5, 4]), NOON).tolist() == [False, True, False, True]


def test_stamps_may_be_each_meters_own() -> None:
    templates = (
        MeterTemplate(name="good", count=5),
        MeterTemplate(name="noisy", count=5, conditions=Conditions(communication=communication.REALISTIC)),
    )
    fleet = Fleet(FleetSpec(10, templates=templates))
    meters = np.arange(10)
    own = QUARTERS + meters[:, np.newaxis]
    found = heard(fleet, meters, own)
    assert (found[:5] == own[:5]).all()
    assert (found[7] == heard(fleet, meters[7:8], own[7])).all()
