"""Clearing the state of the fleet leaves nothing behind that a next test could stumble over."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from headend.store import EndDeviceEvent, HandledRequest, NewMessage, Store, StoredMischief, StoredSubscription
from headend.store.controls import ControlOutcome, EndDeviceControl
from headend.store.engines import connect
from headend.store.fleet_state import KEPT
from headend.store.schema import Row
from simulator.clock import ClockAnchor

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MESSAGE = NewMessage("http://mdm.example", "created", "EndDeviceEvents", "m-1", ["e-1"], NOON)


def leave_marks(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open("meter", NOON, "test")
        work.controls.add(EndDeviceControl("c-1", "3.31.0.23", NOON), [ControlOutcome("meter", "succeeded")])
        work.events.add([EndDeviceEvent("e-1", "meter", "3.31.0.68", NOON)])
        work.outbox.add(MESSAGE)
        work.handled_requests.put(HandledRequest("mdm", "1", b"digest", b"reply", NOON))
        work.nonces.add("mdm", "nonce", NOON)
        work.clock_anchor.put("stepped", ClockAnchor(NOON, NOON, 0))
        work.mischief.add(StoredMischief(mrid="o-1", number=1, kind="never", created=NOON))
        work.subscriptions.put(StoredSubscription("s-1", "http://mdm.example", "EndDeviceEvents", NOON))


def clear(store: Store) -> None:
    with store.writing() as work:
        work.fleet_state.clear()


def tables_with_rows(url: str) -> set[str]:
    engines = connect(url, busy_timeout_s=5)
    with engines.readers.connect() as connection:
        tables = Row.metadata.sorted_tables
        found = {table.name for table in tables if connection.scalar(select(func.count()).select_from(table))}
    engines.dispose()
    return found


def test_only_what_says_how_the_head_end_is_set_up_is_left(store: Store, prepared_url: str) -> None:
    leave_marks(store)
    clear(store)
    assert tables_with_rows(prepared_url) == KEPT


def test_ids_of_messages_are_not_used_again(store: Store) -> None:
    leave_marks(store)
    with store.reading() as work:
        (before,) = work.outbox.find()
    clear(store)
    with store.writing() as work:
        work.outbox.add(MESSAGE)
    with store.reading() as work:
        (after,) = work.outbox.find()
    assert after.id > before.id
