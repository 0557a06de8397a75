"""A receiver that refuses, breaks off and dawdles gets everything in the end, in order per CorrelationID."""

import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from headend.delivery import Dispatcher, HttpSender, SoapRequest
from headend.store import MessageState, NewMessage, OutboxMessage, Store
from simulator.clock import ManualClock
from tests.delivery.receiver import Answer, Receiver, fault, receiver, reply

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
MESSAGES, CORRELATIONS = 60, 5
BUSY = '<Error xmlns="http://iec.ch/TC57/2011/schema/message"><code>5.1</code></Error>'
REFUSALS = (Answer(body=reply("FAILED", BUSY)), Answer(503, b"down"), Answer(500, fault("s:Server", "no")))
TIMEOUT_S = 0.2


def compose(message: OutboxMessage) -> SoapRequest:
    return SoapRequest("action", message.message_id.encode() + b" " * 100_000)


def moods(chance: Random) -> list[Answer]:
    """Of a hundred calls thirty are refused, ten break off in the middle, ten are not answered in time."""
    answers = [chance.choice(REFUSALS) for _ in range(30)]
    answers += [Answer(hangs_up=True)] * 10 + [Answer(waits=True)] * 10 + [Answer()] * 50
    chance.shuffle(answers)
    return answers


@pytest.mark.parametrize("at_once", [1, 3], ids=["one at once", "three at once"])
def test_everything_arrives_in_order(store: Store, at_once: int) -> None:
    machine = ManualClock(NOON)
    with receiver() as mdm:
        with store.writing() as work:
            work.outbox.add(*(_message(number, mdm.url) for number in range(MESSAGES)))
        mdm.answers.extend(moods(Random(at_once)))
        dispatcher = Dispatcher(
            store, compose, HttpSender(machine, TIMEOUT_S), machine, machine, at_once=at_once, lease_s=3600.0
        )
        for _ in range(1000):
            _deliver(dispatcher, at_once)
            with store.reading() as work:
                if work.outbox.counts()[MessageState.DELIVERED] == MESSAGES:
                    break
            machine.advance(timedelta(minutes=1))
        assert _firsts(mdm) == {
            f"correlation-{one}": list(range(one, MESSAGES, CORRELATIONS)) for one in range(CORRELATIONS)
        }


def _message(number: int, destination: str) -> NewMessage:
    name, correlation = f"message-{number}", f"correlation-{number % CORRELATIONS}"
    return NewMessage(destination, "created", "EndDeviceEvents", name, [], NOON, correlation_id=correlation)


def _deliver(dispatcher: Dispatcher, threads: int) -> None:
    running = [threading.Thread(target=dispatcher.deliver_due) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def _firsts(mdm: Receiver) -> dict[str, list[int]]:
    """Numbers of the messages of each correlation, in the order in which each came for the first time."""
    came: dict[str, list[int]] = defaultdict(list)
    for received in mdm.received:
        number = int(received.body.split()[0].decode().removeprefix("message-"))
        numbers = came[f"correlation-{number % CORRELATIONS}"]
        if number not in numbers:
            numbers.append(number)
    return came
