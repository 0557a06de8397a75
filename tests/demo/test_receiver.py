"""The receiver of events, over HTTP, as a head end meets it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headend.client import Exchange, HeadEndClient, counted_ids, reply_in
from headend.demo.receiver import EventReceiver, event_receiver
from simulator.clock import ManualClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[EventReceiver]:
    with event_receiver(tmp_path, ManualClock(NOON)) as running:
        yield running


@pytest.fixture
def send(receiver: EventReceiver) -> "Iterator[Send]":
    base_url = receiver.url.partition("/services/")[0]
    with HeadEndClient(base_url, ManualClock(NOON), counted_ids("test")) as client:
        yield Send(client)


class Send:
    """Posts to the receiver what a head end would."""

    def __init__(self, client: HeadEndClient) -> None:
        self._client = client

    def __call__(self, message: bytes) -> Exchange:
        return self._client.send("ReceiveEndDeviceEvents", "CreatedEndDeviceEvents", message)


def created(correlation_id: str = "c-1", verb: str = "created", type_attribute: str = "ref") -> bytes:
    return f"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
      <CreatedEndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEventsMessage"
                              xmlns:m="http://iec.ch/TC57/2011/schema/message">
        <Header><m:Verb>{verb}</m:Verb><m:Noun>EndDeviceEvents</m:Noun><m:MessageID>id-{correlation_id}</m:MessageID>
          <m:CorrelationID>{correlation_id}</m:CorrelationID></Header>
        <Payload><EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#"><EndDeviceEvent>
          <createdDateTime>2026-03-02T11:00:00Z</createdDateTime>
          <Assets><Names><name>M00000005</name></Names></Assets>
          <EndDeviceEventType {type_attribute}="3.31.0.68"/></EndDeviceEvent></EndDeviceEvents></Payload>
      </CreatedEndDeviceEvents></s:Body></s:Envelope>""".encode()


@pytest.mark.clause("61968-9:2013 Annex B")
def test_an_event_message_is_acknowledged(send: Send) -> None:
    reply = reply_in(send(created()))
    assert (reply.result, [error.code for error in reply.errors], reply.correlation_id) == ("OK", ["0.3"], "c-1")


def test_what_came_is_kept_as_values(receiver: EventReceiver, send: Send) -> None:
    send(created())
    (received,) = receiver.mailbox.received
    (event,) = received.events
    assert (received.operation, received.header.correlation_id) == ("CreatedEndDeviceEvents", "c-1")
    assert (event.type_code, event.device_name) == ("3.31.0.68", "M00000005")


def test_a_resend_is_answered_as_before_and_kept_once(receiver: EventReceiver, send: Send) -> None:
    first, second = send(created()), send(created())
    assert first.response == second.response
    assert len(receiver.mailbox.received) == 1


def test_messages_are_found_by_their_correlation(receiver: EventReceiver, send: Send) -> None:
    for correlation_id in ("c-1", "c-2"):
        send(created(correlation_id))
    found = receiver.mailbox.wait_for("c-2", timeout_s=0)
    assert found is not None
    assert found.header.message_id == "id-c-2"


def test_waiting_for_what_never_comes_ends(receiver: EventReceiver) -> None:
    assert receiver.mailbox.wait_for("c-9", timeout_s=0.01) is None


def test_a_message_against_the_contract_is_refused_with_its_rule(receiver: EventReceiver, send: Send) -> None:
    reply = reply_in(send(created(type_attribute="rfe")))
    assert reply.result == "FAILED"
    assert "rfe" in (reply.errors[0].details or "")
    assert receiver.mailbox.received == ()


@pytest.mark.clause("61968-100:2013 6")
def test_a_verb_of_another_operation_is_refused(send: Send) -> None:
    reply = reply_in(send(created(verb="changed")))
    assert (reply.result, [error.code for error in reply.errors]) == ("FAILED", ["2.9"])
