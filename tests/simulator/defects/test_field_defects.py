"""Which meters have which defects, and that nothing else is touched."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import defect_rates
from simulator.communication import Communication
from simulator.conditions import IDEAL, Conditions
from simulator.defect_rates import DefectRates, InvalidRates
from simulator.defects import KINDS, FieldDefects, a_defect
from simulator.field_history import FieldHistory, Interruption
from simulator.fleet import Fleet, FleetSpec
from simulator.observation import Observation, ObservedSeries
from simulator.readings import reading_blocks
from tests.simulator.defects.observed_day import LATER, MIDNIGHTS, QUARTER, SNAPSHOT, at, series

DAY = ("2026-06-02T00:00", "2026-06-03T00:00")
DAY_S = 86_400


def fleet_with(rates: DefectRates, meters: int = 50_000) -> Fleet:
    return Fleet(FleetSpec(meters, seed=5, zone="Europe/Amsterdam", conditions=Conditions(defects=rates)))


def begun(fleet: Fleet, start: str, end: str, meters: int | None = None) -> list[tuple[int, str, int]]:
    """(meter, kind, start) of the defects that begin in [start, end)."""
    found = FieldDefects(fleet).between(np.arange(meters or len(fleet)), at(start), at(end))
    return sorted(
        (row, one.kind, one.start) for row, each in found.items() for one in each if at(start) <= one.start < at(end)
    )


def test_there_are_no_defects_by_default() -> None:
    assert FieldDefects(Fleet(FleetSpec(10))).is_empty


def test_every_kind_has_a_rate() -> None:
    assert list(defect_rates.NONE.of_kinds()) == list(KINDS)


@pytest.mark.parametrize("kind", [name for name, one in KINDS.items() if not one.lasts_for_good])
def test_a_defect_comes_about_as_often_as_its_rate_says(kind: str) -> None:
    fleet = fleet_with(DefectRates(**{kind: 10_000}), 20_000)
    assert len(begun(fleet, *DAY)) == pytest.approx(200, abs=60)


@pytest.mark.parametrize("kind", [name for name, one in KINDS.items() if one.lasts_for_good])
def test_what_lasts_for_good_comes_as_often_in_ten_years(kind: str) -> None:
    fleet = fleet_with(DefectRates(**{kind: 10}), 20_000)
    found = begun(fleet, "2020-01-01T00:00", "2031-01-01T00:00")
    assert len(found) == pytest.approx(20_000 * 3_650 * 10 / 10**6, abs=120)


def test_all_kinds_come_side_by_side() -> None:
    days = set(KINDS) - defect_rates.LASTING
    fleet = fleet_with(DefectRates(**dict.fromkeys(days, 2_000)), 20_000)
    assert {kind for _, kind, _ in begun(fleet, *DAY)} == days


def test_the_kinds_that_last_are_those_whose_rates_say_so() -> None:
    assert {name for name, one in KINDS.items() if one.lasts_for_good} == defect_rates.LASTING


def test_what_comes_by_chance_does_not_depend_on_who_is_asked_with_it() -> None:
    fleet = fleet_with(replace(defect_rates.REALISTIC, gap=50_000), 2_000)
    together = FieldDefects(fleet).between(np.arange(2_000), at(DAY[0]), at(DAY[1]))
    for row in list(together)[:20]:
        (alone,) = FieldDefects(fleet).between(np.array([row]), at(DAY[0]), at(DAY[1])).values()
        assert [one.id for one in alone] == [one.id for one in together[row]]


@given(cut=st.integers(1, 95), kind=st.sampled_from(sorted(KINDS)))
@settings(deadline=None, max_examples=30)
def test_a_day_reads_the_same_in_one_request_or_in_two(cut: int, kind: str) -> None:
    fleet = fleet_with(DefectRates(**{kind: 250 if KINDS[kind].lasts_for_good else 300_000}), 12)
    middle = f"2026-06-02T{cut // 4:02d}:{cut % 4 * 15:02d}"
    whole = delivered(fleet, *DAY)
    halves = [first + second for first, second in zip(
        delivered(fleet, DAY[0], middle), delivered(fleet, middle, DAY[1]), strict=True
    )]  # fmt: skip
    for one, other in zip(whole, halves, strict=True):
        # Readings that are out of order stay so within a request only.
        assert sorted(one) == sorted(other)


def delivered(fleet: Fleet, start: str, end: str) -> list[list[tuple[int, int]]]:
    """Of each meter and series what is delivered."""
    asked = series(start, end, QUARTER, SNAPSHOT)
    observation = Observation(at(LATER), disturbances=FieldDefects(fleet))
    found = []
    for block in reading_blocks(fleet, range(len(fleet)), asked, observation=observation):
        for row in range(len(block.meters)):
            plain = [ObservedSeries(one.stamps, v[row]) for one, v in zip(asked, block.values, strict=True)]
            found += [
                list(zip(one.stamps.tolist(), one.values.tolist(), strict=True))
                for one in block.observed.get(row, plain)
            ]
    return found


@given(
    kind=st.sampled_from(sorted(KINDS)),
    start=st.integers(at("2026-05-31T00:00"), at("2026-06-03T12:00")),
    length_s=st.integers(2 * 1_800, 3 * DAY_S),
)
@settings(deadline=None, max_examples=80)
def test_a_defect_alters_its_meter_and_its_span_alone(kind: str, start: int, length_s: int) -> None:
    one = a_defect(kind, start, start + length_s)
    fleet = Fleet(FleetSpec(10, seed=5, zone="Europe/Amsterdam"))
    asked = series("2026-06-01T00:00", "2026-06-04T00:00", QUARTER, SNAPSHOT, MIDNIGHTS)
    observation = Observation(at(LATER), disturbances=FieldDefects(fleet, FieldHistory(defects={4: [one]})))
    (block,) = reading_blocks(fleet, range(3, 6), asked, block_values=10**7, observation=observation)
    assert set(block.observed) <= {1}
    first, last = KINDS[kind].reach(one)
    for due, values, found in zip(asked, block.values, block.observed.get(1, ()), strict=False):
        begins = due.interval_starts() if due.is_interval else due.stamps - 1
        for begin, stamp, value in zip(begins.tolist(), due.stamps.tolist(), values[1].tolist(), strict=True):
            if stamp <= first or begin >= last:
                assert found.values[found.stamps == stamp].tolist() == [value]


@given(
    defects=st.lists(
        st.tuples(
            st.sampled_from(sorted(KINDS)),
            st.integers(at("2026-06-01T00:00"), at("2026-06-03T12:00")),
            st.integers(4_000, 2 * DAY_S),
        ),
        min_size=1,
        max_size=5,
    ),
    now=st.sampled_from(["2026-06-02T13:00", "2026-06-04T00:00", LATER]),
)
@settings(deadline=None, max_examples=80)
def test_gaps_are_exactly_what_is_not_delivered_whatever_comes_together(
    defects: list[tuple[str, int, int]], now: str
) -> None:
    fleet = Fleet(FleetSpec(10, seed=5, zone="Europe/Amsterdam"))
    made = [a_defect(kind, start, start + length_s) for kind, start, length_s in defects]
    observation = Observation(at(now), disturbances=FieldDefects(fleet, FieldHistory(defects={4: made})))
    for code in (QUARTER, SNAPSHOT, MIDNIGHTS):
        asked = series("2026-06-01T00:00", "2026-06-04T00:00", code, now=now)
        (block,) = reading_blocks(fleet, [4], asked, block_values=10**7, observation=observation)
        delivered_stamps = (
            set(block.observed[0][0].stamps.tolist()) if block.observed else set(asked[0].stamps.tolist())
        )
        spans = dict(observation.gaps(np.array([4]), asked)).get(4, ())
        open_s = int(asked[0].is_interval)  # a span of intervals is open at its start
        told = {s for s in asked[0].stamps.tolist() if any(a + open_s <= s <= b for a, b in spans)}
        assert set(asked[0].stamps.tolist()) - delivered_stamps == told


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 92), ("2025-10-26", 100)])
def test_on_a_day_with_a_change_of_clocks_a_gap_takes_its_hours_and_no_others(day: str, count: int) -> None:
    fleet = Fleet(FleetSpec(10, seed=5, zone="Europe/Amsterdam"))
    (asked,) = series(f"{day}T00:00", f"{day}T23:59", QUARTER)
    start = int(asked.stamps[4])
    gap = a_defect("gap", start, start + 3 * 3_600)
    observation = Observation(at(LATER), disturbances=FieldDefects(fleet, FieldHistory(defects={4: [gap]})))
    (block,) = reading_blocks(fleet, [4], [asked], observation=observation)
    assert len(block.observed[0][0].stamps) == count - 1 - 12  # the last quarter ends at midnight


def test_intervals_without_supply_are_marked_where_meters_do_so() -> None:
    fleet = fleet_with(DefectRates(power_marks=True), 10)
    window = Interruption(at("2026-06-02T10:05"), at("2026-06-02T11:00"))
    history = FieldHistory({4: (window,)})
    asked = series(*DAY, QUARTER)
    observation = Observation(at(LATER), disturbances=FieldDefects(fleet, history))
    (block,) = reading_blocks(fleet, range(3, 6), asked, history, observation=observation)
    (only,) = block.observed[1]
    assert set(block.observed) == {1}
    marked = [(int(only.stamps[position]), marks[0].type.code) for position, marks in only.qualities.items()]
    assert marked == [(stamp, "1.2.3") for stamp in range(at("2026-06-02T10:15"), at("2026-06-02T11:00") + 1, 900)]
    assert only.values.tolist() == block.values[0][1].tolist()


def test_a_clock_that_drifts_moves_energy_between_neighbours_and_loses_none() -> None:
    line = Communication(drifting=10_000, drift_most_s_per_day=30)
    spec = FleetSpec(4, seed=5, zone="Europe/Amsterdam", conditions=replace(IDEAL, communication=line))
    fleet = Fleet(spec)
    asked = series("2026-06-02T00:00", "2026-06-05T00:00", QUARTER, SNAPSHOT)
    observation = Observation(at(LATER), disturbances=FieldDefects(fleet))
    (block,) = reading_blocks(fleet, range(4), asked, block_values=10**7, observation=observation)
    assert sorted(block.observed) == [0, 1, 2, 3]
    for row in range(4):
        intervals, registers = block.observed[row]
        assert np.diff(registers.values).tolist() == intervals.values[1:].tolist()
        assert intervals.values.tolist() != block.values[0][row].tolist()
        assert abs(int(intervals.values.sum() - block.values[0][row].sum())) < 100


def test_rates_that_are_more_than_all_days_are_refused() -> None:
    with pytest.raises(InvalidRates, match="1200000 of 1000000 days"):
        DefectRates(gap=600_000, late=600_000)


def test_what_comes_once_in_a_life_cannot_come_more_often() -> None:
    with pytest.raises(InvalidRates, match="together on at most 273 of 1000000 days of a meter, not 300"):
        DefectRates(register_rollover=300)


def test_finding_the_defects_of_a_hundred_thousand_meters_is_quick() -> None:
    fleet = fleet_with(defect_rates.REALISTIC, 100_000)
    asked = series(*DAY, QUARTER, MIDNIGHTS)
    FieldDefects(fleet).touching(np.arange(1_000), asked)
    started = time.perf_counter()
    FieldDefects(fleet).touching(np.arange(100_000), asked)
    assert time.perf_counter() - started < 1.5
