"""Objects, names and links of master data, kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headend.store import Conflict, MasterLink, MasterName, MasterObject, Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

DOCUMENT = {"mRID": ["a"], "Names": [{"name": ["Ü"]}], "status": [{"value": ["active"]}]}


def customer(mrid: str, *, hours: int = 0) -> MasterObject:
    at = NOON + hours * HOUR
    return MasterObject(mrid, "Customer", "Customer", DOCUMENT, 1, at, at)


def called(mrid: str, name: str, name_type: str | None = None) -> MasterName:
    return MasterName("Customer", name, name_type, None, mrid)


def link(one: str, other: str, hours: int = 0, end: int | None = None, association: str = "a-b") -> MasterLink:
    return MasterLink(association, one, other, NOON + hours * HOUR, None if end is None else NOON + end * HOUR)


def test_objects_come_back_as_they_were_kept(store: Store) -> None:
    closed = replace(customer("b"), closed=NOON + HOUR, revision=7)
    with store.writing() as work:
        work.master_data.add([customer("a"), closed])
    with store.reading() as work:
        assert work.master_data.of_mrids(["a", "b", "none"]) == {"a": customer("a"), "b": closed}
        assert work.master_data.closed_of("Customer") == [("b", NOON + HOUR)]


def test_an_mrid_is_kept_once(store: Store) -> None:
    with store.writing() as work:
        work.master_data.add([customer("a")])
    with pytest.raises(Conflict, match="an object with one of these mRIDs is kept already"), store.writing() as work:
        work.master_data.add([customer("a")])


def test_a_change_replaces_what_is_kept(store: Store) -> None:
    changed = replace(customer("a"), document={"mRID": ["a"]}, revision=2, changed=NOON + HOUR)
    with store.writing() as work:
        work.master_data.add([customer("a"), customer("b")])
        work.master_data.change([changed])
        assert work.master_data.of_mrids(["a", "b"]) == {"a": changed, "b": customer("b")}


def test_all_of_a_family_come_in_the_order_in_which_they_were_made_without_deleted_ones(store: Store) -> None:
    supplier = replace(customer("s"), object_type="ServiceSupplier", family="ServiceSupplier")
    gone = replace(customer("c"), deleted=True)
    with store.writing() as work:
        work.master_data.add([customer("a", hours=2), customer("b", hours=1), gone, supplier])
        data = work.master_data
        assert [one.mrid for one in data.all_of("Customer")] == ["b", "a"]
        assert data.mrids_of("Customer") == {"a", "b", "c"}


def test_a_name_may_be_that_of_several_objects(store: Store) -> None:
    names = [called("a", "4711", "billing"), called("b", "4711", "legacy"), called("b", "other")]
    with store.writing() as work:
        work.master_data.add([customer("a"), customer("b")], names)
        found = work.master_data.of_names("Customer", ["4711", "none"])
        assert sorted(found, key=lambda one: one.mrid) == names[:2]
        assert work.master_data.of_names("ServiceSupplier", ["4711"]) == []


def test_names_are_replaced_object_by_object(store: Store) -> None:
    with store.writing() as work:
        work.master_data.add([customer("a"), customer("b")], [called("a", "old"), called("b", "kept")])
        work.master_data.replace_names(["a"], [called("a", "new")])
        found = work.master_data.of_names("Customer", ["old", "new", "kept"])
        assert {(one.mrid, one.name) for one in found} == {("a", "new"), ("b", "kept")}


def test_links_are_found_from_both_sides_oldest_first(store: Store) -> None:
    links = [link("m", "p", 2), link("m", "q", 1, end=2), link("n", "p", 0, association="c-d")]
    with store.writing() as work:
        work.master_data.add_links(links)
        data = work.master_data
        assert data.links(["m", "none"], of_one=True) == [links[1], links[0]]
        assert data.links(["p"], of_one=False) == [links[2], links[0]]
        assert data.links(["p"], of_one=False, associations=["a-b"]) == [links[0]]
        assert list(data.links_of_association("a-b")) == [links[1], links[0]]
        assert (data.has_links("c-d"), data.has_links("e-f")) == (True, False)


def test_a_link_that_begins_at_one_instant_is_kept_once(store: Store) -> None:
    with store.writing() as work:
        work.master_data.add_links([link("m", "p"), link("m", "p", 1)])
    with pytest.raises(Conflict, match="one of these links is kept already"), store.writing() as work:
        work.master_data.add_links([link("m", "p")])


def test_links_end_and_are_forgotten_one_by_one(store: Store) -> None:
    with store.writing() as work:
        work.master_data.add_links([link("m", "p"), link("m", "p", 5), link("m", "q")])
        work.master_data.end_links([link("m", "p", end=1)])
        work.master_data.remove_links([link("m", "p", 5)])
        assert work.master_data.links(["m"], of_one=True) == [link("m", "p", end=1), link("m", "q")]
