"""Entries are written in the background: in batches, in order, and never more of them held than there is room for."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from headend.journal import Entry
from headend.journal.background_writer import NOT_KEPT, BackgroundWriter
from headend.store import StoreBusy
from tests.journal.exchanges import entry
from tests.support.patience import eventually


class Store:
    """Keeps what is written, unless it is told not to."""

    def __init__(self) -> None:
        self.batches: list[list[Entry]] = []
        self.dropped = 0
        self.is_open = threading.Event()
        self.is_open.set()
        self.is_busy = False
        self.asked = threading.Event()
        self.poison: int | None = None

    def write(self, entries: Sequence[Entry], dropped: int) -> None:
        self.asked.set()
        assert self.is_open.wait(20)
        if self.is_busy:
            raise StoreBusy("somebody else has it")
        if self.poison in [one.number for one in entries]:
            raise ZeroDivisionError
        self.batches.append(list(entries))
        self.dropped += dropped

    @property
    def numbers(self) -> list[int]:
        return [one.number for batch in self.batches for one in batch]


@contextmanager
def writing(store: Store, most_queued_bytes: int = 1_000_000) -> Iterator[BackgroundWriter]:
    writer = BackgroundWriter(store.write, most_queued_bytes)
    try:
        yield writer
    finally:
        store.is_open.set()
        writer.stop()


def test_what_comes_together_is_written_together() -> None:
    store = Store()
    with writing(store) as writer:
        for number in range(1, 6):
            writer.put(entry(number))
        assert writer.flush()
        assert [len(batch) for batch in store.batches] == [5]
        assert store.numbers == [1, 2, 3, 4, 5]
        assert writer.waiting == 0


def test_it_is_written_without_anybody_asking() -> None:
    store = Store()
    with writing(store) as writer:
        writer.put(entry(1))
        eventually(lambda: store.numbers == [1], "the entry is written")


def test_what_is_left_is_written_at_the_end() -> None:
    store = Store()
    with writing(store) as writer:
        writer.put(entry(1))
    assert store.numbers == [1]


def test_without_an_entry_there_is_no_thread() -> None:
    before = threading.active_count()
    with writing(Store()) as writer:
        assert writer.flush()
        assert threading.active_count() == before


def test_a_busy_store_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    store.is_busy = True
    with writing(store) as writer:
        writer.put(entry(1))
        assert store.asked.wait(20)
        assert not writer.flush(timeout_s=0.01)
        assert writer.waiting == 1
        store.is_busy = False
        assert writer.flush()
        assert store.numbers == [1]
    assert caplog.text.count("the journal cannot be written") == 1


def test_bodies_make_way_first_and_then_entries_which_are_counted() -> None:
    store = Store()
    store.is_open.clear()
    large = entry(1, request=b"x" * 10_000)
    with writing(store, most_queued_bytes=30_000) as writer:
        for _ in range(20):
            writer.put(large)
        store.is_open.set()
        assert writer.flush()
        writer.put(entry(2))
        assert writer.flush()
    kept = [one for batch in store.batches for one in batch]
    assert [len(one.request.body) for one in kept[:3]] == [10_000, 10_000, 0]
    assert all(one.request.length == 10_000 for one in kept[:-1])
    assert kept[2].notes == (NOT_KEPT,)
    assert len(kept) - 1 + store.dropped == 20
    assert store.dropped > 10
    assert kept[-1].notes == ()


def test_one_odd_entry_does_not_take_others_with_it(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    store.poison = 2
    with caplog.at_level(logging.CRITICAL, "headend.journal"), writing(store) as writer:
        for number in (1, 2, 3):
            writer.put(entry(number))
        assert writer.flush()
        assert store.numbers == [1, 3]
        writer.put(entry(4))
        assert writer.flush()
        assert store.dropped == 1


def test_a_store_that_is_gone_keeps_nobody_from_ending(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    store.is_busy = True
    with writing(store) as writer:
        writer.put(entry(1))
    assert store.numbers == []
    assert "1 exchanges are missing in the journal" in caplog.text


def test_a_thread_that_has_nothing_to_write_ends_and_another_one_begins_with_the_next_entry() -> None:
    store = Store()
    writer = BackgroundWriter(store.write, idle_s=0.001)
    for number in (1, 2):
        writer.put(entry(number))
        assert writer.flush()
        eventually(lambda: writer._thread is None, "the thread is gone")
    assert store.numbers == [1, 2]
    writer.stop()
