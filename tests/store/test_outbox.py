"""The outbox hands every message to one dispatcher at a time, in order per destination."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headend.store import Conflict, Json, MessageState, NewMessage, OutboxMessage, Store

FLEET_NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
MACHINE_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MDM, BILLING = "http://mdm.example/events", "http://billing.example/events"


def message(name: str, destination: str = MDM, not_before: datetime | None = None) -> NewMessage:
    return NewMessage(
        destination=destination,
        verb="created",
        noun="EndDeviceEvents",
        message_id=name,
        recipe=[f"event of {name}"],
        created=FLEET_NOON,
        not_before=not_before,
        correlation_id="correlation-1",
    )


def claim(
    store: Store, limit: int = 10, machine_now: datetime = MACHINE_NOON, fleet_now: datetime = FLEET_NOON
) -> list[OutboxMessage]:
    with store.writing() as work:
        return work.outbox.claim(fleet_now=fleet_now, machine_now=machine_now, lease_s=60, limit=limit)


def add(store: Store, *messages: NewMessage) -> None:
    with store.writing() as work:
        work.outbox.add(*messages)


def names(messages: list[OutboxMessage]) -> list[str]:
    return [each.message_id for each in messages]


def test_a_message_comes_back_as_it_was_given(store: Store) -> None:
    add(store, message("one"))
    (claimed,) = claim(store)
    assert claimed == OutboxMessage(
        id=claimed.id,
        destination=MDM,
        verb="created",
        noun="EndDeviceEvents",
        message_id="one",
        correlation_id="correlation-1",
        recipe=["event of one"],
        state=MessageState.IN_FLIGHT,
        attempts=1,
        not_before=FLEET_NOON,
        retry_at=None,
        lease_until=MACHINE_NOON + MINUTE,
        last_error=None,
        created=FLEET_NOON,
        finished=None,
    )


def test_what_a_claim_says_is_what_is_stored(store: Store) -> None:
    add(store, message("one"))
    (claimed,) = claim(store)
    with store.reading() as work:
        assert work.outbox.get(claimed.id) == claimed


def test_a_claimed_message_is_not_claimed_again(store: Store) -> None:
    add(store, message("one"))
    claim(store)
    assert claim(store) == []


def test_a_message_whose_lease_ended_is_claimed_again(store: Store) -> None:
    add(store, message("one"))
    claim(store)
    (again,) = claim(store, machine_now=MACHINE_NOON + MINUTE)
    assert (again.message_id, again.attempts) == ("one", 2)


def test_the_later_messages_of_a_destination_wait_for_the_first(store: Store) -> None:
    add(store, message("one"), message("two"))
    (first,) = claim(store)
    assert claim(store) == []
    with store.writing() as work:
        work.outbox.delivered(first, MACHINE_NOON)
    assert names(claim(store)) == ["two"]


def test_the_later_messages_of_a_destination_wait_for_the_retry_of_the_first(store: Store) -> None:
    add(store, message("one"), message("two"))
    (first,) = claim(store)
    with store.writing() as work:
        work.outbox.retry(first, MACHINE_NOON + MINUTE, "connection refused")
    assert claim(store) == []
    (again,) = claim(store, machine_now=MACHINE_NOON + MINUTE)
    assert (again.message_id, again.last_error) == ("one", "connection refused")


def test_another_destination_does_not_wait(store: Store) -> None:
    add(store, message("one"), message("two"), message("three", BILLING), message("four", BILLING))
    assert names(claim(store)) == ["one", "three"]


def test_no_more_destinations_are_served_than_asked_for(store: Store) -> None:
    add(store, message("one"), message("two", BILLING))
    assert names(claim(store, limit=1)) == ["one"]
    assert names(claim(store, limit=1)) == ["two"]


def test_a_message_waits_until_the_fleet_has_reached_its_time(store: Store) -> None:
    add(store, message("one", not_before=FLEET_NOON + MINUTE))
    assert claim(store, machine_now=MACHINE_NOON + 1000 * MINUTE) == []
    assert names(claim(store, fleet_now=FLEET_NOON + MINUTE)) == ["one"]


def test_a_message_for_later_does_not_hold_up_one_for_now(store: Store) -> None:
    add(store, message("tomorrow", not_before=FLEET_NOON + 1000 * MINUTE), message("now"))
    assert names(claim(store)) == ["now"]


def test_a_message_that_is_given_up_frees_the_next_one(store: Store) -> None:
    add(store, message("one"), message("two"))
    (first,) = claim(store)
    with store.writing() as work:
        work.outbox.dead(first, MACHINE_NOON, "no receiver for a day")
    assert names(claim(store)) == ["two"]
    with store.reading() as work:
        given_up = work.outbox.get(first.id)
    assert given_up is not None
    assert (given_up.state, given_up.last_error) == (MessageState.DEAD, "no receiver for a day")
    assert given_up.finished == MACHINE_NOON


@pytest.mark.parametrize("end", ["delivered", "retry", "dead"])
def test_a_dispatcher_whose_lease_ended_changes_nothing_any_more(store: Store, end: str) -> None:
    add(store, message("one"))
    (slow,) = claim(store)
    (fast,) = claim(store, machine_now=MACHINE_NOON + MINUTE)
    with store.writing() as work:
        changed = (
            work.outbox.delivered(slow, MACHINE_NOON)
            if end == "delivered"
            else getattr(work.outbox, end)(slow, MACHINE_NOON, "late")
        )
        assert not changed
        assert work.outbox.get(fast.id) == fast


def test_messages_are_counted_by_state(store: Store) -> None:
    add(store, *(message(f"{number}", f"http://receiver-{number}.example/") for number in range(4)))
    delivered, dead, _in_flight = claim(store, limit=3)
    with store.writing() as work:
        work.outbox.delivered(delivered, MACHINE_NOON)
        work.outbox.dead(dead, MACHINE_NOON, "test")
        assert work.outbox.counts() == {
            MessageState.PENDING: 1,
            MessageState.RETRYING: 0,
            MessageState.IN_FLIGHT: 1,
            MessageState.DELIVERED: 1,
            MessageState.DEAD: 1,
        }


def test_a_message_is_kept_only_with_what_caused_it(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open("meter", FLEET_NOON, "test")

    def interrupt_and_tell() -> None:
        with store.writing() as work:
            work.outbox.add(message("one"))
            work.interruptions.open("meter", FLEET_NOON, "test")

    with pytest.raises(Conflict):
        interrupt_and_tell()
    assert claim(store) == []


@pytest.mark.parametrize("recipe", [[], {"meters": ["a"], "days": 1.5}, "ü", None, True])
def test_a_recipe_is_any_json_value(store: Store, recipe: Json) -> None:
    add(store, NewMessage(MDM, "created", "EndDeviceEvents", "one", recipe, FLEET_NOON))
    (claimed,) = claim(store)
    assert claimed.recipe == recipe


def test_two_claimers_at_the_same_moment_never_get_the_same_message(store: Store) -> None:
    add(store, *(message(f"{number}", f"http://receiver-{number % 4}.example/") for number in range(40)))
    claimed: list[str] = []
    start = threading.Barrier(4)

    def work_off() -> None:
        start.wait()
        while taken := claim(store, limit=2):
            claimed.extend(names(taken))
            with store.writing() as work:
                for each in taken:
                    assert work.outbox.delivered(each, MACHINE_NOON)

    threads = [threading.Thread(target=work_off) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claimed += [name for _ in range(40) for name in names(claim(store, limit=1))]  # a claimer may stop early
    assert len(claimed) == len(set(claimed))


def find(store: Store, **wanted: Any) -> list[OutboxMessage]:
    with store.reading() as work:
        return work.outbox.find(**wanted)


def is_busy(store: Store, machine_now: datetime = MACHINE_NOON, fleet_now: datetime = FLEET_NOON) -> bool:
    with store.reading() as work:
        return work.outbox.is_busy(fleet_now=fleet_now, machine_now=machine_now)


def fail(store: Store, *, for_good: bool = False) -> OutboxMessage:
    """Claims the next message, which does not arrive; its retry is a minute away."""
    (claimed,) = claim(store)
    with store.writing() as work:
        if for_good:
            work.outbox.dead(claimed, MACHINE_NOON, "refused")
        else:
            work.outbox.retry(claimed, MACHINE_NOON + MINUTE, "nobody there")
    return claimed


def test_messages_are_listed_page_by_page(store: Store) -> None:
    add(store, message("one"), message("two"), message("three"))
    first = find(store, limit=2)
    assert (names(first), names(find(store, after=first[-1].id))) == (["one", "two"], ["three"])


def test_messages_are_listed_by_state_and_destination(store: Store) -> None:
    add(store, message("one"))
    fail(store, for_good=True)
    add(store, message("two", BILLING), message("three"))
    assert names(find(store, destination=MDM)) == ["one", "three"]
    assert names(find(store, state=MessageState.PENDING, destination=MDM)) == ["three"]


def test_a_message_that_was_given_up_can_be_sent_again(store: Store) -> None:
    add(store, message("one"))
    given_up = fail(store, for_good=True)
    with store.writing() as work:
        assert work.outbox.send_again(given_up.id)
    (again,) = claim(store)
    assert (again.message_id, again.attempts) == ("one", 2)


def test_a_retry_can_be_brought_forward(store: Store) -> None:
    add(store, message("one"))
    failed = fail(store)
    with store.writing() as work:
        assert work.outbox.send_again(failed.id)
    assert names(claim(store)) == ["one"]


def test_a_message_in_flight_is_neither_sent_again_nor_removed(store: Store) -> None:
    add(store, message("one"))
    (claimed,) = claim(store)
    with store.writing() as work:
        assert not work.outbox.send_again(claimed.id)
        assert not work.outbox.remove(claimed.id)


def test_a_removed_message_makes_way_for_the_next(store: Store) -> None:
    add(store, message("one"), message("two"))
    failed = fail(store)
    with store.writing() as work:
        assert work.outbox.remove(failed.id)
    assert names(claim(store)) == ["two"]


def test_an_empty_outbox_is_not_busy(store: Store) -> None:
    assert not is_busy(store)


def test_an_outbox_is_busy_from_the_due_time_until_the_arrival(store: Store) -> None:
    add(store, message("one", not_before=FLEET_NOON + MINUTE))
    before, due = is_busy(store), is_busy(store, fleet_now=FLEET_NOON + MINUTE)
    (claimed,) = claim(store, fleet_now=FLEET_NOON + MINUTE)
    in_flight = is_busy(store, fleet_now=FLEET_NOON + MINUTE)
    with store.writing() as work:
        work.outbox.delivered(claimed, MACHINE_NOON)
    after = is_busy(store, fleet_now=FLEET_NOON + MINUTE)
    assert (before, due, in_flight, after) == (False, True, True, False)


def test_messages_behind_a_failure_do_not_make_it_busy_until_the_retry(store: Store) -> None:
    add(store, message("one"), message("two"))
    fail(store)
    assert (is_busy(store), is_busy(store, machine_now=MACHINE_NOON + MINUTE)) == (False, True)


def test_messages_that_lie_ahead_are_taken_back_by_what_they_are_made_of(store: Store) -> None:
    later = FLEET_NOON + MINUTE
    add(store, message("due"), message("void", not_before=later), message("good", not_before=later))
    with store.writing() as work:
        void = (["event of void"], ["event of due"])
        work.outbox.withdraw_messages("EndDeviceEvents", lambda recipe: recipe in void, FLEET_NOON)
        work.outbox.withdraw_messages("EndDeviceControls", lambda _: True, FLEET_NOON)
        assert names(work.outbox.find()) == ["due", "good"]


def test_a_message_that_may_not_leave_yet_can_be_moved(store: Store) -> None:
    later, sooner = FLEET_NOON + timedelta(hours=4), FLEET_NOON + timedelta(hours=1)
    add(store, message("due"), message("moved", not_before=later), message("stays", not_before=later))
    moved = ["event of moved"], ["event of due"]
    with store.writing() as work:
        work.outbox.move("EndDeviceEvents", lambda recipe: sooner if recipe in moved else None, FLEET_NOON)
        work.outbox.move("EndDeviceControls", lambda _: sooner, FLEET_NOON)
    with store.reading() as work:
        found = {one.message_id: (one.not_before, one.created) for one in work.outbox.find()}
    assert found["moved"] == (sooner, sooner)
    assert found["due"] == (FLEET_NOON, FLEET_NOON)
    assert found["stays"][0] == later


def test_what_comes_after_a_message_takes_its_recipe_over(store: Store) -> None:
    add(store, message("first"))
    with store.writing() as work:
        (first,) = work.outbox.find()
        work.outbox.hand_on(first, message("second"))
    with store.reading() as work:
        assert [(one.message_id, one.recipe) for one in work.outbox.find()] == [
            ("first", None),
            ("second", ["event of second"]),
        ]


def test_messages_leave_in_the_order_of_fleet_time_however_far_the_clock_jumps(store: Store) -> None:
    add(store, message("third", not_before=FLEET_NOON + 2 * MINUTE), message("second", not_before=FLEET_NOON + MINUTE))
    add(store, message("first"), message("also first"))
    left = []
    while taken := claim(store, fleet_now=FLEET_NOON + 9 * MINUTE):
        left += names(taken)
        with store.writing() as work:
            work.outbox.delivered(taken[0], MACHINE_NOON)
    assert left == ["first", "also first", "second", "third"]


def test_one_that_was_begun_is_not_overtaken_by_one_that_is_due_earlier(store: Store) -> None:
    add(store, message("begun", not_before=FLEET_NOON))
    fail(store)
    add(store, message("earlier", not_before=FLEET_NOON - MINUTE))
    assert claim(store) == []
    assert names(claim(store, machine_now=MACHINE_NOON + MINUTE)) == ["begun"]


def correlated(name: str, correlation: str | None) -> NewMessage:
    return replace(message(name), correlation_id=correlation)


def claim_two_at_once(store: Store, machine_now: datetime = MACHINE_NOON) -> list[OutboxMessage]:
    with store.writing() as work:
        return work.outbox.claim(fleet_now=FLEET_NOON, machine_now=machine_now, lease_s=60, limit=10, at_once=2)


def test_a_destination_may_have_several_at_once(store: Store) -> None:
    add(store, *(correlated(name, None) for name in ("one", "two", "three")))
    assert names(claim_two_at_once(store)) == ["one", "two"]
    assert claim_two_at_once(store) == []


def test_several_at_once_are_never_of_one_correlation(store: Store) -> None:
    add(store, correlated("one", "a"), correlated("two", "a"), correlated("three", "b"))
    first, other = claim_two_at_once(store)
    assert names([first, other]) == ["one", "three"]
    with store.writing() as work:
        work.outbox.delivered(other, MACHINE_NOON)
    assert claim_two_at_once(store) == []
    with store.writing() as work:
        work.outbox.delivered(first, MACHINE_NOON)
    assert names(claim_two_at_once(store)) == ["two"]


def test_a_receiver_that_is_down_is_tried_with_no_more_than_it_may_have_at_once(store: Store) -> None:
    add(store, *(correlated(name, None) for name in ("one", "two", "three")))
    for taken in claim_two_at_once(store):
        with store.writing() as work:
            work.outbox.retry(taken, MACHINE_NOON + MINUTE, "nobody there")
    assert claim_two_at_once(store) == []
    assert names(claim_two_at_once(store, MACHINE_NOON + MINUTE)) == ["one", "two"]


def test_a_claimer_of_fresh_messages_leaves_retries_to_others(store: Store) -> None:
    add(store, message("failed"), message("fresh", BILLING))
    fail_first(store)
    with store.writing() as work:
        taken = work.outbox.claim(
            fleet_now=FLEET_NOON, machine_now=MACHINE_NOON + MINUTE, lease_s=60, limit=10, fresh_only=True
        )
    assert names(taken) == ["fresh"]


def fail_first(store: Store) -> None:
    (taken,) = claim(store, limit=1)
    with store.writing() as work:
        work.outbox.retry(taken, MACHINE_NOON + MINUTE, "nobody there")


def test_what_came_of_an_attempt_is_kept_with_the_receivers_own_words(store: Store) -> None:
    add(store, message("one"))
    (first,) = claim(store)
    with store.writing() as work:
        work.outbox.retry(first, MACHINE_NOON, "no", outcome="reply failed", reply="HTTP 200\nFAILED")
        failed = work.outbox.get(first.id)
    (second,) = claim(store)
    with store.writing() as work:
        work.outbox.delivered(second, MACHINE_NOON, outcome="delivered", reply="HTTP 200\nOK")
        arrived = work.outbox.get(first.id)
    assert failed is not None
    assert arrived is not None
    assert (failed.state, failed.outcome, failed.reply) == (
        MessageState.RETRYING,
        "reply failed",
        "HTTP 200\nFAILED",
    )
    assert (arrived.outcome, arrived.reply, arrived.last_error) == ("delivered", "HTTP 200\nOK", None)


def test_what_waits_for_its_retry_is_told_apart_from_what_was_never_sent(store: Store) -> None:
    add(store, message("failed"), message("fresh", BILLING))
    fail_first(store)
    assert names(find(store, state=MessageState.RETRYING)) == ["failed"]
    assert names(find(store, state=MessageState.PENDING)) == ["fresh"]
    with store.reading() as work:
        counted = work.outbox.counts()
    assert (counted[MessageState.RETRYING], counted[MessageState.PENDING]) == (1, 1)


def forget(store: Store, state: MessageState = MessageState.DELIVERED, **bounds: Any) -> int:
    with store.writing() as work:
        return work.outbox.forget_finished(
            state, **{"before": MACHINE_NOON - 1000 * MINUTE, "keep": 1000, "limit": 100} | bounds
        )


def deliver(store: Store, *given: str) -> None:
    """One a minute, from noon on."""
    add(store, *map(message, given))
    for minutes in range(len(given)):
        (taken,) = claim(store)
        with store.writing() as work:
            work.outbox.delivered(taken, MACHINE_NOON + minutes * MINUTE)


def test_what_is_finished_is_forgotten_by_age(store: Store) -> None:
    deliver(store, "one", "two", "three")
    add(store, message("unsent"))
    assert forget(store, before=MACHINE_NOON + 2 * MINUTE) == 2
    assert names(find(store)) == ["three", "unsent"]


def test_what_is_finished_is_forgotten_by_number(store: Store) -> None:
    deliver(store, "one", "two", "three")
    assert forget(store, keep=1) == 2
    assert forget(store, keep=1) == 0
    assert names(find(store)) == ["three"]


def test_no_more_is_forgotten_at_a_time_than_asked_for_and_the_oldest_first(store: Store) -> None:
    deliver(store, "one", "two", "three")
    assert forget(store, keep=0, limit=2) == 2
    assert names(find(store)) == ["three"]


def test_delivered_and_dead_messages_are_counted_apart(store: Store) -> None:
    deliver(store, "delivered")
    add(store, message("dead"))
    fail(store, for_good=True)
    assert forget(store, MessageState.DEAD, keep=0) == 1
    assert names(find(store)) == ["delivered"]


def test_what_may_have_to_be_made_again_is_known_by_its_recipe(store: Store) -> None:
    deliver(store, "delivered")
    add(store, message("dead"))
    fail(store, for_good=True)
    add(store, message("unsent"), replace(message("other"), noun="MeterReadings"))
    with store.reading() as work:
        unsent = work.outbox.unsent_recipes("EndDeviceEvents", 10)
        assert sorted(map(str, unsent)) == ["['event of dead']", "['event of unsent']"]
        assert len(work.outbox.unsent_recipes("EndDeviceEvents", 1)) == 1
