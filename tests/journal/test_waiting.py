"""Waiting for an exchange, whichever process recorded it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import pytest

from headend.journal import Direction
from headend.journal.journal import Journal, NotRecorded
from headend.journal.match import ANY
from headend.store import ExchangeStore
from simulator.clock import ManualClock
from tests.conftest import NOON
from tests.journal.exchanges import entry
from tests.store.databases import database_url, postgresql_url, sqlite_url
from tests.support.soap_requests import create_end_device_controls

__all__ = ["database_url", "postgresql_url", "sqlite_url"]


@pytest.fixture
def open_journal(database_url: str) -> Iterator[Callable[[], Journal]]:
    opened: list[Journal] = []

    def one_more() -> Journal:
        opened.append(Journal(lambda: ExchangeStore.open(database_url), ManualClock(NOON)))
        return opened[-1]

    yield one_more
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(open_journal: Callable[[], Journal]) -> Journal:
    return open_journal()


def soon(action: Callable[[], None], after_s: float = 0.1) -> None:
    threading.Timer(after_s, action).start()


def test_what_has_come_is_not_waited_for(journal: Journal) -> None:
    journal.record(entry())
    assert journal.wait_for(operation="GetMeterReadings").number == 1


def test_what_comes_is_seen_as_soon_as_it_is_there(journal: Journal) -> None:
    journal.open()
    soon(lambda: journal.record(entry(request=create_end_device_controls("M00000003"))))
    started = perf_counter()
    assert journal.wait_for(meter="M00000003", verb="create", timeout_s=20).service == "GetMeterReadings"
    assert perf_counter() - started < 10


def test_another_process_is_heard_of(open_journal: Callable[[], Journal]) -> None:
    ours, other = open_journal(), open_journal()
    ours.open()
    soon(lambda: other.record(entry()))
    assert ours.wait_for(timeout_s=20).number == 1


def test_with_a_count_it_is_the_last_of_so_many(journal: Journal) -> None:
    journal.record(entry(status=500))
    soon(lambda: [journal.record(entry(number)) for number in range(3)] and None)
    assert journal.wait_for(status=200, count=3, timeout_s=20).number == 4


def test_numbers_may_have_to_be_higher(journal: Journal) -> None:
    journal.record(entry())
    with pytest.raises(NotRecorded, match="after number 1"):
        journal.wait_for(after=1, timeout_s=0.01)


def test_what_does_not_come_is_told_with_what_came_instead(journal: Journal) -> None:
    journal.record(entry(request=create_end_device_controls("M00000003"), status=503, response=b"no"))
    journal.record(entry(direction=Direction.OUT, peer="http://mdm", status=None, response=None, failure="timed out"))
    with pytest.raises(NotRecorded) as told:
        journal.wait_for(meter="M00000004", direction=Direction.IN, count=2, timeout_s=0.01)
    assert str(told.value).splitlines() == [
        "nothing was recorded within 0.01 s that is 2 times direction in, meter M00000004 (there were 0); there is:",
        "  1. create EndDeviceControls, 1 control, M00000003 RCDSwitch.-.Disconnect: HTTP 503 Service Unavailable, no",
        "  2. get MeterReadings, M00000003 to http://mdm: no answer, timed out",
    ]


def test_an_empty_journal_says_so(journal: Journal) -> None:
    with pytest.raises(NotRecorded, match="any exchange; there is:\n  nothing at all"):
        journal.wait_for(timeout_s=0.01)


def test_time_passes_although_nothing_fits_and_the_machines_clock_stands_still(journal: Journal) -> None:
    stop = threading.Event()

    def chatter() -> None:
        while not stop.wait(0.01):
            journal.record(entry())

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        with pytest.raises(NotRecorded):
            journal.wait_for(operation="Nothing", timeout_s=0.3)
    finally:
        stop.set()
        thread.join()


def test_a_count_of_none_is_no_wait(journal: Journal) -> None:
    with pytest.raises(ValueError, match="one exchange at least"):
        journal.wait_for(count=0)


def test_a_match_or_its_fields(journal: Journal) -> None:
    with pytest.raises(TypeError, match="not both"):
        journal.wait_for(ANY, verb="get")


def test_what_another_process_has_not_written_when_all_is_cleared_does_not_come_back(
    open_journal: Callable[[], Journal],
) -> None:
    ours, other = open_journal(), open_journal()
    clock = ManualClock(NOON)
    ours._machine = clock
    early = entry()  # ended a quarter of a second after noon
    clock.advance(timedelta(seconds=1))
    ours.clear()
    other.record(early)
    other.record(entry(5))
    assert other.flush()
    assert [one.at.second for one in ours.entries()] == [5]


def test_a_journal_is_bounded_while_it_is_written(open_journal: Callable[[], Journal]) -> None:
    journal = open_journal()
    journal.kept = replace(journal.kept, entries=100)
    for number in range(300):
        journal.record(entry(number % 60))
        if number % 50 == 49:
            assert journal.flush()
    status = journal.status
    assert status.entries <= 105
    assert status.last == 300
    while journal.forget_old():
        pass
    assert journal.status.entries == 100
