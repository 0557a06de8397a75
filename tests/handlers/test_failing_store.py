"""A store that is full or locked: the client is told, nothing is half done, and afterwards all goes on by itself."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from headend.store import Store, StoreFull
from tests.conftest import NOON
from tests.delivery.receiver import receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.master_data import execute, named
from tests.support.patience import eventually

METERS = [f"M{number:08d}" for number in range(200)]


@contextmanager
def full(head_end: InProcessHeadEnd) -> Iterator[None]:
    """The database may not grow any more: to SQLite the same as a disk without room, SQLITE_FULL.

    The limit is one of a connection, and all writing goes through one.
    """
    writers = head_end.head_end.store._engines.writers
    with writers.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # never below what there is
    yield
    with writers.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Another program has begun to write."""
    with closing(sqlite3.connect(directory / "headend.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def traces(head_end: InProcessHeadEnd) -> dict[str, int]:
    """How many rows each table has."""
    with head_end.head_end.store._engines.readers.connect() as connection:
        tables = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        return {table: connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0 for table in tables}


def fill(store: Store) -> None:
    with store.writing() as work:
        for number in range(1000):
            work.interruptions.open(f"device-{number}", NOON, "test " * 100)


def test_a_full_disk_is_told_and_nothing_is_half_done(head_end: InProcessHeadEnd) -> None:
    before = traces(head_end)
    with full(head_end):
        reply = head_end.disconnect(*METERS)
        assert (reply.result, reply.codes) == ("FAILED", ["5.3"])
        assert "store is full; nothing was done" in str(reply.errors[0])
        assert traces(head_end) == before
        assert head_end.read("M00000001").result == "OK"
    assert head_end.disconnect(*METERS).result == "OK"


def test_master_data_for_which_there_is_no_room_is_not_created_in_part(head_end: InProcessHeadEnd) -> None:
    points = "".join(named("UsagePoint", f"new-{number}") for number in range(300))
    before = traces(head_end)
    with full(head_end):
        assert execute(head_end, "create", "UsagePointConfig", points).codes == ["5.3"]
        assert traces(head_end) == before
    assert execute(head_end, "create", "UsagePointConfig", points).result == "OK"


def test_a_full_store_has_a_name_of_its_own(head_end: InProcessHeadEnd) -> None:
    with full(head_end), pytest.raises(StoreFull, match=r"headend\.db is full"):
        fill(head_end.head_end.store)


def test_subscribers_hear_of_what_was_accepted_and_of_nothing_that_was_not(tmp_path: Path) -> None:
    with receiver() as mdm, in_process(tmp_path, NOON, subscriptions=[{"url": mdm.url}]) as head_end:
        head_end.disconnect(*METERS)
        with full(head_end):
            assert head_end.connect(*METERS).codes == ["5.3"]
        head_end.connect(METERS[0])
        head_end.head_end.start()
        eventually(lambda: len(mdm.received) == 2, "what was accepted is told")
        told = [one.body.count(b"<createdDateTime>") for one in mdm.received]
        assert told == [len(METERS), 1]


def test_a_locked_database_is_told_and_the_same_request_succeeds_later(
    head_end: InProcessHeadEnd, tmp_path: Path
) -> None:
    before = traces(head_end)
    with locked(tmp_path):
        reply = head_end.disconnect(*METERS)
        assert (reply.result, reply.codes) == ("FAILED", ["5.1"])
        assert "store is busy; nothing was done" in str(reply.errors[0])
        assert head_end.read("M00000001").result == "OK"
    assert traces(head_end) == before
    assert head_end.disconnect(*METERS).result == "OK"


def test_a_request_that_finds_the_database_locked_waits_for_it(head_end: InProcessHeadEnd, tmp_path: Path) -> None:
    replies = []
    thread = threading.Thread(target=lambda: replies.append(head_end.disconnect("M00000001")))
    with locked(tmp_path):
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(20)
    assert [reply.result for reply in replies] == ["OK"]
