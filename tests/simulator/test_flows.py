"""Flows of mixed fleets: each meter as its class says, the same in any company, and never both ways at once."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cascade import bypass
from simulator.cascade.flows import Flow, FlowPlan
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.local_time import DAY_S, SLOT_S, epoch_seconds
from simulator.meter_class import METER_CLASSES
from simulator.registers import cumulative_mwh

SHARES = (
    ("residential", 3_000),
    ("solar_prosumer", 2_000),
    ("electric_vehicle", 1_500),
    ("heat_pump", 1_500),
    ("commercial", 1_000),
    ("street_lighting", 500),
    ("industrial", 500),
)
METERS = 2_000
EVERY = tuple(Flow)


def fleet_of(shares=SHARES, *, count: int = METERS, zone: str = "Europe/Amsterdam", **spec) -> Fleet:
    template = MeterTemplate(name="town", count=count, shares=shares)
    return Fleet(FleetSpec(count, seed=1, zone=zone, templates=(template,), **spec))


TOWN = fleet_of()
PROSUMERS = fleet_of((("solar_prosumer", 10_000),), count=300)
meters = st.integers(0, METERS - 1)
instants = st.integers(epoch_seconds(datetime(2020, 1, 2, tzinfo=UTC)), epoch_seconds(datetime(2030, 1, 1, tzinfo=UTC)))
days = st.integers(1, 3_600)  # since 2020


def slots_of(fleet: Fleet, day: int, count: int = 1) -> np.ndarray:
    """The bounds of all five-minute slots of days, counted from 2020-01-01."""
    first = date.fromordinal(date(2020, 1, 1).toordinal() + day)
    last = date.fromordinal(first.toordinal() + count)
    return np.arange(fleet.calendar.start_of(first), fleet.calendar.start_of(last) + 1, SLOT_S)


@given(some=st.lists(meters, min_size=1, max_size=6), at=st.lists(instants, min_size=1, max_size=8, unique=True))
@settings(deadline=None, max_examples=25)
def test_every_flow_is_the_same_alone_and_in_company(some: list[int], at: list[int]) -> None:
    together = FlowPlan(TOWN, EVERY, np.array(sorted(at))).cumulative(some)
    for flow, values in zip(EVERY, together, strict=True):
        for column, instant in enumerate(sorted(at)):
            plan = FlowPlan(TOWN, (flow,), np.array([instant]))
            alone = [int(plan.cumulative([index])[0][0, 0]) for index in some]
            assert values[:, column].tolist() == alone


def test_many_meters_of_many_classes_are_computed_as_one_by_one() -> None:
    plan = FlowPlan(TOWN, EVERY, slots_of(TOWN, 2_000)[::3])
    many = plan.cumulative(range(METERS))
    for index in (0, 7, 1_023, 1_024, 1_999):
        assert [flow[index].tolist() for flow in many] == [flow[0].tolist() for flow in plan.cumulative([index])]


def test_the_order_in_which_meters_are_asked_does_not_matter() -> None:
    plan = FlowPlan(TOWN, (Flow.FORWARD, Flow.Q1), slots_of(TOWN, 900)[::12])
    up, down = plan.cumulative(range(200)), plan.cumulative(range(199, -1, -1))
    assert all(np.array_equal(one, other[::-1]) for one, other in zip(up, down, strict=True))


@given(index=meters, at=st.lists(instants, min_size=2, max_size=30, unique=True))
@settings(deadline=None, max_examples=40)
def test_no_flow_runs_backwards(index: int, at: list[int]) -> None:
    for flow in FlowPlan(TOWN, EVERY, np.array(sorted(at))).cumulative([index]):
        assert np.all(np.diff(flow[0]) >= 0)


def test_a_flow_that_a_class_lacks_stays_at_zero() -> None:
    classes = np.array([TOWN.classes[position].name for position in TOWN.class_of(range(METERS))])
    flows = FlowPlan(TOWN, EVERY, np.array([TOWN.calendar.start_of(date(2026, 1, 1))])).cumulative(range(METERS))
    for flow, values in zip(EVERY, flows, strict=True):
        for name, _ in SHARES:
            assert (values[classes == name] > 0).all() == (flow in METER_CLASSES[name].flows), (flow, name)


def test_forward_energy_of_residential_meters_is_what_it_always_was() -> None:
    plain, described = Fleet(FleetSpec(50)), fleet_of((("residential", 10_000),), count=50, zone="UTC")
    at = np.array([plain.calendar.start_of(date(2026, 5, 4)) + 12_345])
    assert np.array_equal(cumulative_mwh(plain, range(50), at), cumulative_mwh(described, range(50), at))


@given(index=st.integers(0, 299), day=days)
@settings(deadline=None, max_examples=60)
def test_energy_flows_one_way_in_a_slot(index: int, day: int) -> None:
    forward, reverse = (
        np.diff(flow[0]) for flow in FlowPlan(PROSUMERS, EVERY[:2], slots_of(PROSUMERS, day)).cumulative([index])
    )
    assert not np.any((forward > 0) & (reverse > 0))


@given(index=st.integers(0, 299), day=days)
@settings(deadline=None, max_examples=60)
def test_quadrants_fit_the_direction_of_active_energy(index: int, day: int) -> None:
    plan = FlowPlan(PROSUMERS, EVERY[:6], slots_of(PROSUMERS, day))
    forward, reverse, q1, q2, q3, q4 = (np.diff(flow[0]) for flow in plan.cumulative([index]))
    assert not np.any(((q1 > 0) | (q4 > 0)) & (reverse > 0))
    assert not np.any(((q2 > 0) | (q3 > 0)) & (forward > 0))


@given(index=meters, day=days)
@settings(deadline=None, max_examples=40)
def test_a_load_lags_or_leads_but_not_both(index: int, day: int) -> None:
    bounds = slots_of(TOWN, day)
    q1, q4 = (np.diff(flow[0]) for flow in FlowPlan(TOWN, (Flow.Q1, Flow.Q4), bounds).cumulative([index]))
    # On a day without one hour's direction its quadrant may take slots of the other; homes have no such day.
    assert not np.any((q1 > 0) & (q4 > 0))


def test_reactive_energy_of_a_year_is_its_meters_tan_phi() -> None:
    at = np.array([TOWN.calendar.start_of(date(year, 1, 1)) for year in (2024, 2025, 2026)])
    forward, q1 = FlowPlan(TOWN, (Flow.FORWARD, Flow.Q1), at).cumulative(range(200))
    metered = q1[:, -1] > 0
    tan_phi = np.diff(q1[metered], axis=1) / np.diff(forward[metered], axis=1)
    assert np.allclose(tan_phi[:, 0], tan_phi[:, 1], rtol=1e-6)
    assert tan_phi.min() > 0.03
    assert tan_phi.max() < 0.7


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"])
def test_every_flow_adds_up_over_days_of_odd_lengths(zone: str) -> None:
    fleet = fleet_of(count=60, zone=zone)
    start, end = fleet.calendar.start_of(date(2026, 1, 1)), fleet.calendar.start_of(date(2027, 1, 1))
    midnights = fleet.calendar.midnights(start - 1, end)
    fine = np.unique(np.concatenate([np.arange(start, end, 7_200), midnights]))
    for daily, often in zip(
        FlowPlan(fleet, EVERY, midnights).cumulative(range(60)),
        FlowPlan(fleet, EVERY, fine).cumulative(range(60)),
        strict=True,
    ):
        assert np.array_equal(daily, often[:, np.searchsorted(fine, midnights)])
        assert np.all(np.diff(often) >= 0)


def test_a_fleet_installed_in_mid_year_starts_every_flow_at_zero() -> None:
    fleet = fleet_of(count=60, installed=date(2024, 5, 17))
    at = np.array([fleet.installed, fleet.installed + 40 * DAY_S])
    for flow in FlowPlan(fleet, EVERY, at).cumulative(range(60)):
        assert not flow[:, 0].any()


def test_a_template_installed_later_counts_from_its_own_day() -> None:
    late = date(2024, 3, 1)
    templates = (MeterTemplate(name="old", count=20), MeterTemplate(name="new", count=20, installed=late))
    fleet = Fleet(FleetSpec(40, templates=templates))
    begun = fleet.calendar.start_of(late)
    (energy,) = FlowPlan(fleet, (Flow.FORWARD,), np.array([begun - DAY_S, begun, begun + DAY_S])).cumulative(range(40))
    assert np.all(energy[:20] > 0)
    assert not energy[20:, :2].any()
    assert np.all(energy[20:, 2] > 0)
    assert energy[20:, 2].max() < 100_000_000  # a day's energy, not four years'


def test_a_bypass_makes_the_meter_count_less_than_what_flows(monkeypatch) -> None:
    thief = replace(METER_CLASSES["residential"], bypassed=6_554)
    fleet = Fleet(FleetSpec(1_000))
    monkeypatch.setattr(fleet.layout, "classes", (thief,))
    at = np.array([fleet.calendar.start_of(date(year, 1, 1)) for year in (2020, 2023, 2026)])
    plan = FlowPlan(fleet, (Flow.FORWARD,), at)
    (metered,), (true,) = plan.cumulative(range(1_000)), plan.delivered(range(1_000))
    found = bypass.bypasses(fleet, thief, fleet.keys(range(1_000)))
    assert 70 < len(found.rows) < 130
    honest = np.setdiff1d(np.arange(1_000), found.rows)
    assert np.array_equal(metered[honest], true[honest])
    assert np.all(metered[found.rows, 2] < true[found.rows, 2])
    assert np.all(np.diff(metered) >= 0)


def test_no_meters_and_no_instants_are_no_values() -> None:
    at = np.array([TOWN.installed])
    assert [flow.shape for flow in FlowPlan(TOWN, EVERY[:2], at).cumulative([])] == [(0, 1)] * 2
    assert [flow.shape for flow in FlowPlan(TOWN, EVERY[:2], at[:0]).cumulative([3, 4])] == [(2, 0)] * 2


GOLDEN = {
    "residential": [27788697988, 7652652245, 597074700],
    "commercial": [403847103634, 160116907489, 5522406754],
    "industrial": [39445464901200, 21109498686300],
    "street_lighting": [86700627252, 18373085246],
    "heat_pump": [38648536771, 14719657552],
    "electric_vehicle": [42090098329, 11590987197, 904559738],
    "solar_prosumer": [20713035651, 26378695296, 5703755120, 1880504560, 437932761, 445038589],
    "gas": [14232377710],
    "water": [1306650334],
}


@pytest.mark.parametrize("name", METER_CLASSES)
def test_the_digits_of_a_class_never_change(name: str) -> None:
    # Changing these means that every recorded reading of every user changes: raise the major version.
    at = np.array([epoch_seconds(datetime(2026, 7, 6, 10, 17, 31, tzinfo=UTC))])
    fleet = fleet_of(((name, 10_000),), count=10)
    values = FlowPlan(fleet, tuple(METER_CLASSES[name].flows), at).cumulative([7])
    assert [int(flow[0, 0]) for flow in values] == GOLDEN[name]
