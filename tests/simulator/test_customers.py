"""Theft, growth and empty homes as settings of a fleet: what they change, and what they leave alone."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulator.cascade.flows import Flow, FlowPlan
from simulator.customers import Customers, InvalidCustomers, Theft
from simulator.fleet import Fleet, FleetSpec, InvalidFleet
from simulator.fleet.fleet_file import read_fleet
from simulator.fleet.fleet_template import MeterTemplate
from simulator.fleet.imported_meters import read_meters
from simulator.meter_class import METER_CLASSES

METERS = 600
SHARES = (("residential", 5_000), ("electric_vehicle", 3_000), ("solar_prosumer", 2_000))

Values = tuple[np.ndarray, ...]


def fleet_of(customers: Customers | None = None, of_fleet: Customers | None = None) -> Fleet:
    template = MeterTemplate(name="homes", count=METERS, shares=SHARES, customers=customers)
    return Fleet(FleetSpec(METERS, seed=4, templates=(template,), customers=of_fleet or Customers()))


def new_years(fleet: Fleet) -> np.ndarray:
    return np.array([fleet.calendar.start_of(date(year, 1, 1)) for year in range(2020, 2029)])


def plan_of(fleet: Fleet) -> FlowPlan:
    return FlowPlan(fleet, (Flow.FORWARD, Flow.REVERSE, Flow.Q1), new_years(fleet))


def thieves_of(customers: Customers) -> set[int]:
    (metered, *_), usual = plan_of(fleet_of(customers)).cumulative(range(METERS)), USUAL[0]
    return set(np.flatnonzero((metered != usual).any(axis=1)).tolist())


USUAL = plan_of(fleet_of()).cumulative(range(METERS))


def test_metered_and_true_differ_just_for_those_who_steal() -> None:
    plan = plan_of(fleet_of(Customers(theft=Theft(share=500))))
    metered, true = plan.cumulative(range(METERS)), plan.delivered(range(METERS))
    thieves = np.flatnonzero((metered[0] != true[0]).any(axis=1))
    assert 15 < len(thieves) < 50  # 5 percent of 600
    honest = np.setdiff1d(np.arange(METERS), thieves)
    for meter, truth, usual in zip(metered, true, USUAL, strict=True):
        assert np.array_equal(truth, usual)  # theft changes what is shown, never what flows
        assert np.array_equal(meter[honest], usual[honest])
    assert np.array_equal(metered[1], true[1])  # what a roof feeds in is nothing to steal


def test_a_thief_takes_as_much_as_the_setting_says() -> None:
    plan = plan_of(fleet_of(Customers(theft=Theft(share=10_000, least=3_000, most=4_000))))
    (metered, *_), (true, *_) = plan.cumulative(range(METERS)), plan.delivered(range(METERS))
    shown = np.diff(metered)[:, -1] / np.diff(true)[:, -1]  # five years on all have begun
    assert 0.6 < shown.min() < shown.max() < 0.71


def test_a_larger_share_adds_thieves_to_those_of_a_smaller_one() -> None:
    few, many = (thieves_of(Customers(theft=Theft(share=share))) for share in (200, 800))
    assert 0 < len(few) < len(many)
    assert few < many


def test_a_thief_alone_is_the_same_as_among_many() -> None:
    fleet = fleet_of(Customers(theft=Theft(share=2_000)))
    together = plan_of(fleet).cumulative(range(METERS))
    for meter in range(0, METERS, 23):
        for alone, among in zip(plan_of(fleet).cumulative([meter]), together, strict=True):
            assert np.array_equal(alone[0], among[meter])


def test_no_theft_is_a_setting_too() -> None:
    for shown, usual in zip(
        plan_of(fleet_of(Customers(theft=Theft(share=0)))).cumulative(range(METERS)), USUAL, strict=True
    ):
        assert np.array_equal(shown, usual)


def test_growth_is_so_many_percent_a_year() -> None:
    grown = plan_of(fleet_of(Customers(growth=500))).cumulative(range(METERS))
    still = plan_of(fleet_of(Customers(growth=0))).cumulative(range(METERS))
    ratio = np.diff(grown[0].sum(axis=0)) / np.diff(still[0].sum(axis=0))
    assert np.allclose(ratio, [1 + 0.05 * years for years in range(8)], atol=0.005)
    assert np.array_equal(grown[1], USUAL[1])  # panels do not grow


def test_empty_homes_have_empty_weeks() -> None:
    def empty_weeks(customers: Customers) -> float:
        fleet = fleet_of(customers)
        first = fleet.calendar.start_of(date(2026, 1, 3))  # people leave on Saturdays
        weeks = np.diff(
            FlowPlan(fleet, (Flow.FORWARD,), first + np.arange(53) * 7 * 86_400).cumulative(range(METERS))[0]
        )
        homes = weeks[fleet.class_of(range(METERS)) == 0]  # the residential ones
        return float((homes < 0.5 * np.median(homes, axis=1, keepdims=True)).mean())

    assert empty_weeks(Customers(vacancy=0)) < 0.005
    assert 0.15 < empty_weeks(Customers(vacancy=2_000)) < 0.25


def test_a_template_without_customers_has_those_of_the_fleet_and_others_their_own() -> None:
    theft = Customers(theft=Theft(share=10_000))
    templates = (
        MeterTemplate(name="usual", count=10),
        MeterTemplate(name="honest", count=10, customers=Customers(theft=Theft(share=0))),
    )
    fleet = Fleet(FleetSpec(20, templates=templates, customers=theft))
    plan = plan_of(fleet)
    (metered, *_), (true, *_) = plan.cumulative(range(20)), plan.delivered(range(20))
    assert (metered != true).any(axis=1).tolist() == [True] * 10 + [False] * 10


def test_imported_meters_have_the_customers_of_the_fleet(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("mrid,name\n1,One\n2,Two\n")
    spec = FleetSpec(2, imported=read_meters(file), customers=Customers(theft=Theft(share=10_000)))
    plan = plan_of(Fleet(spec))
    assert (plan.cumulative([0, 1])[0][:, -1] < plan.delivered([0, 1])[0][:, -1]).all()


def test_nothing_set_is_the_class_itself() -> None:
    assert Customers().of_class(METER_CLASSES["gas"]) is METER_CLASSES["gas"]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: Theft(share=10_001), "the share of theft is 0 to 100 percent, not 100.01"),
        (lambda: Theft(share=1, least=5_000, most=5_000), "to at most 100 percent, not from 50.00 to 50.00"),
        (lambda: Theft(share=1, least=0), "theft takes from more than 0"),
        (lambda: Customers(growth=-601), "growth is -6 to 6 percent a year, not -6.01"),
        (lambda: Customers(vacancy=5_001), "vacancy is 0 to 50 percent of the weeks, not 50.01"),
    ],
)
def test_customers_that_cannot_be_are_refused(made: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidCustomers) as refusal:
        made()
    assert words in str(refusal.value)


FILE = """\
theft: {share: 1.5, most: 90}
growth: 1
templates:
  - name: homes
    count: 10
    theft: {share: 3}
    vacancy: 4.5
  - name: lamps
    count: 2
    class: street_lighting
"""


def test_a_file_sets_customers_and_a_template_replaces_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(FILE)
    spec = read_fleet(file)
    assert spec.customers == Customers(theft=Theft(share=150, most=9_000), growth=100)
    assert [one.customers for one in spec.templates] == [
        Customers(theft=Theft(share=300), growth=100, vacancy=450),
        None,
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("share: 1.5", "shares: 1.5", "line 1: theft.shares: there is no such key; did you mean 'share'?"),
        ("share: 1.5, ", "", "line 1: theft.share is missing"),
        ("share: 1.5", "share: 101", "line 1: theft.share: a percentage is needed, such as 1.5, not 101"),
        ("share: 1.5", "share: 1.555", "line 1: theft.share: a percentage has at most two decimals, not 1.555"),
        ("most: 90", "most: 20", "line 1: theft: theft takes from more than 0 to at most 100 percent"),
        ("growth: 1", "growth: 7", "line 2: growth: growth is -6 to 6 percent a year, not 7.00"),
        ("growth: 1", "growth: some", "line 2: growth: a percentage is needed, such as 1.5, not 'some'"),
        ("vacancy: 4.5", "vacancy: 60", "line 7: templates[0].vacancy: vacancy is 0 to 50 percent"),
        (
            "class: street_lighting",
            "class: street_lighting\n    vacancy: 4",
            "line 11: templates[1].vacancy: only homes stand empty, and no street_lighting meter is in one",
        ),
    ],
)
def test_a_file_with_customers_that_cannot_be_is_refused_with_line_and_rule(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(FILE.replace(old, new, 1))
    with pytest.raises(InvalidFleet) as refusal:
        read_fleet(file)
    assert words in str(refusal.value)
