"""Works at meters are kept with what they are found by."""

from dataclasses import replace

import pytest

from headend.store import Conflict, ServiceWork, Store
from headend.store.service_works import NAME
from tests.conftest import NOON

WORK = ServiceWork(
    mrid="w",
    kind="disconnect",
    document={"kind": ["disconnect"], "Meter": [{"mRID": ["m"]}]},
    revision=1,
    accepted=NOON,
    changed=NOON,
    control_mrid="c",
    effects={"events": ["e"]},
    correlation_id="x-1",
    source="CIS",
)
FOUND_BY = {"Meter": ["m"], NAME: ["Job 7", "7"]}


def test_a_work_comes_back_as_it_was_kept(store: Store) -> None:
    with store.writing() as work:
        work.service_works.add(WORK, FOUND_BY)
    with store.reading() as work:
        assert work.service_works.get("w") == WORK
        assert work.service_works.of_control("c") == WORK
        assert work.service_works.of_transaction("CIS", "x-1") == [WORK]
        assert work.service_works.of_transaction(None, "x-1") == []
        assert work.service_works.about("Meter", ["m", "n"]) == {"w"}
        assert work.service_works.about(NAME, ["m"]) == set()


def test_a_change_replaces_a_work_and_what_it_is_found_by(store: Store) -> None:
    changed = replace(WORK, revision=2, kind="reconnect", cancelled=NOON)
    with store.writing() as work:
        work.service_works.add(WORK, FOUND_BY)
        work.service_works.change(changed, {"Meter": ["n"]})
        assert work.service_works.all() == [changed]
        assert (work.service_works.about("Meter", ["m"]), work.service_works.about("Meter", ["n"])) == (set(), {"w"})


def test_a_deleted_work_leaves_its_mrid_behind_and_frees_its_names(store: Store) -> None:
    with store.writing() as work:
        work.service_works.add(WORK, FOUND_BY)
        work.service_works.delete("w", NOON)
        assert (work.service_works.get("w"), work.service_works.is_taken("w")) == (None, True)
        assert (work.service_works.about(NAME, ["7"]), work.service_works.next_number()) == (set(), 1)


def test_an_mrid_is_taken_once(store: Store) -> None:
    with store.writing() as work:
        work.service_works.add(WORK, {})
    with pytest.raises(Conflict, match="MeterServiceWork w already"), store.writing() as work:
        work.service_works.add(WORK, {})
