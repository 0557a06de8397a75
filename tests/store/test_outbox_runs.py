"""The outbox gives a dispatcher several messages of one destination at once, in their order, and takes them back."""

from datetime import datetime, timedelta

import pytest

from headend.store import OutboxMessage, Store
from tests.store.test_outbox import (
    BILLING,
    FLEET_NOON,
    MACHINE_NOON,
    MINUTE,
    add,
    claim,
    message,
    names,
)


def claim_run(
    store: Store, most: int = 10, machine_now: datetime = MACHINE_NOON, *, fresh_only: bool = False
) -> list[OutboxMessage]:
    with store.writing() as work:
        return work.outbox.claim_run(
            fleet_now=FLEET_NOON, machine_now=machine_now, lease_s=60, most=most, fresh_only=fresh_only
        )


def test_a_run_is_of_one_destination_and_in_order(store: Store) -> None:
    add(store, message("one"), message("bill", BILLING), message("two"), message("three"))
    assert names(claim_run(store)) == ["one", "two", "three"]
    assert names(claim_run(store)) == ["bill"]
    assert claim_run(store) == []


def test_a_run_is_no_longer_than_was_asked_for_and_nobody_else_gets_the_rest(store: Store) -> None:
    add(store, *map(message, ("one", "two", "three")))
    assert names(claim_run(store, most=2)) == ["one", "two"]
    assert claim_run(store) == []
    assert claim(store) == []


def test_what_is_not_due_ends_a_run(store: Store) -> None:
    add(store, message("one"), message("ahead", not_before=FLEET_NOON + MINUTE), message("two"))
    assert names(claim_run(store)) == ["one", "two"]


def test_what_was_handed_back_comes_again_in_its_place_as_if_nobody_had_had_it(store: Store) -> None:
    add(store, *map(message, ("one", "two", "three")))
    first, *others = claim_run(store)
    with store.writing() as work:
        work.outbox.delivered(first, MACHINE_NOON)
        work.outbox.hand_back(others)
    again = claim_run(store)
    assert names(again) == ["two", "three"]
    assert [one.attempts for one in again] == [1, 1]


def test_a_retry_comes_alone_and_those_behind_it_wait(store: Store) -> None:
    add(store, *map(message, ("one", "two", "three")))
    (first, *others) = claim_run(store)
    with store.writing() as work:
        work.outbox.retry(first, MACHINE_NOON + MINUTE, "refused")
        work.outbox.hand_back(others)
    assert claim_run(store) == []
    later = MACHINE_NOON + MINUTE
    assert claim_run(store, machine_now=later, fresh_only=True) == []
    assert names(claim_run(store, machine_now=later)) == ["one"]


def test_a_run_whose_lease_ended_is_claimed_again_message_by_message(store: Store) -> None:
    add(store, *map(message, ("one", "two")))
    claim_run(store)
    later = MACHINE_NOON + timedelta(seconds=61)
    (first,) = claim_run(store, machine_now=later)
    assert (first.message_id, first.attempts) == ("one", 2)
    assert claim_run(store, machine_now=later) == []


def test_a_whole_run_is_recorded_at_once(store: Store) -> None:
    add(store, *map(message, ("one", "two")))
    run = claim_run(store)
    with store.writing() as work:
        ours = work.outbox.all_delivered([(each, "delivered", "Result OK") for each in run], MACHINE_NOON)
    assert ours == {each.id for each in run}
    with store.reading() as work:
        kept = [work.outbox.get(each.id) for each in run]
    assert [(one.state.value, one.reply) for one in kept if one is not None] == [("delivered", "Result OK")] * 2


def test_of_a_run_only_what_is_still_ours_is_recorded(store: Store) -> None:
    add(store, *map(message, ("one", "two")))
    late = claim_run(store)
    (taken,) = claim_run(store, machine_now=MACHINE_NOON + timedelta(seconds=61))
    with store.writing() as work:
        ours = work.outbox.all_delivered([(each, None, None) for each in late], MACHINE_NOON)
    assert ours == {late[1].id}
    with store.reading() as work:
        still = work.outbox.get(taken.id)
    assert still is not None
    assert (still.state.value, still.attempts) == ("in_flight", 2)


@pytest.mark.parametrize("fresh_only", [False, True])
def test_a_claimer_can_ask_beforehand_whether_there_is_anything(store: Store, fresh_only: bool) -> None:
    def is_any_free(machine_now: datetime = MACHINE_NOON) -> bool:
        with store.reading() as work:
            return work.outbox.is_any_free(fleet_now=FLEET_NOON, machine_now=machine_now, fresh_only=fresh_only)

    assert not is_any_free()
    add(store, message("one"))
    assert is_any_free()
    (first,) = claim_run(store)
    assert not is_any_free()
    with store.writing() as work:
        work.outbox.retry(first, MACHINE_NOON + MINUTE, "refused")
    assert not is_any_free()
    assert is_any_free(MACHINE_NOON + MINUTE) is not fresh_only
