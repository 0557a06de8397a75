"""Works at meters are kept with what they are found by."""

from dataclasses import replace
from datetime import timedelta

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


HOUR = timedelta(hours=1)


def add(store: Store, *works: ServiceWork) -> None:
    with store.writing() as work:
        for number, one in enumerate(works):
            work.service_works.add(replace(one, mrid=f"w-{number}"), {"Meter": ["m"]})


def over(store: Store, hours: int, keep: int = 1000) -> list[str]:
    """By age of so many hours past noon; by number, as of noon and a hundred hours."""
    before, now = NOON + hours * HOUR, NOON + 100 * HOUR
    with store.reading() as work:
        return [mrid for _, mrid in work.service_works.over(before=before, keep=keep, now=now, limit=100)]


DONE = replace(WORK, begins=NOON, ends=NOON + HOUR, result="completed")


@pytest.mark.parametrize(
    "goes_on",
    [
        replace(DONE, accepted=NOON + 3 * HOUR),
        replace(DONE, changed=NOON + 3 * HOUR),
        replace(DONE, ends=NOON + 3 * HOUR),
        replace(DONE, closed=NOON + 3 * HOUR),
        replace(WORK, wanted=NOON + 3 * HOUR),
    ],
    ids=["accepted", "changed", "ends", "closed", "wanted"],
)
def test_a_work_is_over_when_the_last_of_it_has_happened(store: Store, goes_on: ServiceWork) -> None:
    add(store, goes_on, DONE)
    assert (over(store, 2), over(store, 3)) == ([], ["w-0"])


def test_a_work_that_was_cancelled_long_before_its_time_is_over(store: Store) -> None:
    add(store, replace(WORK, wanted=NOON + 900 * HOUR, cancelled=NOON), DONE)
    assert over(store, 2) == ["w-0"]


def test_of_what_others_do_nobody_tells_for_ever(store: Store) -> None:
    """By number only goes what has ended, since others may tell of it any day."""
    add(store, WORK, DONE, DONE)
    assert (over(store, -1, keep=1), over(store, 0)) == (["w-1"], ["w-0"])


def test_the_newest_work_is_never_over_for_its_number_would_be_given_again(store: Store) -> None:
    add(store, DONE, DONE)
    assert over(store, 50) == ["w-0"]


def test_a_forgotten_work_leaves_nothing_behind(store: Store) -> None:
    add(store, DONE, DONE)
    with store.writing() as work:
        assert work.service_works.forget(["w-0"]) == 1
        assert not work.service_works.is_taken("w-0")
        assert work.service_works.about("Meter", ["m"]) == {"w-1"}
