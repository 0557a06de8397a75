"""Defects in the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headend.store import Conflict, Store, StoredDefect

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPIKE = StoredDefect(
    mrid="spike-1", device_mrid="meter-1", kind="spike", start=NOON, end=NOON + HOUR, parameters={"factor": 9}
)


def added(store: Store, *defects: StoredDefect) -> None:
    with store.writing() as work:
        for one in defects:
            work.defects.add(one)


def test_a_defect_comes_back_as_it_was_put(store: Store) -> None:
    added(store, replace(SPIKE, marked=False))
    with store.reading() as work:
        assert work.defects.get("spike-1") == replace(SPIKE, marked=False)


def test_the_oldest_comes_first(store: Store) -> None:
    earlier = replace(SPIKE, mrid="earlier", device_mrid="meter-2", start=NOON - HOUR)
    added(store, SPIKE, earlier)
    with store.reading() as work:
        assert work.defects.all() == [earlier, SPIKE]


def test_the_defects_of_some_devices_are_found_however_many_are_asked_about(store: Store) -> None:
    added(store, SPIKE, replace(SPIKE, mrid="another", device_mrid="meter-2"))
    with store.reading() as work:
        assert work.defects.of(f"meter-{number}" for number in [*range(2_000, 3_000), 1]) == [SPIKE]


def test_a_defect_may_be_there_twice_under_two_mrids(store: Store) -> None:
    added(store, SPIKE, replace(SPIKE, mrid="spike-2"))
    with store.reading() as work:
        assert len(work.defects.of(["meter-1"])) == 2


def test_an_mrid_is_there_once(store: Store) -> None:
    added(store, SPIKE)
    with pytest.raises(Conflict, match="there is a defect spike-1 already"):
        added(store, SPIKE)


def test_a_defect_that_is_removed_is_gone(store: Store) -> None:
    added(store, SPIKE)
    with store.writing() as work:
        assert work.defects.remove("spike-1")
        assert not work.defects.remove("spike-1")
        assert work.defects.all() == []
