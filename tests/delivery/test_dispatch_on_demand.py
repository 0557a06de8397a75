"""Sending in threads that are there only while there is something to send."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from headend.delivery import DeliveryOutcome, Dispatcher, Meanwhile, OutcomeKind, SoapRequest
from headend.delivery.dispatch_on_demand import DispatchOnDemand
from headend.delivery.dispatch_turn import dispatch_turn
from headend.store import MessageState, NewMessage, OutboxMessage, Store
from simulator.clock import ManualClock
from tests.conftest import NOON
from tests.store.databases import database_url, postgresql_url, sqlite_url, store
from tests.support.patience import eventually

__all__ = ["database_url", "postgresql_url", "sqlite_url", "store"]

DELIVERED = DeliveryOutcome(OutcomeKind.DELIVERED, "Result OK")
SLOW = "http://slow.example/"


def compose(message: OutboxMessage) -> SoapRequest:
    return SoapRequest("CreatedEndDeviceEvents", message.message_id.encode())


@dataclass
class Network:
    """Receivers; the slow one answers when `patience` is set."""

    sent: list[str] = field(default_factory=list)
    is_called: threading.Event = field(default_factory=threading.Event)
    patience: threading.Event = field(default_factory=threading.Event)

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        if destination == SLOW:
            self.is_called.set()
            assert self.patience.wait(30)
        assert isinstance(request.body, bytes)
        self.sent.append(request.body.decode())
        return DELIVERED


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.patience.set()


def queue(store: Store, name: str, destination: str = "http://mdm.example/", at: datetime = NOON) -> None:
    with store.writing() as work:
        work.outbox.add(NewMessage(destination, "created", "EndDeviceEvents", name, [], at))


def on_demand(store: Store, network: Network, clock: ManualClock, threads: int = 4) -> DispatchOnDemand:
    dispatcher = Dispatcher(store, compose, network, clock, clock)
    return DispatchOnDemand(dispatcher, threads, dispatch_turn(store.file))


def is_at_rest(dispatch: DispatchOnDemand) -> bool:
    return not dispatch._busy


def test_what_was_left_behind_is_sent_at_the_start_and_no_thread_stays(store: Store, network: Network) -> None:
    queue(store, "one")
    dispatch = on_demand(store, network, ManualClock(NOON))
    dispatch.start()
    eventually(lambda: network.sent == ["one"] and is_at_rest(dispatch), "it is sent")
    with store.reading() as work:
        assert work.outbox.counts()[MessageState.DELIVERED] == 1
    assert dispatch.stop()


def test_whoever_is_woken_sends(store: Store, network: Network) -> None:
    dispatch = on_demand(store, network, ManualClock(NOON))
    dispatch.start()
    for number in range(5):
        queue(store, f"{number}")
        dispatch.wake()
    eventually(lambda: sorted(network.sent) == list("01234") and is_at_rest(dispatch), "all are sent")
    assert dispatch.stop()


def test_what_becomes_due_is_found_by_a_look(store: Store, network: Network) -> None:
    clock = ManualClock(NOON)
    dispatch = on_demand(store, network, clock)
    dispatch.start()
    queue(store, "later", at=NOON + timedelta(hours=1))
    clock.advance(timedelta(hours=1))
    dispatch.look()
    eventually(lambda: network.sent == ["later"], "it is sent")
    assert dispatch.stop()


def test_a_slow_receiver_holds_up_no_other_one(store: Store, network: Network) -> None:
    dispatch = on_demand(store, network, ManualClock(NOON), threads=2)
    queue(store, "slow", SLOW)
    queue(store, "quick")
    dispatch.start()
    eventually(lambda: network.sent == ["quick"], "the other one is served")
    queue(store, "quick too")
    dispatch.wake()
    eventually(lambda: network.sent == ["quick", "quick too"], "and goes on being served")
    network.patience.set()
    eventually(lambda: network.sent[2:] == ["slow"] and is_at_rest(dispatch), "the slow one is served in the end")
    assert dispatch.stop()


def test_what_comes_while_all_threads_are_busy_is_sent_when_one_is_done(store: Store, network: Network) -> None:
    dispatch = on_demand(store, network, ManualClock(NOON), threads=1)
    queue(store, "slow", SLOW)
    dispatch.start()
    assert network.is_called.wait(10)
    queue(store, "quick")
    dispatch.wake()
    network.patience.set()
    eventually(lambda: network.sent == ["slow", "quick"], "both are sent")
    assert dispatch.stop()


def test_it_does_nothing_before_the_start_and_after_the_end(store: Store, network: Network) -> None:
    dispatch = on_demand(store, network, ManualClock(NOON))
    queue(store, "one")
    dispatch.wake()
    dispatch.look()
    assert not dispatch.is_running
    assert is_at_rest(dispatch)
    dispatch.start()
    eventually(lambda: network.sent == ["one"], "it is sent")
    assert dispatch.stop()
    queue(store, "two")
    dispatch.wake()
    dispatch.look()
    assert is_at_rest(dispatch)
    assert network.sent == ["one"]


def test_the_end_waits_for_what_is_under_way_but_not_for_ever(store: Store, network: Network) -> None:
    dispatch = on_demand(store, network, ManualClock(NOON))
    queue(store, "slow", SLOW)
    dispatch.start()
    assert network.is_called.wait(10)
    assert not dispatch.stop(0.01)
    network.patience.set()
    eventually(lambda: is_at_rest(dispatch), "it ends by itself")


def test_of_two_on_one_file_one_sends_and_hears_the_other(sqlite_url: str, network: Network) -> None:
    other_network = Network()
    store = Store.open(sqlite_url)
    first = on_demand(store, network, ManualClock(NOON))
    second = on_demand(store, other_network, ManualClock(NOON))
    first.start()
    second.start()
    queue(store, "one")
    second.wake()

    def heard() -> bool:
        first.heed()
        return network.sent == ["one"]

    eventually(heard, "the one whose turn it is has heard the bell")
    assert first.stop()
    queue(store, "two")
    second.look()
    eventually(lambda: other_network.sent == ["two"], "the other one takes over")
    assert second.stop()
    store.close()


def test_a_bug_is_logged_and_does_not_end_the_sending(
    store: Store, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    dispatch = on_demand(store, network, ManualClock(NOON))

    def fail() -> None:
        raise RuntimeError("a bug")

    dispatch._dispatcher.look_for_news = fail
    queue(store, "one")
    dispatch.start()
    eventually(lambda: network.sent == ["one"], "what is queued is sent all the same")
    assert dispatch.stop()
    assert "dispatcher failed" in caplog.text
