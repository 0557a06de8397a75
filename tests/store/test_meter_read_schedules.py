"""Schedules are kept with all that they ever said, and each is told by one process at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headend.store import Conflict, ScheduleRevision, Store, StoredSchedule

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAILY = StoredSchedule("s-1", NOON, NOON, NOON + HOUR, "active", "MDM", "c-1", "m-1", "http://mdm.example/")
OTHER = StoredSchedule("s-0", NOON + HOUR, NOON, None, "cancelled", ended=NOON + HOUR)
DAILY_LATER = replace(DAILY, mrid="s-9")
FIRST = ScheduleRevision(1, NOON, {"meters": [1, 2]})


def put(store: Store, *schedules: StoredSchedule) -> None:
    for schedule in schedules:
        with store.writing() as work:
            work.meter_read_schedules.add(schedule, FIRST)


def test_a_schedule_comes_back_as_it_was_given(store: Store) -> None:
    put(store, DAILY)
    with store.reading() as work:
        assert work.meter_read_schedules.get("s-1") == DAILY
        assert work.meter_read_schedules.revisions("s-1") == [FIRST]
        assert work.meter_read_schedules.get("s-2") is None


def test_the_oldest_comes_first(store: Store) -> None:
    put(store, DAILY, OTHER)
    with store.reading() as work:
        assert work.meter_read_schedules.all() == [DAILY, OTHER]


def test_an_mrid_is_given_once(store: Store) -> None:
    put(store, DAILY)
    with pytest.raises(Conflict), store.writing() as work:
        work.meter_read_schedules.add(DAILY, FIRST)


def test_what_a_schedule_said_stays(store: Store) -> None:
    put(store, DAILY)
    second = ScheduleRevision(2, NOON + HOUR, {"meters": []})
    with store.writing() as work:
        work.meter_read_schedules.add_revision("s-1", second)
    with store.reading() as work:
        assert work.meter_read_schedules.revisions("s-1") == [FIRST, second]


@pytest.mark.parametrize("number", [1, 2], ids=["a second first revision", "one of no schedule"])
def test_a_revision_belongs_to_its_schedule_and_has_a_number_of_its_own(store: Store, number: int) -> None:
    put(store, DAILY)
    with pytest.raises(Conflict), store.writing() as work:
        work.meter_read_schedules.add_revision("s-1" if number == 1 else "nobody", replace(FIRST, number=number))


@pytest.mark.parametrize("transaction_id", ["c-1", "m-1"])
def test_the_newest_of_a_transaction_comes_first(store: Store, transaction_id: str) -> None:
    again = replace(DAILY, mrid="s-2")
    put(store, DAILY, OTHER, again)
    with store.reading() as work:
        assert work.meter_read_schedules.correlated(transaction_id) == [again, DAILY]
        assert work.meter_read_schedules.correlated("c-2") == []


def test_due_is_what_has_something_to_do_by_now(store: Store) -> None:
    put(store, DAILY, OTHER)
    with store.writing() as work:
        assert not work.meter_read_schedules.has_due(NOON + HOUR - timedelta(seconds=1))
        assert work.meter_read_schedules.has_due(NOON + HOUR)
        assert work.meter_read_schedules.due(NOON + HOUR) == [DAILY]
        work.meter_read_schedules.put(replace(DAILY, told_until=NOON + HOUR, next_due=NOON + 2 * HOUR))
        assert not work.meter_read_schedules.has_due(NOON + HOUR)


def test_a_reset_forgets_schedules(store: Store) -> None:
    put(store, DAILY)
    with store.writing() as work:
        work.fleet_state.clear()
        assert work.meter_read_schedules.all() == []


def over(store: Store, hours: int, keep: int = 1000) -> list[str]:
    """By age of so many hours past noon; by number, as of noon and a hundred hours."""
    before, now = NOON + hours * HOUR, NOON + 100 * HOUR
    with store.reading() as work:
        found = work.meter_read_schedules.over(before=before, keep=keep, now=now, limit=100)
    return [one.mrid for _, one in found]


def test_a_schedule_that_ended_is_over_when_nothing_follows_any_more(store: Store) -> None:
    ended = replace(OTHER, told_until=NOON + 9 * HOUR)
    put(store, replace(ended, mrid="s-0"), replace(ended, mrid="s-1", next_due=NOON + 2 * HOUR), DAILY_LATER)
    assert (over(store, 0), over(store, 1), over(store, -9, keep=1)) == ([], ["s-0"], ["s-0"])


def test_without_an_end_a_schedule_counts_from_when_it_was_told_last(store: Store) -> None:
    put(store, replace(DAILY, next_due=None, told_until=NOON + 2 * HOUR), DAILY_LATER)
    assert (over(store, 1), over(store, 2)) == ([], ["s-1"])


def test_the_newest_schedule_stays(store: Store) -> None:
    put(store, OTHER)
    assert over(store, 50) == []


def test_a_forgotten_schedule_leaves_nothing_behind(store: Store) -> None:
    put(store, OTHER, DAILY_LATER)
    with store.writing() as work:
        assert work.meter_read_schedules.forget(["s-0"]) == 1
        assert (work.meter_read_schedules.get("s-0"), work.meter_read_schedules.revisions("s-0")) == (None, [])
        assert work.meter_read_schedules.revisions("s-9") == [FIRST]


def test_a_schedule_that_has_become_due_again_is_not_forgotten(store: Store) -> None:
    put(store, DAILY)
    with store.writing() as work:
        assert work.meter_read_schedules.forget(["s-1"]) == 0


def test_a_revision_is_replaced_when_the_next_one_counts_and_nothing_late_follows(store: Store) -> None:
    put(store, replace(DAILY, told_until=NOON + 40 * HOUR))
    with store.writing() as work:
        for number in (2, 3, 4):
            work.meter_read_schedules.add_revision("s-1", replace(FIRST, number=number, since=NOON + number * HOUR))

    def replaced(hours: int, late_for: timedelta) -> dict[str, int]:
        with store.reading() as work:
            return work.meter_read_schedules.replaced(before=NOON + hours * HOUR, late_for=late_for)

    assert replaced(3, HOUR) == {"s-1": 2}
    assert replaced(3, 38 * HOUR) == {"s-1": 1}
    assert replaced(99, HOUR) == {"s-1": 3}
    assert replaced(99, 39 * HOUR) == {}


def test_revisions_are_forgotten_from_the_first_on(store: Store) -> None:
    put(store, DAILY)
    with store.writing() as work:
        for number in (2, 3, 4):
            work.meter_read_schedules.add_revision("s-1", replace(FIRST, number=number))
        assert work.meter_read_schedules.forget_revisions("s-1", 3, 2) == 2
        assert [one.number for one in work.meter_read_schedules.revisions("s-1")] == [3, 4]
