"""Fleets of templates: identities, classes, usage points and groups, however many meters there are."""

import tracemalloc
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.fleet import Fleet, FleetSpec, InvalidFleet
from simulator.fleet.fleet_template import MeterTemplate, NamePattern
from simulator.fleet.topology import Level, Topology

HOMES = MeterTemplate(
    name="homes",
    count=6_000_000,
    shares=(("residential", 8_000), ("solar_prosumer", 1_250), ("heat_pump", 750)),
    names=NamePattern("H", 7, 1),
    usage_point_names=NamePattern("HOME-", 7, 1),
)
GAS = MeterTemplate(name="gas", count=3_500_000, shares=(("gas", 10_000),), together_with="homes")
CHARGERS = MeterTemplate(name="chargers", count=100, shares=(("electric_vehicle", 10_000),), together_with="homes")
SHOPS = MeterTemplate(name="shops", count=400_000, shares=(("commercial", 10_000),), installed=date(2022, 5, 1))
WELLS = MeterTemplate(name="wells", count=99_800, shares=(("water", 10_000),))
FACTORIES = MeterTemplate(
    name="factories",
    count=100,
    shares=(("industrial", 10_000),),
    names=NamePattern("K", 3),
    topology=Topology(1, 5, 2),
)


def described(*templates: MeterTemplate, **fields) -> Fleet:
    return Fleet(FleetSpec(sum(one.count for one in templates), templates=templates, **fields))


TOWN = described(HOMES, GAS, CHARGERS, SHOPS, WELLS, FACTORIES, zone="Europe/Amsterdam")
indices = st.one_of(
    st.integers(0, len(TOWN) - 1),
    st.sampled_from([0, 5_999_999, 6_000_000, 9_499_999, 9_500_000, 9_500_100, 9_900_099, 9_900_100, len(TOWN) - 1]),
)


def small(*changes: dict) -> Fleet:
    """Ten homes with five gas meters, and two shops; each of `changes` replaces fields of one of them."""
    templates = [replace(HOMES, count=10), replace(GAS, count=5), replace(SHOPS, count=2)]
    return described(*(replace(one, **change) for one, change in zip(templates, [*changes, {}, {}, {}], strict=False)))


@given(index=indices)
@settings(deadline=None, max_examples=150)
def test_every_identifier_leads_back_to_its_meter(index: int) -> None:
    meter = TOWN.meter(index)
    assert (TOWN.index_of_mrid(meter.mrid), TOWN.index_of_name(meter.name)) == (index, index)
    point = TOWN.usage_point_of_mrid(meter.usage_point_mrid)
    assert point is not None
    assert point == TOWN.usage_point_of_name(meter.usage_point_name) == TOWN.usage_points_of([index])[0]
    assert index in TOWN.meters_at(point)


@given(some=st.lists(indices, max_size=40).map(lambda few: few * 4))
@settings(deadline=None, max_examples=40)
def test_identifiers_in_bulk_equal_those_of_single_meters(some: list[int]) -> None:
    meters = [TOWN.meter(index) for index in some]
    array = np.array(some, np.int64)
    assert TOWN.mrids(array) == [meter.mrid.encode() for meter in meters]
    assert TOWN.names(array) == [meter.name.encode() for meter in meters]
    assert TOWN.usage_point_mrids(array) == [meter.usage_point_mrid.encode() for meter in meters]
    assert TOWN.usage_point_names(array) == [meter.usage_point_name.encode() for meter in meters]


@given(some=st.lists(indices, min_size=1, max_size=30))
@settings(deadline=None, max_examples=40)
def test_the_class_of_a_meter_does_not_depend_on_who_else_is_asked_for(some: list[int]) -> None:
    together = [TOWN.classes[at] for at in TOWN.class_of(some).tolist()]
    assert together == [TOWN.class_at(index) for index in some]
    for index, meter_class in zip(some, together, strict=True):
        template = TOWN.template_at(index)
        assert template is not None
        assert meter_class in template.classes


def test_a_fleet_of_ten_million_from_templates_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        fleet = described(HOMES, GAS, SHOPS)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(fleet) == 9_900_000
    assert size < 100_000


def test_the_meters_of_a_template_have_its_shares_of_the_classes() -> None:
    counted = np.bincount(TOWN.class_of(np.arange(100_000)), minlength=3)[:3]
    assert np.abs(counted - [80_000, 12_500, 7_500]).max() < 600


def test_another_seed_gives_the_classes_to_other_meters() -> None:
    other = described(HOMES, seed=2)
    assert TOWN.class_of(range(1_000)).tolist() != other.class_of(range(1_000)).tolist()


def test_a_fleet_without_templates_is_residential() -> None:
    fleet = Fleet(FleetSpec(10))
    assert [one.name for one in fleet.classes] == ["residential"]
    assert fleet.class_of(range(10)).tolist() == [0] * 10


def test_a_template_of_residential_meters_is_the_fleet_without_templates() -> None:
    plain, from_template = Fleet(FleetSpec(50)), described(MeterTemplate(name="any", count=50))
    assert [plain.meter(index) for index in range(50)] == [from_template.meter(index) for index in range(50)]
    assert plain.keys(range(50)).tolist() == from_template.keys(range(50)).tolist()


def test_a_meter_keeps_its_readings_when_templates_are_appended() -> None:
    grown = described(HOMES, GAS, CHARGERS, SHOPS, WELLS, FACTORIES, MeterTemplate(name="new", count=5))
    assert grown.keys([0, 9_900_000]).tolist() == TOWN.keys([0, 9_900_000]).tolist()


def test_meters_are_installed_when_their_template_says() -> None:
    shop, home = TOWN.index_of_name("M09500100"), 0
    assert shop is not None
    assert TOWN.installed_of([home, shop]).tolist() == [
        TOWN.installed,
        TOWN.calendar.start_of(date(2022, 5, 1)),
    ]


# Usage points


def test_meters_together_with_others_are_at_their_usage_points_spread_evenly() -> None:
    fleet = small()
    assert fleet.usage_points_of(range(10, 15)).tolist() == [0, 2, 4, 6, 8]
    assert [np.asarray(fleet.meters_at(point)).tolist() for point in range(4)] == [[0, 10], [1], [2, 11], [3]]


@given(homes=st.integers(1, 60), gas=st.integers(1, 60), start=st.integers(0, 60), length=st.integers(0, 60))
@settings(deadline=None, max_examples=100)
def test_the_meters_at_usage_points_are_those_whose_usage_points_they_are(
    homes: int, gas: int, start: int, length: int
) -> None:
    fleet = small({"count": homes}, {"count": min(gas, homes)})
    wanted = range(start, start + length)
    found = [int(index) for run in fleet.layout.meters_at(wanted) for index in run]
    assert found == [index for index in range(len(fleet)) if fleet.usage_points_of([index])[0] in wanted]


def test_templates_with_usage_points_of_their_own_follow_each_other() -> None:
    assert [small().meter(index).usage_point_name for index in (0, 14, 15, 16)] == [
        "HOME-0000001",
        "HOME-0000009",
        "UP00000010",
        "UP00000011",
    ]


# Groups


@pytest.mark.parametrize("name", ["homes", "gas", "factories", "T00000000", "F00000077", "S00000012"])
def test_a_group_is_found_by_its_name_and_by_its_mrid(name: str) -> None:
    group = TOWN.group(name)
    assert group is not None
    assert (group.name, TOWN.group(group.mrid), TOWN.group(group.mrid.upper())) == (name, group, group)


def test_a_template_is_the_group_of_its_meters() -> None:
    assert TOWN.group_members("gas") == range(6_000_000, 9_500_000)


def test_a_feeder_is_the_group_of_the_electricity_meters_under_it() -> None:
    assert TOWN.group_members("F00000077") is not None
    members = np.asarray(TOWN.group_members("F00000000")).tolist()
    assert members == [*range(1_000), 9_500_000]  # the homes, and the one charger among them; no gas meter


@given(index=indices)
@settings(deadline=None, max_examples=60)
def test_a_meter_belongs_to_the_nodes_that_feed_it(index: int) -> None:
    nodes = TOWN.groups.above(index)
    assert len(nodes) == (3 if TOWN.class_at(index).commodity == 1 else 0)
    for node in nodes:
        assert index in TOWN.groups.members(node)


@given(level=st.sampled_from(list(Level)), at=st.integers(0, 10**6))
@settings(deadline=None, max_examples=40)
def test_all_members_of_a_node_are_fed_by_it(level: Level, at: int) -> None:
    fleet = small({"topology": Topology(2, 2, 2)})
    group = fleet.groups.at(level, at % len(fleet.groups.all_of(level)))
    for index in np.asarray(fleet.groups.members(group)).tolist():
        assert group in fleet.groups.above(index)


def test_templates_that_follow_each_other_share_a_network_and_one_with_a_topology_has_its_own() -> None:
    shared = small()
    assert shared.groups.above(0) == shared.groups.above(15)
    apart = small({}, {}, {"topology": Topology(1, 1, 1)})
    assert {node.name for node in apart.groups.above(0)}.isdisjoint(node.name for node in apart.groups.above(15))


@pytest.mark.parametrize("text", ["", "home", "T99999999", "H0000001", "imported", TOWN.meter(1).mrid])
def test_what_is_no_group_of_the_fleet_is_unknown(text: str) -> None:
    assert TOWN.group(text) is None
    assert TOWN.group_members(text) is None


def test_the_meters_beside_others_are_all_at_the_same_usage_points() -> None:
    fleet = small()
    assert np.asarray(fleet.beside(range(1, 4))).tolist() == [1, 2, 3, 11]
    assert np.asarray(fleet.beside(range(10, 15))).tolist() == [0, 2, 4, 6, 8, 10, 11, 12, 13, 14]


# Refusals


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([{}, {"name": "homes"}], "template 'homes': the name is taken"),
        ([{"name": "imported"}], "template 'imported': the name is taken"),
        ([{}, {"together_with": "hommes"}], "'hommes'; did you mean 'homes'?"),
        ([{}, {"count": 11}], "template 'gas': 11 meters do not fit on the 10 usage points of 'homes'"),
        ([{}, {"names": NamePattern("H0", 6, 5)}], "template 'gas': it names meters 'H0000005', which 'homes' does"),
        ([{}, {}, {"usage_point_names": NamePattern("HOME-", 7)}], "it names usage points 'HOME-0000001'"),
        ([{}, {}, {"installed": date(2019, 1, 1)}], "template 'shops': installed 2019-01-01 is before the fleet's"),
    ],
)
def test_templates_that_do_not_fit_together_are_refused(changes: list[dict], words: str) -> None:
    with pytest.raises(InvalidFleet) as refusal:
        small(*changes)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "the name of a template is a letter and then"),
        ({"count": 0}, "template 'homes': count is 1 or more, not 0"),
        ({"shares": (("residental", 10_000),)}, "there is no meter class 'residental'; did you mean 'residential'?"),
        ({"shares": (("residential", 9_999),)}, "shares add up to 100 percent, not to 99.99"),
        ({"shares": (("residential", 10_000), ("water", 0))}, "the share of water is at least 0.01 percent"),
        ({"shares": (("residential", 5_000), ("gas", 5_000))}, "measure one commodity; use together_with"),
        ({"names": NamePattern("H", 6)}, "names: 6000000 names from 0 on do not fit into 6 digits"),
        ({"installed": date(1999, 1, 1)}, "installed: meters are installed in the years 2000 to 2199"),
        ({"together_with": "shops"}, "with together_with there is no topology and no usage_point_names"),
    ],
)
def test_a_template_that_cannot_be_is_refused(change: dict, words: str) -> None:
    with pytest.raises(InvalidFleet) as refusal:
        replace(HOMES, **change)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (("Meter №", 3), "a prefix is up to 40 letters"),
        (("M" * 41, 3), "a prefix is up to 40 letters"),
        (("M", 0), "digits is 1 to 18, not 0"),
        (("M", 19), "digits is 1 to 18, not 19"),
        (("M", 3, -1), "start is 0 or more, not -1"),
    ],
)
def test_a_name_pattern_that_cannot_be_is_refused(pattern: tuple, words: str) -> None:
    with pytest.raises(InvalidFleet) as refusal:
        NamePattern(*pattern)
    assert words in str(refusal.value)


def test_the_size_of_a_fleet_is_that_of_its_templates() -> None:
    with pytest.raises(InvalidFleet, match="templates and imported meters are 6000000 together, not 5"):
        FleetSpec(5, templates=(HOMES,))


@pytest.mark.parametrize("latitude_deg", [-91, 91])
def test_a_latitude_that_cannot_be_is_refused(latitude_deg: int) -> None:
    with pytest.raises(InvalidFleet, match=f"a latitude is -90 to 90 degrees, not {latitude_deg}"):
        FleetSpec(1, latitude_deg=latitude_deg)
