"""Meters that are registered while a fleet runs: what they are, and that they are as any other."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulator.conditions import IDEAL, REALISTIC
from simulator.customers import Customers, Theft
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import InvalidFleet, MeterTemplate
from simulator.fleet.growing_fleet import GrowingFleet
from simulator.fleet.imported_meters import read_meters
from simulator.fleet.object_mrids import Kind
from simulator.fleet.registered_meters import InvalidRegistration, RegisteredMeter
from simulator.kind_channels import KindChannels
from simulator.meter_class import METER_CLASSES
from simulator.meter_kinds import kind_of, meter_kinds
from simulator.outages import Node, Outage
from simulator.readings import reading_blocks
from simulator.truth.honest_fleet import honest_fleet
from tests.simulator.fleet_changes import TEN, UUID, base_fleet, registered, ten_meters
from tests.simulator.mixed_fleet import read, series

QUARTER_HOURS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"


@pytest.fixture
def growing(tmp_path: Path) -> GrowingFleet:
    """Behind ten meters of a template and two imported ones, three at two usage points of their own."""
    fleet = GrowingFleet(base_fleet(tmp_path))
    fleet.add(
        [
            registered("r-1", at="up-new", firmware="3.1"),
            registered("r-2", class_name="gas", at="up-new"),
            registered(UUID, "ELS-100234", "industrial", installed=date(2024, 5, 1)),
        ]
    )
    return fleet


def test_registered_meters_stand_behind_all_others_in_the_order_in_which_they_came(growing: GrowingFleet) -> None:
    fleet = growing.fleet
    meter = fleet.meter(13)
    assert (len(fleet), meter.index, meter.mrid, meter.name) == (15, 13, "r-2", "Meter r-2")
    assert (meter.usage_point_mrid, meter.usage_point_name) == ("up-new", "UP of up-new")
    assert [fleet.meter(index).mrid for index in (10, 12, 14)] == ["a-1", "r-1", UUID]


def test_every_identifier_leads_back_to_its_meter(growing: GrowingFleet) -> None:
    fleet = growing.fleet
    for index in range(len(fleet)):
        meter = fleet.meter(index)
        assert (fleet.index_of_mrid(meter.mrid), fleet.index_of_name(meter.name)) == (index, index)
        point = int(fleet.usage_points_of([index])[0])
        assert fleet.usage_point_of_mrid(meter.usage_point_mrid) == point
        assert fleet.usage_point_of_name(meter.usage_point_name) == point
        assert fleet.usage_point(point).mrid == meter.usage_point_mrid


def test_identifiers_in_bulk_equal_those_of_single_meters(growing: GrowingFleet) -> None:
    fleet = growing.fleet
    some = [14, 0, 12, 9, 13, 10, 13]
    meters = [fleet.meter(index) for index in some]
    assert fleet.mrids(some) == [meter.mrid.encode() for meter in meters]
    assert fleet.names(some) == [meter.name.encode() for meter in meters]
    assert fleet.usage_point_mrids(some) == [meter.usage_point_mrid.encode() for meter in meters]
    assert fleet.usage_point_names(some) == [meter.usage_point_name.encode() for meter in meters]


def test_letters_count_the_same_in_both_cases_only_where_an_mrid_is_a_uuid(growing: GrowingFleet) -> None:
    assert growing.fleet.index_of_mrid(UUID.upper()) == 14
    assert growing.fleet.index_of_mrid("R-1") is None


def test_what_was_said_of_a_meter_is_so(growing: GrowingFleet) -> None:
    fleet = growing.fleet
    assert [fleet.class_at(index).name for index in (12, 13, 14)] == ["residential", "gas", "industrial"]
    assert [fleet.firmware_at(index) for index in (0, 10, 12, 14)] == [None, "1.0", "3.1", None]
    days = [fleet.calendar.start_of(date(2024, month, 1)) for month in (3, 5)]
    assert fleet.installed_of([0, 12, 14, 13]).tolist() == [fleet.installed, days[0], days[1], days[0]]
    assert [fleet.template_at(index) for index in (0, 12)] == [TEN, None]


def test_meters_before_it_keep_what_they_were(growing: GrowingFleet, tmp_path: Path) -> None:
    before, after = base_fleet(tmp_path), growing.fleet
    everyone = range(len(before))
    for of in ("keys", "installed_of", "cohort_of", "conditions_of", "usage_points_of"):
        assert getattr(after, of)(everyone).tolist() == getattr(before, of)(everyone).tolist(), of
    assert [after.class_at(index) for index in everyone] == [before.class_at(index) for index in everyone]
    assert [after.meter(index) for index in everyone] == [before.meter(index) for index in everyone]
    assert [after.groups.above(index) for index in everyone] == [before.groups.above(index) for index in everyone]


def test_a_registered_meter_reads_as_an_imported_one_with_its_mrid(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"mrid,name,class,installed\n{UUID},One,solar_prosumer,2024-03-01\n", "utf-8")
    imported = Fleet(FleetSpec(1, seed=7, imported=read_meters(file)))
    grown = GrowingFleet(Fleet(FleetSpec(50, seed=7)))
    grown.add([registered("r-0"), registered(UUID.upper(), class_name="solar_prosumer")])
    codes = [QUARTER_HOURS, "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0", "0.0.0.1.19.1.12.0.0.0.0.0.0.0.0.3.72.0"]
    days = ("2026-06-01T00:00", "2026-06-03T00:00")
    for one, other in zip(
        read(codes, *days, 0, fleet=imported), read(codes, *days, 51, fleet=grown.fleet), strict=True
    ):
        assert one.any()
        assert one.tolist() == other.tolist()


def test_all_meters_of_a_usage_point_are_found_together(growing: GrowingFleet) -> None:
    growing.add(
        [
            registered("r-4", at="UP-HERE", point_name="no"),
            registered("r-5", at="up-here", point_name="Here"),
            registered("r-6", at=growing.fleet.meter(3).usage_point_mrid.upper(), point_name="UP00000003"),
        ]
    )
    fleet = growing.fleet
    there = {name: fleet.usage_point_of_mrid(name) for name in ("up-new", "up-here", "UP-HERE")}
    assert there == {"up-new": 11, "up-here": 10, "UP-HERE": 13}
    assert [np.asarray(fleet.meters_at(point)).tolist() for point in (11, 10, 13, 3, 4)] == [
        [12, 13],
        [10, 11, 16],
        [15],
        [3, 17],
        [4],
    ]
    assert np.asarray(fleet.beside([13, 17, 10])).tolist() == [3, 10, 11, 12, 13, 16, 17]


def test_registered_meters_are_a_group(growing: GrowingFleet) -> None:
    fleet = growing.fleet
    assert fleet.group_members("registered") == range(12, 15)
    assert fleet.group_members("imported") == range(10, 12)
    group = fleet.group("registered")
    assert group is not None
    assert fleet.group(group.mrid) == group
    assert fleet.groups.all_of(Kind.TEMPLATE) == range(3)


def test_no_template_may_have_the_name_of_that_group() -> None:
    with pytest.raises(InvalidFleet, match="template 'registered': the name is taken"):
        Fleet(FleetSpec(1, templates=(MeterTemplate(name="registered", count=1),)))


def test_what_feeds_a_usage_point_feeds_the_meters_that_are_registered_there(growing: GrowingFleet) -> None:
    growing.add(
        [
            registered("home", at=growing.fleet.meter(3).usage_point_mrid, point_name="UP00000003"),
            registered("gas", class_name="gas", at=growing.fleet.meter(3).usage_point_mrid, point_name="UP00000003"),
            registered("beside", at="up-here", point_name="Here"),
        ]
    )
    fleet = growing.fleet
    assert [node.name for node in fleet.groups.above(15)] == ["S00000000", "F00000000", "T00000000"]
    assert [node.name for node in fleet.groups.above(17)] == ["West", "North", "TX-1"]
    assert [fleet.groups.above(index) for index in (12, 16)] == [(), ()]
    for name, meters in {"T00000000": [*range(10), 15], "North": [10, 17], "TX-1": [10, 17]}.items():
        group, members = fleet.group(name), fleet.group_members(name)
        assert group is not None
        assert np.asarray(members).tolist() == meters
        hit = [bool(windows) for windows in Outage(Node.of(group), 0).windows(fleet, np.arange(len(fleet)))]
        assert np.flatnonzero(hit).tolist() == meters
    outage = Outage(Node(Kind.USAGE_POINT, 3), 0)
    assert np.asarray(outage.node.meters(fleet)).tolist() == [3, 15]


def test_conditions_and_customers_are_those_of_the_fleet() -> None:
    theft = Customers(theft=Theft(share=10_000))
    template = MeterTemplate(name="own", count=2, conditions=IDEAL, customers=Customers())
    base = Fleet(FleetSpec(2, templates=(template,), conditions=REALISTIC, customers=theft))
    fleet = GrowingFleet(base)
    fleet.add([registered("r-1")])
    grown = fleet.fleet
    assert [grown.conditions_at(index) for index in (2, 0)] == [REALISTIC, IDEAL]
    assert base.conditions == (IDEAL,)
    assert grown.class_at(2) is theft.of_class(METER_CLASSES["residential"])
    assert grown.class_at(2).bypassed
    assert honest_fleet(grown).class_at(2).bypassed == 0


def test_its_kind_delivers_what_its_class_does(growing: GrowingFleet) -> None:
    fleet = growing.fleet
    kinds = meter_kinds(fleet)
    assert [kinds[kind].meter_class.name for kind in kind_of(fleet, [12, 13, 14]).tolist()] == [
        "residential",
        "gas",
        "industrial",
    ]
    channels = KindChannels.by_default(fleet)
    assert len(channels.of_kind) == len(kinds)
    assert all(channels.of_kind[kind] for kind in kind_of(fleet, [12, 13, 14]).tolist())


def test_reading_all_meters_reads_registered_ones_too(growing: GrowingFleet) -> None:
    fleet = growing.fleet
    asked = series([QUARTER_HOURS], "2026-06-01T00:00", "2026-06-02T00:00", fleet)
    blocks = list(reading_blocks(fleet, fleet.all_meters(), asked))
    assert np.concatenate([one.meters for one in blocks]).tolist() == list(range(15))
    assert np.concatenate([one.values[0] for one in blocks])[12].sum() > 1_000


def test_a_snapshot_stays_as_it_was_while_meters_are_added() -> None:
    growing = ten_meters()
    growing.add([registered(f"r-{number}") for number in range(3)])
    early = growing.fleet
    meters = [early.meter(index) for index in range(len(early))]
    for number in range(3, 3_000, 100):  # through several doublings of the room
        growing.add([registered(f"r-{each}", at="up-r-1") for each in range(number, number + 100)])
    assert (len(early), len(growing.fleet)) == (13, 3_013)
    assert [early.meter(index) for index in range(13)] == meters
    assert early.index_of_mrid("r-50") is None
    assert early.index_of_name("Meter r-50") is None
    assert np.asarray(early.meters_at(11)).tolist() == [11]
    with pytest.raises(IndexError, match="no meter 13 in a fleet of 13"):
        early.meter(13)
    late = growing.fleet
    assert [late.index_of_mrid(f"r-{number}") for number in (0, 50, 2_999)] == [10, 60, 3_009]
    assert len(late.meters_at(11)) == 3_001


def test_a_fleet_to_which_nothing_happened_is_the_very_same() -> None:
    base = Fleet(FleetSpec(10))
    growing = GrowingFleet(base)
    growing.add([])
    assert growing.fleet is base
    assert base.origin is base
    assert base.all_meters() == range(10)


def test_a_fleet_may_begin_without_any_meter() -> None:
    growing = GrowingFleet(Fleet(FleetSpec(0)))
    growing.add([registered("r-1"), registered("r-2", class_name="water")])
    fleet = growing.fleet
    assert [fleet.index_of_mrid("r-1"), fleet.index_of_name("Meter r-2")] == [0, 1]
    assert [fleet.class_at(index).name for index in (0, 1)] == ["residential", "water"]
    assert read([QUARTER_HOURS], "2026-06-01T00:00", "2026-06-02T00:00", 0, fleet=fleet)[0].all()


@pytest.mark.parametrize(
    ("meter", "words"),
    [
        (registered("a-1"), "meter 'a-1': mRID 'a-1' is that of another meter"),
        (registered(UUID.upper()), f"meter '{UUID.upper()}': mRID '{UUID}' is that of another meter"),
        (registered("n-1", "M00000003"), "meter 'n-1': name 'M00000003' is that of another meter"),
        (registered("n-1", "Imported one"), "meter 'n-1': name 'Imported one' is that of another meter"),
        (registered("n-1", "ELS-100234"), "meter 'n-1': name 'ELS-100234' is that of another meter"),
        (registered("same"), "meter 'same': mRID 'same' is that of another meter"),
        (registered("n-1", "Meter same"), "meter 'n-1': name 'Meter same' is that of another meter"),
        (registered("n-1", at="up-here"), "usage point 'up-here' has the name 'Here', not 'UP of up-here'"),
        (registered("n-1", at="up-new", point_name="X"), "'up-new' has the name 'UP of up-new', not 'X'"),
        (registered("n-1", point_name="UP00000001"), "usage point name 'UP00000001' is that of another usage point"),
        (registered("n-1", point_name="UP of up-new"), "name 'UP of up-new' is that of another usage point"),
        (registered("n-1", point_name="UP of up-same"), "name 'UP of up-same' is that of another usage point"),
        (registered("n-1", installed=date(2019, 12, 31)), "installed 2019-12-31 is before the fleet's 2020-01-01"),
    ],
)
def test_one_that_does_not_fit_is_refused_with_all_that_come_with_it(
    growing: GrowingFleet, meter: RegisteredMeter, words: str
) -> None:
    with pytest.raises(InvalidRegistration) as refused:
        growing.add([registered("same"), meter])
    assert words in str(refused.value)
    assert refused.value.mrid == meter.mrid
    assert len(growing.fleet) == 15
    assert growing.fleet.index_of_mrid("same") is None
    growing.add([registered("same")])
    assert growing.fleet.meter(15).usage_point_name == "UP of up-same"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "x" * 257}, "name has 1 to 256 characters, not 257"),
        ({"at": "\x07"}, "usage_point_mrid '\\x07' has a character that a message cannot carry"),
        ({"firmware": ""}, "firmware has 1 to 256 characters, not 0"),
        ({"installed": date(1960, 1, 1)}, "installed 1960-01-01 is not in the years"),
    ],
)
def test_what_no_meter_can_be_called_is_refused(change: dict, words: str) -> None:
    with pytest.raises(InvalidRegistration) as refused:
        registered("n-1", **change)
    assert str(refused.value).startswith(f"meter 'n-1': {words}")
