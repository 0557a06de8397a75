"""On an SQLite file one process sends at a time, and another one goes on in the moment in which it ends."""

import os
import re
import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from time import monotonic

import pytest

from headend.delivery import DeliveryOutcome, Dispatcher, DispatcherThreads, Meanwhile, OutcomeKind, SoapRequest
from headend.delivery.dispatch_turn import EverybodysTurn, dispatch_turn
from headend.store import NewMessage, OutboxMessage, Store
from simulator.clock import ManualClock
from tests.delivery.receiver import Receiver, receiver
from tests.support.patience import eventually
from tests.support.served import ServedHeadEnd, serve

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
TAKEN_OVER_S = 10.0
"""It takes a quarter of a second; this much where a machine has other things to do."""


def test_one_at_a_time_has_the_turn_and_whoever_gives_it_up_lets_the_next_one_have_it(tmp_path: Path) -> None:
    first, second = dispatch_turn(tmp_path / "headend.db"), dispatch_turn(tmp_path / "headend.db")
    assert first.take()
    assert first.take()
    assert not second.take()
    assert (first.is_ours, second.is_ours) == (True, False)
    first.give_up()
    assert second.take()
    second.give_up()


def test_a_database_is_one_by_whatever_name_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "headend.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "headend.db")
    first, second = dispatch_turn(tmp_path / "headend.db"), dispatch_turn(tmp_path / "link.db")
    assert first.take()
    assert not second.take()
    first.give_up()
    second.give_up()


def test_whoever_has_the_turn_hears_each_ring_of_others_once(tmp_path: Path) -> None:
    ours, other = dispatch_turn(tmp_path / "headend.db"), dispatch_turn(tmp_path / "headend.db")
    ours.take()
    other.take()
    assert not ours.was_rung()
    for _ in range(2):
        other.ring()
        assert ours.was_rung()
        assert not ours.was_rung()
    ours.ring()  # it knows
    assert not ours.was_rung()
    ours.give_up()
    other.give_up()


def test_on_a_server_everybody_sends(store: Store) -> None:
    turn = dispatch_turn(store.file)
    assert isinstance(turn, EverybodysTurn) == (store.file is None)


class Named:
    """Keeps by whom messages were sent."""

    def __init__(self, name: str, sent: list[tuple[str, str]]) -> None:
        self._name, self._sent = name, sent

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        del destination
        assert isinstance(request.body, bytes)
        self._sent.append((self._name, request.body.decode()))
        return DeliveryOutcome(OutcomeKind.DELIVERED, "Result OK")


def compose(message: OutboxMessage) -> SoapRequest:
    return SoapRequest("CreatedEndDeviceEvents", message.message_id.encode())


def test_the_one_that_waits_is_heard_at_once_and_takes_over_when_the_other_one_stops(sqlite_url: str) -> None:
    sent: list[tuple[str, str]] = []
    store, clock = Store.open(sqlite_url), ManualClock(NOON)

    def threads(name: str) -> DispatcherThreads:
        dispatcher = Dispatcher(store, compose, Named(name, sent), clock, clock)
        return DispatcherThreads(dispatcher, threads=2, poll_s=60, turn=dispatch_turn(store.file))

    def queue(name: str) -> None:
        with store.writing() as work:
            work.outbox.add(NewMessage("http://mdm.example/", "created", "EndDeviceEvents", name, [], NOON))

    first, second = threads("first"), threads("second")
    first.start()
    second.start()
    queue("one")
    second.wake()
    eventually(lambda: sent == [("first", "one")], "the one that sends is told")
    assert first.stop()
    queue("two")
    second.wake()
    eventually(lambda: sent[1:] == [("second", "two")], "the other one goes on")
    assert second.stop()
    store.close()


def test_what_was_on_its_way_when_a_process_was_killed_is_sent_by_the_next_one_without_waiting_for_its_lease(
    sqlite_url: str,
) -> None:
    sent: list[tuple[str, str]] = []
    store, clock = Store.open(sqlite_url), ManualClock(NOON)
    with store.writing() as work:
        work.outbox.add(NewMessage("http://mdm.example/", "created", "EndDeviceEvents", "one", [], NOON))
        work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=120)
    dispatcher = Dispatcher(store, compose, Named("next", sent), clock, clock)
    threads = DispatcherThreads(dispatcher, poll_s=60, turn=dispatch_turn(store.file))
    threads.start()
    eventually(lambda: sent == [("next", "one")], "it is sent again")
    assert threads.stop()
    store.close()


def senders(mdm: Receiver) -> list[str]:
    """Who sent each message: every head end writes its own Source."""
    return [found[1].decode() for one in mdm.received if (found := re.search(rb"Source>([^<]+)<", one.body))]


def message_ids(mdm: Receiver) -> Counter[bytes]:
    return Counter(found[1] for one in mdm.received if (found := re.search(rb"MessageID>([^<]+)<", one.body)))


def settings(directory: Path, source: str, mdm: Receiver) -> str:
    directory.mkdir()
    file = directory / "headend.yaml"
    file.write_text(f"source: {source}\nsubscriptions: [{{url: {mdm.url!r}}}]\n")
    return f"--config={file}"


def kill(head_end: ServedHeadEnd) -> None:
    """All of its processes, the one that would start new workers first."""
    pid = head_end.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    head_end.process.wait(10)


def test_of_two_head_ends_on_one_file_one_sends_and_when_it_is_killed_the_other_one_does(
    sqlite_url: str, tmp_path: Path
) -> None:
    with (
        receiver() as mdm,
        serve(tmp_path / "one", "real", settings(tmp_path / "one", "ONE", mdm), database=sqlite_url) as one,
        serve(tmp_path / "other", "real", settings(tmp_path / "other", "OTHER", mdm), database=sqlite_url) as other,
    ):
        for number in range(1, 11):
            assert (one, other)[number % 2].disconnect(f"M{number:08d}").result == "OK"
        eventually(lambda: senders(mdm) == ["ONE"] * 10, "all that both have queued is sent by the first")
        kill(one)
        killed = monotonic()
        assert other.disconnect("M00000011").result == "OK"
        # The last ones of the first may come again, where it was killed between their sending and its record.
        ids = eventually(lambda: len(message_ids(mdm)) == 11 and message_ids(mdm), "the other one has taken over")
        assert senders(mdm)[10:] == ["OTHER"] * (sum(ids.values()) - 10)
        assert monotonic() - killed < TAKEN_OVER_S


def listens(head_end: ServedHeadEnd) -> bool:
    try:
        return head_end.get("/livez").status == 200
    except ConnectionError:
        return False


def test_when_the_worker_that_sends_is_killed_another_worker_does(sqlite_url: str, tmp_path: Path) -> None:
    with receiver() as mdm:
        configured = settings(tmp_path / "one", "ONE", mdm)
        with serve(
            tmp_path / "one", "real", configured, "--workers=2", "--log-level=info", database=sqlite_url
        ) as head_end:

            def sending() -> list[str]:
                return re.findall(r"process (\d+) sends what is in the outbox", head_end.log())

            (first,) = eventually(sending, "a worker sends")
            assert head_end.disconnect("M00000001").result == "OK"
            eventually(lambda: len(mdm.received) == 1, "the message arrives")
            assert len(sending()) == 1
            os.kill(int(first), signal.SIGKILL)
            _, second = eventually(lambda: sending()[1:] and sending(), "another worker sends", TAKEN_OVER_S)
            assert second != first
            eventually(lambda: listens(head_end), "it takes requests, too, which it begins after it sends")
            assert head_end.disconnect("M00000002").result == "OK"
            eventually(lambda: len(message_ids(mdm)) == 2, "the next message arrives, too")


class Meeting(Named):
    """Takes a message only when another one is on its way at the same time."""

    def __init__(self, name: str, sent: list[tuple[str, str]], both: Barrier) -> None:
        super().__init__(name, sent)
        self._both = both

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        self._both.wait(10)
        return super().post(destination, request)


@pytest.mark.services
def test_on_postgresql_two_dispatchers_send_side_by_side(postgresql_url: str) -> None:
    sent: list[tuple[str, str]] = []
    store, clock, both = Store.open(postgresql_url), ManualClock(NOON), Barrier(2)
    with store.writing() as work:
        for name in ("one", "other"):
            work.outbox.add(NewMessage(f"http://{name}.example/", "created", "EndDeviceEvents", name, [], NOON))
    threads = [
        DispatcherThreads(
            Dispatcher(store, compose, Meeting(name, sent, both), clock, clock),
            threads=1,
            turn=dispatch_turn(store.file),
        )
        for name in ("first", "second")
    ]
    for one in threads:
        one.start()
    eventually(lambda: len(sent) == 2, "each sends one while the other one does")
    for one in threads:
        assert one.stop()
    assert {name for name, _ in sent} == {"first", "second"}
    assert {message for _, message in sent} == {"one", "other"}
    store.close()
