"""Events are told to those who subscribed (61968-9:2013, clause 5.2)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Answer, Received, Receiver, fault, receiver
from tests.support.created_events import created_events
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.patience import eventually
from tests.support.readings import events
from tests.support.settled import settle_after
from tests.support.soap_requests import BASE, DISCONNECTED, MESSAGE

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.2")

METER = "M00000005"
M, W, E = f"{{{MESSAGE}}}", f"{{{BASE}/EndDeviceEventsMessage}}", f"{{{BASE}/EndDeviceEvents#}}"


@pytest.fixture
def subscriber() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def publishing(tmp_path: Path, subscriber: Receiver) -> Iterator[InProcessHeadEnd]:
    """A head end that tells the subscriber, in the background as in earnest."""
    with in_process(tmp_path, NOON, subscriptions=({"url": subscriber.url},)) as opened:
        opened.head_end.start()
        yield opened


def received(subscriber: Receiver, count: int = 1) -> list[Received]:
    """What has arrived, once it is as many messages."""
    eventually(lambda: len(subscriber.received) >= count, f"{count} messages arrive")
    return list(subscriber.received)


def header(got: Received) -> dict[str, str]:
    return {str(child.tag).removeprefix(M): child.text or "" for child in created_events(got.body)[0]}


def test_a_disconnect_is_told_to_the_subscriber(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.disconnect(METER)
    (got,) = received(subscriber)
    (event,) = created_events(got.body).iter(f"{E}EndDeviceEvent")
    assert event.findtext(f"{E}Assets/{E}Names/{E}name") == METER
    assert event.find(f"{E}EndDeviceEventType").get("ref") == DISCONNECTED  # type: ignore[union-attr]
    assert event.findtext(f"{E}createdDateTime") == "2026-03-02T12:00:00Z"


def test_the_event_that_is_told_is_the_one_that_is_kept(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.disconnect(METER)
    (got,) = received(subscriber)
    (kept,) = events(publishing.events(METER))
    assert [event.findtext(f"{E}mRID") for event in created_events(got.body).iter(f"{E}EndDeviceEvent")] == [kept.mrid]


def test_a_publication_has_the_header_of_an_event(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.disconnect(METER)
    told = header(received(subscriber)[0])
    assert (told["Verb"], told["Noun"], told["Source"]) == ("created", "EndDeviceEvents", "headend")
    assert told["Timestamp"] == "2026-03-02T12:00:00Z"
    assert told["MessageID"]


@pytest.mark.parametrize(
    ("fields", "correlation"),
    [({"CorrelationID": "c-1", "MessageID": "m-1"}, "c-1"), ({"MessageID": "m-1"}, "m-1"), ({}, None)],
    ids=["the CorrelationID", "else the MessageID", "else none"],
)
def test_a_publication_is_correlated_with_the_request_that_caused_it(
    publishing: InProcessHeadEnd, subscriber: Receiver, fields: dict[str, str], correlation: str | None
) -> None:
    publishing.disconnect(METER, fields=fields)
    assert header(received(subscriber)[0]).get("CorrelationID") == correlation


def test_a_publication_goes_out_as_a_soap_1_1_request(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.disconnect(METER)
    (got,) = received(subscriber)
    sent = {name.lower(): value for name, value in got.headers.items()}
    assert sent["content-type"] == "text/xml; charset=utf-8"
    assert sent["soapaction"] == f'"{BASE}/EndDeviceEvents/CreatedEndDeviceEvents"'


def test_all_events_of_one_control_are_told_in_one_message(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    names = [f"M{index:08d}" for index in range(20)]
    publishing.disconnect(*names)
    (got,) = received(subscriber)
    assert [name.text for name in created_events(got.body).iterfind(f".//{E}Assets/{E}Names/{E}name")] == names


def test_a_message_that_is_refused_is_sent_again_with_the_same_bytes(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    subscriber.answers.append(Answer(500, fault("soap:Server", "not now")))
    publishing.disconnect(METER)
    received(subscriber)

    settle_after(publishing, minutes=1)
    first, again = subscriber.received
    assert again.body == first.body


def test_a_refused_control_tells_nobody_anything(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.disconnect("nobody")
    publishing.disconnect(METER)
    (got,) = received(subscriber)
    assert [name.text for name in created_events(got.body).iterfind(f".//{E}Assets/{E}Names/{E}name")] == [METER]


def test_a_resend_tells_nobody_twice(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.disconnect(METER, fields={"MessageID": "m-1"})
    publishing.disconnect(METER, fields={"MessageID": "m-1"})
    publishing.connect(METER)
    first, second = received(subscriber, 2)
    assert header(first)["MessageID"] != header(second)["MessageID"]
    bodies = [created_events(got.body) for got in (first, second)]
    assert [event.get("ref") for body in bodies for event in body.iter(f"{E}EndDeviceEventType")] == [
        "3.31.0.68",
        "3.31.0.42",
    ]
