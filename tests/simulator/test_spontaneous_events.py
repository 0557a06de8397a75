"""Events that happen by themselves: a function of seed, meter and time, checked against plain integers."""

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.communication import Communication
from simulator.conditions import REALISTIC, Conditions
from simulator.event_rates import EventRate, EventRates
from simulator.field_events import FieldEvents
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.links import reachable
from simulator.noise import Purpose
from simulator.spontaneous_events import spontaneous_events, spontaneous_events_heard

DAY = 86_400
START = 1_767_225_600  # 2026-01-01
WORD = 2**64
SAG, SAG_OVER, TAMPER = 3_026_038_223, 3_026_038_224, 3_012_000_257


def _fleet(*rates: EventRate, meters: int = 50, seed: int = 7) -> Fleet:
    return Fleet(FleetSpec(meters, seed, conditions=Conditions(events=EventRates(rates))))


def _told(events: FieldEvents) -> list[tuple[int, int, int, int]]:
    columns = (events.instants, events.meters, events.types, events.heard)
    return list(zip(*(column.tolist() for column in columns), strict=True))


SAGS = _fleet(EventRate("Power.Voltage.SagStarted", 40_000))
LONG_SAGS = _fleet(EventRate("Power.Voltage.SagStarted", 40_000, 3 * DAY))
REALISTIC_FLEET = Fleet(FleetSpec(400, 3, conditions=REALISTIC))


def _scalar_draw(key: int, purpose: Purpose, index: int) -> int:
    word = (key + purpose * 0xD1B54A32D192ED03 + index * 0x9E3779B97F4A7C15) % WORD
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % WORD
    return word ^ (word >> 31)


def _scalar_tampers(fleet: Fleet, meter: int, per_year: float, after: int, until: int) -> list[int]:
    """The definition in plain Python: how many in each block of 32 days by Poisson's law, and when."""
    (key,) = fleet.keys([meter]).tolist()
    code = 12 * 10**6 + 0 * 10**3 + 257
    mean = per_year * 32 / 365.25
    instants = []
    for block in range(after // (32 * DAY), until // (32 * DAY) + 1):
        address = code * 2**20 + block
        luck = _scalar_draw(key, Purpose.EVENT_COUNT, address) / WORD
        count, reached = 0, exp(-mean)
        while luck >= reached:
            count += 1
            reached += exp(-mean) * mean**count / factorial(count)
        for number in range(count):
            word = _scalar_draw(key, Purpose.EVENT_INSTANT, address * 256 + number)
            instants.append(block * 32 * DAY + ((word >> 32) * 32 * DAY >> 32))
    return sorted(instant for instant in instants if after < instant <= until)


@pytest.mark.parametrize("meter", range(5))
def test_the_array_form_equals_the_scalar_form(meter: int) -> None:
    fleet = _fleet(EventRate("Security.-.TamperDetected", 9_000))
    events = spontaneous_events(fleet, [meter], START, START + 400 * DAY)
    assert events.instants.tolist() == _scalar_tampers(fleet, meter, 9.0, START, START + 400 * DAY)
    assert len(events) > 3


def test_a_year_of_realistic_meters_is_the_same_on_every_machine() -> None:
    events = _told(spontaneous_events(REALISTIC_FLEET, range(400), START, START + 365 * DAY))
    text = "\n".join(f"{instant} {meter} {number} {heard}" for instant, meter, number, heard in events)
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "3e0ddcc57733f5809e28ad39e20b0154ce83846b85934fa0aa6047165a2f7b1b"
    )


@given(cuts=st.lists(st.integers(0, 400 * DAY), max_size=6), fleet=st.sampled_from([SAGS, LONG_SAGS, REALISTIC_FLEET]))
@settings(deadline=None, max_examples=25)
def test_a_period_in_parts_has_the_events_of_the_whole(cuts: list[int], fleet: Fleet) -> None:
    bounds = sorted({0, 400 * DAY, *cuts})
    parts = [spontaneous_events(fleet, range(20), START + first, START + last) for first, last in pairwise(bounds)]
    whole = spontaneous_events(fleet, range(20), START, START + 400 * DAY)
    assert [one for part in parts for one in _told(part)] == _told(whole)


@given(meters=st.lists(st.integers(0, 399), unique=True, max_size=20))
@settings(deadline=None, max_examples=25)
def test_a_meter_has_the_same_events_alone_and_among_others(meters: list[int]) -> None:
    everybody = spontaneous_events(REALISTIC_FLEET, range(400), START, START + 200 * DAY)
    some = spontaneous_events(REALISTIC_FLEET, np.array(meters, np.int64), START, START + 200 * DAY)
    assert _told(some) == _told(everybody.where(np.isin(everybody.meters, meters)))


def test_another_kind_moves_no_event() -> None:
    alone = spontaneous_events(SAGS, range(50), START, START + 90 * DAY)
    more = _fleet(EventRate("Power.Voltage.SagStarted", 40_000), EventRate("Memory", 50_000))
    beside = spontaneous_events(more, range(50), START, START + 90 * DAY)
    assert len(beside) > len(alone)
    assert _told(beside.of_type("*.26.38.*")) == _told(alone)


def test_another_seed_gives_other_events() -> None:
    rate = EventRate("Power.Voltage.SagStarted", 40_000)
    one, other = (spontaneous_events(_fleet(rate, seed=seed), range(50), START, START + 90 * DAY) for seed in (1, 2))
    assert not set(_told(one)) & set(_told(other))


@pytest.mark.parametrize("fleet", [SAGS, LONG_SAGS], ids=["seconds", "days"])
def test_what_begins_ends_before_it_begins_again(fleet: Fleet) -> None:
    events = spontaneous_events(fleet, range(50), START, START + 700 * DAY)
    for meter in range(50):
        types = events.where(events.meters == meter).types.tolist()
        types = types[types[0] == SAG_OVER :]  # the end of one that began before
        assert len(types) > 4
        assert set(types[::2]) == {SAG}
        assert set(types[1::2]) <= {SAG_OVER}


def test_the_lengths_of_states_lie_around_the_usual_one() -> None:
    events = spontaneous_events(
        _fleet(EventRate("Power.Voltage.SagStarted", 2_000, 600)), range(50), START, START + 900 * DAY
    )
    lengths = []
    for meter in range(50):
        told = _told(events.where(events.meters == meter))
        lengths += [end[0] - start[0] for start, end in pairwise(told) if start[2] == SAG]
    assert 500 < np.median(lengths) < 700
    assert min(lengths) < 150
    assert 1_500 < max(lengths) <= 4_800


def test_counts_follow_poissons_law() -> None:
    fleet = _fleet(EventRate("Security.-.TamperDetected", 6_000), meters=20_000)
    events = spontaneous_events(fleet, range(20_000), START, START + 1_461 * DAY // 24)
    seen = Counter(np.bincount(events.meters, minlength=20_000).tolist())
    for count in range(4):
        expected = 20_000 * exp(-1) / factorial(count)
        assert abs(seen[count] - expected) < 5 * expected**0.5


def test_a_meter_reports_nothing_before_it_is_installed() -> None:
    spec = FleetSpec(
        20,
        conditions=Conditions(events=EventRates((EventRate("Memory", 100_000),))),
        installed=date(2020, 1, 1),
        templates=(
            MeterTemplate(name="old", count=10),
            MeterTemplate(name="new", count=10, installed=date(2026, 1, 15)),
        ),
    )
    events = spontaneous_events(Fleet(spec), range(20), START, START + 60 * DAY)
    first = {half: int(events.instants[events.meters // 10 == half].min()) for half in (0, 1)}
    assert first[0] < START + 14 * DAY <= first[1]


def test_conditions_of_a_template_are_those_of_its_meters() -> None:
    noisy = Conditions(events=EventRates((EventRate("Memory", 100_000),)))
    spec = FleetSpec(
        20,
        templates=(
            MeterTemplate(name="quiet", count=10),
            MeterTemplate(name="noisy", count=10, conditions=noisy),
        ),
    )
    assert set(spontaneous_events(Fleet(spec), range(20), START, START + 60 * DAY).meters.tolist()) == set(
        range(10, 20)
    )


@pytest.mark.clause("61968-9:2013 Annex E")
@pytest.mark.parametrize(("meter_class", "device_type"), [("residential", 3), ("gas", 4), ("water", 24)])
def test_the_code_begins_with_the_type_of_the_device(meter_class: str, device_type: int) -> None:
    spec = FleetSpec(
        30,
        conditions=REALISTIC,
        templates=(MeterTemplate(name="one", count=30, shares=((meter_class, 10_000),)),),
    )
    events = spontaneous_events(Fleet(spec), range(30), START, START + 900 * DAY)
    assert set((events.types // 10**9).tolist()) == {device_type}


def test_the_head_end_hears_of_a_failed_link_when_it_is_back() -> None:
    fleet = _fleet(EventRate("Communication.-.Failed", 20_000))
    events = spontaneous_events(fleet, range(10), START, START + 300 * DAY)
    lost, back = events.of_type("*.1.0.85"), events.of_type("*.1.0.49")
    ended = lost.where(lost.heard <= START + 300 * DAY)
    assert len(ended) > 100
    assert (ended.heard > ended.instants).all()
    assert set(ended.heard.tolist()) <= set(back.instants.tolist())


DARK = Fleet(FleetSpec(400, 3, conditions=replace(REALISTIC, communication=Communication(dark=2_500))))


@given(cuts=st.lists(st.integers(0, 60 * DAY), max_size=4))
@settings(deadline=None, max_examples=10)
def test_what_is_heard_in_parts_is_what_is_heard_in_the_whole(cuts: list[int]) -> None:
    bounds = sorted({0, 60 * DAY, *cuts})
    parts = FieldEvents.joined(
        spontaneous_events_heard(DARK, range(400), START + first, START + last) for first, last in pairwise(bounds)
    )
    long_before = spontaneous_events(DARK, range(400), START - 100 * DAY, START + 60 * DAY)
    assert _told(parts) == _told(long_before.heard_in(START, START + 60 * DAY))


def test_a_dark_meter_is_heard_when_it_is_back() -> None:
    events = spontaneous_events(DARK, range(400), START, START + 60 * DAY).of_type("*.26.0.0")
    late = events.where(events.heard > events.instants)
    assert len(late) > 5
    for meter, instant, heard in zip(late.meters, late.instants, late.heard, strict=True):
        at = late.meters[late.meters == meter][:1]
        assert not reachable(DARK, at, int(instant))[0]
        assert not reachable(DARK, at, int(heard) - 1)[0]
        assert reachable(DARK, at, int(heard))[0]


def test_an_ideal_fleet_has_no_events() -> None:
    assert len(spontaneous_events(Fleet(FleetSpec(1_000)), range(1_000), START, START + 900 * DAY)) == 0
