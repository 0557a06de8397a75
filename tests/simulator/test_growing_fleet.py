"""Meters that are removed, renamed, or moved to other usage points while a fleet runs."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.growing_fleet import GrowingFleet
from simulator.fleet.meter_groups import indices_of
from simulator.fleet.object_mrids import Kind
from simulator.fleet.registered_meters import InvalidRegistration
from simulator.outages import Node, Outage
from tests.simulator.fleet_changes import base_fleet, registered, ten_meters


def mrid_of(growing: GrowingFleet, index: int) -> str:
    return growing.fleet.meter(index).mrid


def members(fleet: Fleet, group: str) -> list[int]:
    found = fleet.group_members(group)
    assert found is not None
    return indices_of(found).tolist()


# Removed


def test_a_removed_meter_is_found_by_nothing_any_more(tmp_path: Path) -> None:
    growing = GrowingFleet(base_fleet(tmp_path))
    growing.add([registered("r-1"), registered("r-2")])
    before = growing.fleet
    for index in (3, 10, 13):
        growing.remove(mrid_of(growing, index))
    fleet = growing.fleet
    rest = [0, 1, 2, 4, 5, 6, 7, 8, 9, 11, 12]
    assert indices_of(fleet.all_meters()).tolist() == rest
    for index in (3, 10, 13):
        meter = fleet.meter(index)
        assert meter == before.meter(index), "what it was can still be looked at"
        assert (fleet.index_of_mrid(meter.mrid), fleet.index_of_name(meter.name)) == (None, None)
        point = fleet.usage_point_of_mrid(meter.usage_point_mrid)
        assert point is not None, "its usage point stays"
        assert index not in indices_of(fleet.meters_at(point)).tolist()
    assert [members(fleet, name) for name in ("ten", "imported", "registered")] == [rest[:9], [11], [12]]
    assert [members(fleet, name) for name in ("T00000000", "TX-1")] == [rest[:9], []]
    assert indices_of(fleet.beside([0, 11])).tolist() == [0, 11]
    group = fleet.group("F00000000")
    assert group is not None
    assert indices_of(Node.of(group).meters(fleet)).tolist() == rest[:9]
    assert indices_of(before.all_meters()).tolist() == list(range(14))
    assert members(before, "registered") == [12, 13]


def test_indices_never_move_and_a_removed_one_is_given_to_nobody() -> None:
    growing = ten_meters()
    growing.add([registered("r-1")])
    growing.remove("r-1")
    growing.add([registered("r-2")])
    assert (len(growing.fleet), growing.fleet.index_of_mrid("r-2")) == (12, 11)


def test_identifiers_of_a_removed_meter_can_be_given_again_and_the_same_mrid_reads_the_same() -> None:
    growing = ten_meters()
    growing.add([registered("r-1")])
    template_meter = growing.fleet.meter(4)
    for mrid in ("r-1", template_meter.mrid):
        growing.remove(mrid)
    removed = growing.fleet
    growing.add([registered("r-1"), registered("r-2", template_meter.name), registered(template_meter.mrid, "New")])
    fleet = growing.fleet
    assert [fleet.index_of_mrid(mrid) for mrid in ("r-1", template_meter.mrid)] == [11, 13]
    assert [fleet.index_of_name(name) for name in ("Meter r-1", template_meter.name, "New")] == [11, 12, 13]
    keys = fleet.keys([10, 11]).tolist()
    assert keys[0] == keys[1]
    assert removed.index_of_mrid("r-1") is None
    with pytest.raises(InvalidRegistration, match="mRID 'r-1' is that of another meter"):
        growing.add([registered("r-1", "Another")])


def test_where_nobody_removed_a_meter_of_it_a_group_stays_a_range(tmp_path: Path) -> None:
    growing = GrowingFleet(base_fleet(tmp_path))
    growing.add([registered("r-1")])
    growing.remove("a-1")
    assert growing.fleet.group_members("ten") == range(10)
    assert growing.fleet.group_members("T00000000") == range(10)


# Renamed


def test_a_renamed_meter_is_found_by_its_latest_name_only() -> None:
    growing = ten_meters()
    growing.add([registered("r-1")])
    before = growing.fleet
    growing.rename("r-1", "First")
    growing.rename(mrid_of(growing, 4), "Fourth")
    growing.rename("r-1", "Second")
    fleet = growing.fleet
    assert [fleet.index_of_name(name) for name in ("Meter r-1", "First", "Second")] == [None, None, 10]
    assert [fleet.index_of_name(name) for name in ("M00000004", "Fourth")] == [None, 4]
    assert fleet.names([4, 10, 3]) == [b"Fourth", b"Second", b"M00000003"]
    assert [fleet.meter(index).name for index in (4, 10)] == ["Fourth", "Second"]
    assert (before.index_of_name("M00000004"), before.names([10, 4])) == (4, [b"Meter r-1", b"M00000004"])


def test_an_old_name_can_be_taken_by_another_meter_and_by_the_same_again() -> None:
    growing = ten_meters()
    growing.rename(mrid_of(growing, 4), "Fourth")
    growing.rename(mrid_of(growing, 5), "M00000004")
    assert [growing.fleet.index_of_name(name) for name in ("M00000004", "M00000005")] == [5, None]
    growing.rename(mrid_of(growing, 5), "M00000005")
    growing.rename(mrid_of(growing, 4), "M00000004")
    growing.rename(mrid_of(growing, 4), "M00000004")  # its own name is no other meter's
    assert [growing.fleet.index_of_name(f"M0000000{digit}") for digit in (4, 5)] == [4, 5]
    growing.remove(mrid_of(growing, 4))
    assert growing.fleet.index_of_name("M00000004") is None


# Moved


def test_a_moved_meter_is_at_its_latest_usage_point(tmp_path: Path) -> None:
    growing = GrowingFleet(base_fleet(tmp_path))
    growing.add([registered("r-1")])
    before = growing.fleet
    where = before.meter(3)
    growing.move("r-1", where.usage_point_mrid.upper(), where.usage_point_name)
    growing.move(mrid_of(growing, 5), "up-new", "New street")
    fleet = growing.fleet
    new = fleet.usage_point_of_mrid("up-new")
    assert new == fleet.usage_point_of_name("New street") == 12
    assert indices_of(fleet.meters_at(3)).tolist() == [3, 12]
    assert [indices_of(fleet.meters_at(point)).tolist() for point in (5, 11, 12)] == [[], [], [5]]
    assert fleet.usage_point_mrids([12, 3, 5]) == [where.usage_point_mrid.encode()] * 2 + [b"up-new"]
    assert fleet.usage_point_names([5, 12]) == [b"New street", b"UP00000003"]
    assert (fleet.meter(5).usage_point_name, fleet.meter(12).usage_point_mrid) == ("New street", where.usage_point_mrid)
    assert indices_of(fleet.beside([3, 5])).tolist() == [3, 5, 12]
    assert fleet.usage_point(5).name == "UP00000005", "it is there though no meter is"
    assert before.usage_points_of([5, 12]).tolist() == [5, 11]
    assert before.usage_point_of_mrid("up-new") is None
    assert indices_of(before.meters_at(3)).tolist() == [3]


def test_a_meter_can_move_back() -> None:
    growing = ten_meters()
    home, away = growing.fleet.meter(3), growing.fleet.meter(4)
    growing.move(home.mrid, away.usage_point_mrid, away.usage_point_name)
    assert indices_of(growing.fleet.meters_at(4)).tolist() == [3, 4]
    growing.move(home.mrid, home.usage_point_mrid, home.usage_point_name)
    assert [indices_of(growing.fleet.meters_at(point)).tolist() for point in (3, 4)] == [[3], [4]]
    growing.move(home.mrid, away.usage_point_mrid, away.usage_point_name)
    growing.remove(home.mrid)
    assert [indices_of(growing.fleet.meters_at(point)).tolist() for point in (3, 4)] == [[], [4]]


def test_the_network_feeds_a_moved_meter_as_before() -> None:
    growing = ten_meters()
    growing.move(mrid_of(growing, 3), "up-new", "New street")
    fleet = growing.fleet
    assert members(fleet, "T00000000") == list(range(10))
    outage = Outage(Node(Kind.USAGE_POINT, 3), 0, 10)
    assert outage.windows(fleet, np.array([3, 4])) == [((0, 10),), ()]
    assert indices_of(outage.node.meters(fleet)).tolist() == [3]


def test_a_renamed_usage_point_is_found_by_its_latest_name_only() -> None:
    growing = ten_meters()
    growing.add([registered("r-1")])
    before = growing.fleet
    growing.rename_usage_point(before.meter(3).usage_point_mrid, "Quay 1")
    growing.rename_usage_point("up-r-1", "UP00000003")
    growing.move(mrid_of(growing, 4), "up-r-1", "UP00000003")
    growing.add([registered("r-2", point_name="UP of up-r-1")])
    fleet = growing.fleet
    names = ["Quay 1", "UP00000003", "UP of up-r-1", "UP00000004"]
    assert [fleet.usage_point_of_name(name) for name in names] == [3, 10, 11, 4]
    assert [fleet.usage_point(number).name for number in (3, 10, 11)] == names[:3]
    assert fleet.usage_point_names([3, 4, 10, 11, 5]) == [
        b"Quay 1",
        *[b"UP00000003"] * 2,
        b"UP of up-r-1",
        b"UP00000005",
    ]
    assert [fleet.meter(index).usage_point_name for index in (3, 4)] == ["Quay 1", "UP00000003"]
    assert [before.usage_point_of_name(name) for name in names[:3]] == [None, 3, 10]
    assert before.usage_point_names([3]) == [b"UP00000003"]


def test_the_network_feeds_a_new_meter_from_the_first_usage_point_on_it_that_it_moves_to(tmp_path: Path) -> None:
    growing = GrowingFleet(base_fleet(tmp_path))
    growing.add([registered("r-1"), registered("r-2"), registered("gas", class_name="gas")])
    before = growing.fleet
    street, lane = before.usage_point(3), before.usage_point(10)
    for mrid, point in (("r-1", street), ("gas", street), ("r-2", lane)):
        growing.move(mrid, "up-somewhere", "Somewhere")
        growing.move(mrid, point.mrid, point.name)
    settled = growing.fleet
    growing.move("r-1", lane.mrid, lane.name)
    for fleet in (settled, growing.fleet):
        names = [[node.name for node in fleet.groups.above(index)] for index in (12, 13, 14)]
        assert names == [["S00000000", "F00000000", "T00000000"], ["West", "North", "TX-1"], []]
        assert [members(fleet, name) for name in ("T00000000", "TX-1")] == [[*range(10), 12], [10, 13]]
        assert indices_of(Node(Kind.USAGE_POINT, 3).meters(fleet)).tolist() == [3, 12]
        hit = Outage(Node(Kind.TRANSFORMER, 0), 0, 10).windows(fleet, np.arange(len(fleet)))
        assert [index for index, windows in enumerate(hit) if windows] == [*range(10), 12]
    assert [indices_of(settled.meters_at(point)).tolist() for point in (3, 10, 11)] == [[3, 12, 14], [10, 11, 13], []]
    assert [before.groups.above(index) for index in (12, 13)] == [(), ()]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda growing: growing.rename_usage_point("up-r-9", "New"), "usage point 'up-r-9': there is none"),
        (lambda growing: growing.rename_usage_point("up-r-1", "UP00000001"), "'UP00000001' is that of another usage"),
        (lambda growing: growing.rename_usage_point("up-r-1", ""), "usage point 'up-r-1': name has 1 to 256 char"),
        (lambda growing: growing.remove("r-9"), "meter 'r-9': there is none with this mRID"),
        (lambda growing: growing.rename("r-9", "New"), "meter 'r-9': there is none with this mRID"),
        (lambda growing: growing.move("r-9", "up", "up"), "meter 'r-9': there is none with this mRID"),
        (lambda growing: growing.rename("r-1", "M00000003"), "'r-1': name 'M00000003' is that of another meter"),
        (lambda growing: growing.rename("r-1", ""), "meter 'r-1': name has 1 to 256 characters, not 0"),
        (lambda growing: growing.move("r-1", "up-r-1", "X"), "'up-r-1' has the name 'UP of up-r-1', not 'X'"),
        (lambda growing: growing.move("r-1", "up", "UP00000003"), "'UP00000003' is that of another usage point"),
        (lambda growing: growing.move("r-1", "u" * 257, "X"), "usage_point_mrid has 1 to 256 characters, not 257"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(change: Any, words: str) -> None:
    growing = ten_meters()
    growing.add([registered("r-1")])
    before = growing.fleet
    with pytest.raises(InvalidRegistration) as refused:
        change(growing)
    assert words in str(refused.value)
    assert growing.fleet is before


# Whatever happens


@dataclass
class Known:
    """The same fleet as lists and dictionaries."""

    meters: list[tuple[str, str, str]]  # mRID, name, mRID of the usage point; by index
    removed: set[int] = field(default_factory=set)

    def copy(self) -> "Known":
        return Known(list(self.meters), set(self.removed))

    def present(self) -> list[int]:
        return [index for index in range(len(self.meters)) if index not in self.removed]

    def taken(self, column: int, text: str) -> bool:
        return any(self.meters[index][column] == text for index in self.present())


NUMBERS = st.integers(0, 7)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), NUMBERS, NUMBERS, NUMBERS),
        st.tuples(st.just("remove"), NUMBERS),
        st.tuples(st.just("rename"), NUMBERS, NUMBERS),
        st.tuples(st.just("move"), NUMBERS, NUMBERS),
    ),
    max_size=25,
)
BASE = Fleet(FleetSpec(4))
MRIDS = [*(BASE.meter(index).mrid for index in range(4)), *(f"r-{number}" for number in range(4))]
NAMES = [*(BASE.meter(index).name for index in range(4)), *(f"n-{number}" for number in range(4))]
POINTS = [*(BASE.usage_point(number).mrid for number in range(4)), *(f"p-{number}" for number in range(4))]
POINT_NAMES = [*(BASE.usage_point(number).name for number in range(4)), *(f"P {number}" for number in range(4))]


def check(fleet: Fleet, known: Known) -> None:
    present = known.present()
    assert len(fleet) == len(known.meters)
    assert indices_of(fleet.all_meters()).tolist() == present
    everyone = range(len(fleet))
    found = zip(fleet.mrids(everyone), fleet.names(everyone), fleet.usage_point_mrids(everyone), strict=True)
    assert [tuple(text.decode() for text in one) for one in found] == known.meters
    singles = [fleet.meter(index) for index in everyone]
    assert [(one.mrid, one.name, one.usage_point_mrid) for one in singles] == known.meters
    for column, texts, index_of in ((0, MRIDS, fleet.index_of_mrid), (1, NAMES, fleet.index_of_name)):
        holders = {known.meters[index][column]: index for index in present}
        assert {text: index_of(text) for text in texts} == {text: holders.get(text) for text in texts}
    for mrid in POINTS:
        there = [index for index in present if known.meters[index][2] == mrid]
        point = fleet.usage_point_of_mrid(mrid)
        assert (indices_of(fleet.meters_at(point)).tolist() if point is not None else []) == there
        if there:
            assert indices_of(fleet.beside(np.array(there[:1]))).tolist() == there


@given(CHANGES)
@settings(max_examples=60, deadline=None)
def test_every_snapshot_goes_on_telling_what_was_so_at_its_moment(changes: list[tuple[Any, ...]]) -> None:
    growing = GrowingFleet(BASE)
    known = Known([(MRIDS[index], NAMES[index], POINTS[index]) for index in range(4)])
    snapshots = [(growing.fleet, known.copy())]
    for what, number, *rest in changes:
        mrid = MRIDS[number]
        index = next((each for each in known.present() if known.meters[each][0] == mrid), None)
        try:
            if what == "add":
                name, point = rest
                fits = index is None and not known.taken(1, NAMES[name])
                growing.add([registered(mrid, NAMES[name], at=POINTS[point], point_name=POINT_NAMES[point])])
                known.meters.append((mrid, NAMES[name], POINTS[point]))
            elif what == "remove":
                fits = index is not None
                growing.remove(mrid)
                known.removed |= {index} if index is not None else set()
            elif what == "rename":
                name = NAMES[rest[0]]
                own = index is not None and known.meters[index][1] == name
                fits = index is not None and (own or not known.taken(1, name))
                growing.rename(mrid, name)
                if index is not None:
                    known.meters[index] = (mrid, name, known.meters[index][2])
            else:
                fits = index is not None
                growing.move(mrid, POINTS[rest[0]], POINT_NAMES[rest[0]])
                if index is not None:
                    known.meters[index] = (mrid, known.meters[index][1], POINTS[rest[0]])
        except InvalidRegistration:
            assert not fits
        else:
            assert fits
        snapshots.append((growing.fleet, known.copy()))
    for fleet, then in snapshots:
        check(fleet, then)
