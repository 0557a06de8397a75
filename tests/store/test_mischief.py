"""Mischief is kept in its order, and each piece acts as often as it is to, however many processes ask."""

from dataclasses import replace
from datetime import UTC, datetime

from headend.store import Deviation, MessageState, NewMessage, OutboxMessage, Store, StoredMischief

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MDM = "http://mdm.example"
TWICE = Deviation("twice", "a test", is_extra=True)
SWAPPED = Deviation("swapped", "the name SWAPPED-1")


def ordering(number: int, times: int | None = None) -> StoredMischief:
    return StoredMischief(mrid=f"o-{number}", number=number, kind="late", delay_s=1.5, times=times, created=NOON)


def add(store: Store, *orderings: StoredMischief) -> None:
    with store.writing() as work:
        for one in orderings:
            work.mischief.add(one)


def use(store: Store, mrid: str) -> bool:
    with store.writing() as work:
        return work.mischief.use(mrid)


def test_an_ordering_comes_back_as_it_was_given(store: Store) -> None:
    add(store, ordering(2), ordering(1, times=1))
    with store.reading() as work:
        assert work.mischief.all() == [ordering(1, times=1), ordering(2)]
        assert work.mischief.get("o-2") == ordering(2)


def test_numbers_go_on_behind_the_last(store: Store) -> None:
    add(store, ordering(7))
    with store.writing() as work:
        assert work.mischief.next_number() == 8


def test_one_that_is_used_up_is_listed_and_does_not_act(store: Store) -> None:
    add(store, ordering(1, times=2), ordering(2))
    assert [use(store, "o-1") for _ in range(3)] == [True, True, False]
    with store.reading() as work:
        assert [one.mrid for one in work.mischief.left()] == ["o-2"]
        assert work.mischief.all()[0].used == 2


def test_what_comes_by_is_counted_from_nothing(store: Store) -> None:
    add(store, ordering(1), ordering(2))
    with store.writing() as work:
        assert [work.mischief.see("o-1") for _ in range(3)] == [0, 1, 2]
        assert [one.seen for one in work.mischief.all()] == [3, 0]


def test_some_kinds_are_forgotten_and_others_stay(store: Store) -> None:
    add(store, ordering(1), replace(ordering(2), kind="reset", parameters={"bytes": 5}))
    with store.writing() as work:
        work.mischief.clear({"late", "never"})
        assert [(one.kind, one.parameters) for one in work.mischief.all()] == [("reset", {"bytes": 5})]


def test_one_that_was_removed_does_not_act(store: Store) -> None:
    add(store, ordering(1))
    with store.writing() as work:
        assert work.mischief.remove("o-1")
    assert not use(store, "o-1")


def claimed(store: Store, *names: str) -> list[OutboxMessage]:
    """The messages, each claimed and, but for the last, postponed by an hour until it is passed."""
    found = []
    for name in names:
        with store.writing() as work:
            work.outbox.add(NewMessage(MDM, "created", "EndDeviceEvents", name, [name], NOON))
            (message,) = work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=60)
            found.append(message)
            if name != names[-1]:
                work.outbox.postpone(message, NOON.replace(hour=13), SWAPPED, ["M-1"])
    return found


def test_a_message_that_waits_to_be_passed_does_not_hold_up_the_next(store: Store) -> None:
    first, second = claimed(store, "one", "two")
    with store.reading() as work:
        assert work.outbox.held(MDM) == [(first.id, ["M-1"])]
        assert work.outbox.held("http://billing.example") == []
    assert (first.message_id, second.message_id) == ("one", "two")


def test_a_message_that_was_passed_leaves_directly_behind(store: Store) -> None:
    first, second = claimed(store, "one", "two")
    with store.writing() as work:
        assert work.outbox.move_behind(first.id, second)
        assert not work.outbox.any_held()
        assert work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=60) == []  # the second is in flight
        work.outbox.delivered(second, NOON)
        (again,) = work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=60)
    assert (again.message_id, again.attempts, again.deviation) == ("one", 1, SWAPPED)


def test_a_message_that_nobody_passed_leaves_in_the_end(store: Store) -> None:
    _, second = claimed(store, "one", "two")
    with store.writing() as work:
        work.outbox.delivered(second, NOON)
        found = work.outbox.claim(fleet_now=NOON.replace(hour=14), machine_now=NOON.replace(hour=14), lease_s=60)
        assert [one.message_id for one in found] == ["one"]
        assert not work.outbox.any_held()


def test_a_message_that_was_decided_upon_is_claimed_again_when_its_process_died(store: Store) -> None:
    (message,) = claimed(store, "one")
    later = NOON.replace(hour=13)
    with store.writing() as work:
        assert work.outbox.deviate(replace(message, message_id="other", deviation=TWICE))
        (found,) = work.outbox.claim(fleet_now=later, machine_now=later, lease_s=60)
    assert (found.message_id, found.attempts, found.deviation) == ("other", 2, TWICE)


def test_a_copy_stands_behind_all_others(store: Store) -> None:
    (message,) = claimed(store, "one")
    with store.writing() as work:
        work.outbox.add(NewMessage(MDM, "created", "EndDeviceEvents", "two", ["two"], NOON))
        work.outbox.add_copy(replace(message, deviation=TWICE, correlation_id="x"))
        assert [one.message_id for one in work.outbox.find()] == ["one", "two", "one"]
        copy = work.outbox.find()[-1]
    assert (copy.correlation_id, copy.recipe, copy.state, copy.deviation) == ("x", ["one"], MessageState.PENDING, TWICE)


def test_whose_claim_is_over_changes_nothing(store: Store) -> None:
    (message,) = claimed(store, "one")
    later = NOON.replace(hour=13)
    with store.writing() as work:
        work.outbox.claim(fleet_now=later, machine_now=later, lease_s=60)
        assert not work.outbox.never(message, later, SWAPPED)
        assert not work.outbox.postpone(message, later, SWAPPED)
        assert not work.outbox.deviate(replace(message, message_id="other"))
        (found,) = work.outbox.find()
    assert (found.state, found.deviation) == (MessageState.IN_FLIGHT, None)


def test_what_is_unsent_is_found_by_its_correlation_id(store: Store) -> None:
    with store.writing() as work:
        work.outbox.add(NewMessage(MDM, "reply", "MeterReadings", "one", [], NOON, correlation_id="x-1"))
        assert [work.outbox.has_unsent(one) for one in ("x-1", "x-2")] == [True, False]
        (message,) = work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=60)
        work.outbox.delivered(message, NOON)
        assert not work.outbox.has_unsent("x-1")


def test_the_oldest_orders_that_are_used_up_are_forgotten_and_the_last_ones_kept(store: Store) -> None:
    used_up = [replace(ordering(number, times=1), used=1) for number in (1, 3, 4, 6)]
    add(store, *used_up, ordering(2), ordering(5, times=1))
    with store.writing() as work:
        assert work.mischief.forget_used_up(keep=6, limit=10) == 0
        assert work.mischief.forget_used_up(keep=1, limit=2) == 2
        assert work.mischief.forget_used_up(keep=1, limit=2) == 1
        assert [one.number for one in work.mischief.all()] == [2, 5, 6]
