"""What happens by itself reaches subscribers as the fleet's time passes (61968-9:2013, clause 5.2)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from headend.operations.outages import OutageRequest, start_outage
from tests.conftest import NOON
from tests.delivery.receiver import Answer, Received, Receiver, fault, receiver
from tests.support.created_events import created_events
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.patience import eventually
from tests.support.readings import events
from tests.support.settled import settle_after
from tests.support.soap_requests import BASE

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.2")

E = f"{{{BASE}/EndDeviceEvents#}}"


@pytest.fixture
def subscriber() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def lively(tmp_path: Path, subscriber: Receiver) -> Iterator[InProcessHeadEnd]:
    """Two thousand realistic meters: some fifty events a day."""
    with in_process(
        tmp_path, NOON, meters=2_000, conditions="realistic", subscriptions=({"url": subscriber.url},)
    ) as opened:
        opened.head_end.start()
        yield opened


def _mrids(received: list[Received]) -> list[str]:
    bodies = [created_events(got.body) for got in received]
    return [event.findtext(f"{E}mRID") or "" for body in bodies for event in body.iter(f"{E}EndDeviceEvent")]


def _period(lively: InProcessHeadEnd) -> list[str]:
    """mRIDs of what is listed since the start."""
    reply = lively.events(period=(NOON.isoformat(), lively.clock.now().isoformat()))
    return [event.mrid for event in events(reply)]


def test_a_day_of_the_field_is_told_when_the_clock_has_moved_over_it(
    lively: InProcessHeadEnd, subscriber: Receiver
) -> None:
    assert subscriber.received == []
    lively.advance(days=1)
    lively.head_end.dispatcher.wake()
    listed = _period(lively)
    assert len(listed) > 20
    eventually(lambda: set(listed) <= set(_mrids(list(subscriber.received))), "everything that is listed is told")
    told = _mrids(list(subscriber.received))
    assert len(told) == len(set(told))


def test_a_message_carries_the_time_at_which_its_last_event_was_heard(
    lively: InProcessHeadEnd, subscriber: Receiver
) -> None:
    lively.advance(hours=12)
    lively.head_end.dispatcher.wake()
    eventually(lambda: bool(subscriber.received), "a message arrives")
    body = created_events(subscriber.received[0].body)
    stamp = body.findtext(".//{*}Header/{*}Timestamp") or ""
    created = [event.findtext(f"{E}createdDateTime") or "" for event in body.iter(f"{E}EndDeviceEvent")]
    assert NOON < datetime.fromisoformat(stamp) <= lively.clock.now()
    assert max(map(datetime.fromisoformat, created)) <= datetime.fromisoformat(stamp)


def test_an_outage_reaches_the_subscriber(lively: InProcessHeadEnd, subscriber: Receiver) -> None:
    inside = lively.head_end
    with inside.store.writing() as work:
        outage = start_outage(inside.fleet, OutageRequest(node="T00000002"), lively.clock.now(), work)
    lively.advance(minutes=1)
    inside.dispatcher.wake()

    def gasps() -> list[str]:
        bodies = [created_events(got.body) for got in list(subscriber.received)]
        types = [each.get("ref") or "" for body in bodies for each in body.iter(f"{E}EndDeviceEventType")]
        return [code for code in types if code == "3.26.0.85"]

    eventually(lambda: len(gasps()) == outage.meters, "every last gasp arrives")


def test_a_message_that_is_refused_is_sent_again_with_the_same_bytes(
    lively: InProcessHeadEnd, subscriber: Receiver
) -> None:
    subscriber.answers.append(Answer(500, fault("soap:Server", "not now")))
    lively.advance(hours=12)
    lively.head_end.dispatcher.wake()
    eventually(lambda: bool(subscriber.received), "a message arrives")

    settle_after(lively, minutes=1)
    assert subscriber.received[1].body == subscriber.received[0].body
