"""Each kind of defect is found by the validation rule that it is named after, and does to registers and intervals what
it says."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from simulator.defects import KINDS, Defect, explain
from tests.simulator.defects.observed_day import (
    FLEET,
    LATER,
    MIDNIGHTS,
    POWER,
    QUARTER,
    SNAPSHOT,
    VOLTAGE,
    Delivered,
    at,
    defect,
    delivered,
    goes_backwards,
    has_conflicting_duplicates,
    has_duplicates,
    has_gap,
    has_negative,
    has_spike,
    has_zero_run,
    is_a_thousandfold,
    is_out_of_order,
    is_stuck,
    lacks_a_midnight,
    observe,
    series,
    sums_disagree,
)

TEN, FOUR = "2026-06-03T10:00", "2026-06-03T16:00"
MOMENT = ("2026-06-03T12:05", "2026-06-03T12:06")

RULES: dict[str, tuple[Defect, Callable[[Delivered], bool]]] = {
    "gap": (defect("gap", TEN, FOUR), has_gap),
    "missing_midnight_register": (
        defect("missing_midnight_register", "2026-06-03T12:00", "2026-06-04T12:00"),
        lacks_a_midnight,
    ),
    "spike": (defect("spike", *MOMENT, factor=500), has_spike),
    "zero_run": (defect("zero_run", TEN, FOUR), has_zero_run),
    "stuck": (defect("stuck", TEN, FOUR), is_stuck),
    "negative": (defect("negative", *MOMENT), has_negative),
    "register_rollover": (defect("register_rollover", *MOMENT), goes_backwards),
    "interval_sum_mismatch": (defect("interval_sum_mismatch", TEN, FOUR), sums_disagree),
    "duplicate": (defect("duplicate", TEN, FOUR), has_duplicates),
    "out_of_order": (defect("out_of_order", TEN, FOUR), is_out_of_order),
    "late": (defect("late", TEN, FOUR, delay_s=45 * 86_400), has_gap),
    "revised_after_estimate": (
        defect("revised_after_estimate", TEN, FOUR, revised_after_s=45 * 86_400),
        lambda day: day.quarters != delivered(now="2026-06-05T00:00").quarters,
    ),
    "wrong_multiplier": (defect("wrong_multiplier", TEN, FOUR), is_a_thousandfold),
    "meter_change_inside_interval": (defect("meter_change_inside_interval", *MOMENT), goes_backwards),
    "clock_set_forward": (defect("clock_set_forward", "2026-06-02T10:00", FOUR, offset_s=5_000), has_gap),
    "clock_set_back": (defect("clock_set_back", "2026-06-02T10:00", FOUR, offset_s=5_000), has_conflicting_duplicates),
}


def test_every_kind_has_its_rule() -> None:
    assert RULES.keys() == KINDS.keys()


@pytest.mark.parametrize("name", RULES)
def test_a_defect_is_found_by_its_rule(name: str) -> None:
    with_defect, complains = RULES[name]
    assert complains(delivered(with_defect, now="2026-06-05T00:00"))


@pytest.mark.parametrize("name", RULES)
def test_its_rule_finds_nothing_in_sound_data(name: str) -> None:
    _, complains = RULES[name]
    assert not complains(delivered(now="2026-06-05T00:00"))


@pytest.mark.parametrize("name", RULES)
def test_a_defect_explains_itself_with_its_times(name: str) -> None:
    sentence = explain(RULES[name][0], FLEET.calendar.zone)
    assert "2026-06-0" in sentence
    assert sentence.endswith(".")


# What each does to registers and intervals.


def quarters(*defects: Defect, now: str = LATER) -> dict[int, int]:
    return dict(delivered(*defects, now=now).quarters)


def registers(*defects: Defect, now: str = LATER) -> dict[int, int]:
    return dict(delivered(*defects, now=now).snapshots)


SOUND = delivered()
SOUND_QUARTERS, SOUND_REGISTERS = dict(SOUND.quarters), dict(SOUND.snapshots)


@pytest.mark.parametrize("kind", ["spike", "zero_run", "negative", "interval_sum_mismatch"])
def test_where_intervals_are_wrong_registers_are_right(kind: str) -> None:
    found = delivered(RULES[kind][0])
    assert found.snapshots == SOUND.snapshots
    assert found.midnights == SOUND.midnights


def test_a_spike_is_so_many_times_what_flowed_in_one_interval() -> None:
    found = quarters(defect("spike", *MOMENT, factor=30))
    (changed,) = (stamp for stamp in found if found[stamp] != SOUND_QUARTERS[stamp])
    assert changed == at("2026-06-03T12:15")
    assert found[changed] == 30 * max(SOUND_QUARTERS[changed], 1)


def test_a_zero_run_lets_what_is_only_partly_in_it_alone() -> None:
    found = quarters(defect("zero_run", "2026-06-03T10:05", "2026-06-03T12:05"))
    changed = [stamp for stamp in found if found[stamp] != SOUND_QUARTERS[stamp]]
    assert (changed[0], changed[-1]) == (at("2026-06-03T10:30"), at("2026-06-03T12:00"))


def test_a_stuck_register_jumps_to_what_it_should_show() -> None:
    found = registers(RULES["stuck"][0])
    assert {found[stamp] for stamp in found if at(TEN) <= stamp < at(FOUR)} == {SOUND_REGISTERS[at(TEN)]}
    assert {stamp for stamp in found if found[stamp] != SOUND_REGISTERS[stamp]} == {
        stamp for stamp in SOUND.due if at(TEN) < stamp < at(FOUR)
    }


def test_the_interval_of_the_jump_holds_all_that_a_stuck_meter_missed() -> None:
    found = quarters(RULES["stuck"][0])
    assert found[at(FOUR)] == SOUND_REGISTERS[at(FOUR)] - SOUND_REGISTERS[at(TEN)]
    assert sum(found.values()) == sum(SOUND_QUARTERS.values())


@pytest.mark.parametrize("kind", ["stuck", "clock_set_forward", "clock_set_back"])
def test_what_moves_energy_in_time_loses_none_and_makes_none(kind: str) -> None:
    found = delivered(RULES[kind][0])
    assert sum(value for _, value in found.quarters) == sum(SOUND_QUARTERS.values())


def test_a_rolled_over_register_goes_on_from_zero_and_was_near_its_end() -> None:
    found = registers(defect("register_rollover", *MOMENT, digits=8))
    at_start = SOUND_REGISTERS[at("2026-06-03T12:00")]
    assert found[at("2026-06-03T12:00")] > 10**8 - 10_000
    assert 0 <= found[at("2026-06-03T12:15")] <= SOUND_REGISTERS[at("2026-06-03T12:15")] - at_start
    assert max(found.values()) < 10**8


def test_between_roll_overs_differences_are_what_flowed() -> None:
    found = registers(defect("register_rollover", *MOMENT, digits=6))
    differences = [(after - before) % 10**6 for before, after in itertools.pairwise(found.values())]
    assert differences == list(SOUND_QUARTERS.values())[1:]


def test_a_new_meter_begins_at_its_start_value_and_counts_on() -> None:
    found = registers(defect("meter_change_inside_interval", *MOMENT, start_value=70))
    after = [stamp for stamp in found if stamp > at(MOMENT[0])]
    assert 70 <= found[after[0]] <= 70 + SOUND_QUARTERS[after[0]]
    assert found[after[-1]] - found[after[0]] == SOUND_REGISTERS[after[-1]] - SOUND_REGISTERS[after[0]]


def test_the_interval_of_a_meter_change_holds_what_both_counted() -> None:
    assert quarters(RULES["meter_change_inside_interval"][0]) == SOUND_QUARTERS


def test_a_wrong_multiplier_concerns_registers_and_intervals_alike() -> None:
    wrong = defect("wrong_multiplier", TEN, FOUR, times=1, over=10)
    assert quarters(wrong)[at(FOUR)] == SOUND_QUARTERS[at(FOUR)] // 10
    assert registers(wrong)[at(FOUR)] == SOUND_REGISTERS[at(FOUR)] // 10


def test_interval_and_register_of_an_estimate_agree_until_its_end() -> None:
    estimate = RULES["revised_after_estimate"][0]
    found, shown = quarters(estimate, now="2026-06-05T00:00"), registers(estimate, now="2026-06-05T00:00")
    inside = [stamp for stamp in found if at(TEN) < stamp < at(FOUR)]
    assert [shown[stamp] - shown[stamp - 900] for stamp in inside] == [found[stamp] for stamp in inside]


def test_an_estimate_is_the_mean_of_the_day_before() -> None:
    found = quarters(RULES["revised_after_estimate"][0], now="2026-06-05T00:00")
    day_before = SOUND_REGISTERS[at(TEN)] - SOUND_REGISTERS[at(TEN) - 86_400]
    assert sum(found[stamp] for stamp in found if at(TEN) < stamp <= at(FOUR)) == day_before * 6 // 24


def test_an_estimate_gives_way_to_what_was_measured() -> None:
    estimate = defect("revised_after_estimate", TEN, FOUR, revised_after_s=3_600)
    assert quarters(estimate, now="2026-06-05T00:00") == SOUND_QUARTERS


def test_what_is_late_comes_in_the_end() -> None:
    assert delivered(defect("late", TEN, FOUR, delay_s=86_400), now="2026-06-05T00:00") == delivered(
        now="2026-06-05T00:00"
    )


def test_a_slow_clock_stamps_later_than_it_should_until_it_is_set() -> None:
    found = registers(RULES["clock_set_forward"][0])
    morning = at("2026-06-03T09:00")
    assert SOUND_REGISTERS[morning] < found[morning] < SOUND_REGISTERS[morning + 5_400]


def test_a_clock_set_forward_jumps_over_the_stamps_in_between() -> None:
    found = delivered(RULES["clock_set_forward"][0])
    gone = sorted(set(found.due) - {stamp for stamp, _ in found.snapshots})
    assert gone == [stamp for stamp in found.due if at(FOUR) - 5_000 < stamp <= at(FOUR)]


def test_a_clock_set_back_stamps_once_more_what_it_had_passed() -> None:
    found = delivered(RULES["clock_set_back"][0])
    stamps = [stamp for stamp, _ in found.snapshots]
    twice = sorted({stamp for stamp in stamps if stamps.count(stamp) == 2})
    assert twice == [stamp for stamp in found.due if at(FOUR) < stamp <= at(FOUR) + 5_000]


def test_the_second_time_a_clock_that_was_set_back_is_right() -> None:
    found = delivered(RULES["clock_set_back"][0])
    last = dict(found.snapshots)  # of two the later one
    stamps = [stamp for stamp in found.due if stamp > at(FOUR)]
    assert [last[stamp] for stamp in stamps] == [SOUND_REGISTERS[stamp] for stamp in stamps]


@pytest.mark.parametrize("offset_s", [60, 600, 899, 900, 901, 5_000, 21_600])
@pytest.mark.parametrize("kind", ["clock_set_forward", "clock_set_back"])
@pytest.mark.parametrize("end", ["2026-06-04T16:00", "2026-06-04T16:07"])
def test_a_clock_that_is_set_moves_energy_and_loses_none(kind: str, offset_s: int, end: str) -> None:
    found = delivered(defect(kind, "2026-06-02T03:00", end, offset_s=offset_s))
    assert sum(value for _, value in found.quarters) == sum(SOUND_QUARTERS.values())
    assert min(value for _, value in found.quarters) >= 0


def test_the_reading_of_a_moment_is_stamped_by_who_reads() -> None:
    (now,) = series("2026-06-03T00:00", "2026-06-04T00:00", MIDNIGHTS, now="2026-06-04T00:00")
    slow = defect("clock_set_forward", "2026-06-03T00:00", "2026-06-05T00:00")
    assert observe([now], slow, now="2026-06-04T00:00")[0].values.tolist() == observe([now])[0].values.tolist()


def test_power_is_wrong_where_energy_is() -> None:
    asked = series("2026-06-03T00:00", "2026-06-04T00:00", QUARTER, POWER)
    for kind in ("spike", "zero_run", "stuck", "negative", "wrong_multiplier"):
        energy, power = observe(asked, RULES[kind][0])
        # The mean over the six hours of a jump is rounded before it is told as that of a quarter.
        np.testing.assert_allclose(power.values, 4 * energy.values, rtol=0, atol=24, err_msg=kind)


def test_a_voltage_can_be_missing_but_not_wrong() -> None:
    asked = series("2026-06-03T00:00", "2026-06-04T00:00", VOLTAGE)
    (sound,) = observe(asked)
    for name, (one, _) in RULES.items():
        (found,) = observe(asked, one)
        known = dict(zip(sound.stamps.tolist(), sound.values.tolist(), strict=True))
        assert all(known[s] == v for s, v in zip(found.stamps.tolist(), found.values.tolist(), strict=True)), name


# Qualities.

QUALITIES = {
    "gap": {"1.4.4"},
    "spike": {"2.5.256"},
    "zero_run": {"2.5.258"},
    "stuck": {"2.5.258", "2.5.256"},
    "negative": {"2.6.4"},
    "register_rollover": {"2.4.1"},
    "interval_sum_mismatch": {"2.6.0"},
    "revised_after_estimate": {"2.8.0"},
    "wrong_multiplier": {"2.5.256"},
    "meter_change_inside_interval": {"1.4.2"},
    "clock_set_forward": {"1.4.2", "1.4.9", "2.4.64"},
    "clock_set_back": {"1.4.9"},
}


def carried(one: Defect) -> set[str]:
    asked = series("2026-06-02T00:00", "2026-06-05T00:00", QUARTER, SNAPSHOT, now="2026-06-05T00:00")
    return {
        quality.type.code
        for found in observe(asked, one, now="2026-06-05T00:00")
        for qualities in found.qualities.values()
        for quality in qualities
    }


@pytest.mark.parametrize("name", RULES)
def test_a_marked_defect_carries_its_qualities(name: str) -> None:
    assert carried(RULES[name][0]) == QUALITIES.get(name, set())


@pytest.mark.parametrize("name", RULES)
def test_a_defect_that_is_not_marked_carries_none(name: str) -> None:
    one = RULES[name][0]
    assert carried(replace(one, marked=False)) == set()


@pytest.mark.parametrize("name", RULES)
def test_whatever_a_defect_changed_names_it_as_the_cause(name: str) -> None:
    one = RULES[name][0]
    asked = series("2026-06-02T00:00", "2026-06-05T00:00", QUARTER, SNAPSHOT, MIDNIGHTS, now="2026-06-05T00:00")
    touched = 0
    for due, sound, found in zip(asked, observe(asked), observe(asked, one, now="2026-06-05T00:00"), strict=True):
        was = dict(zip(due.stamps.tolist(), sound.values.tolist(), strict=True))
        for stamp in was:
            values = found.values[found.stamps == stamp].tolist()
            if values != [was[stamp]]:
                touched += 1
                assert found.causes[stamp] == (one.id,)
    assert touched or name == "out_of_order"
