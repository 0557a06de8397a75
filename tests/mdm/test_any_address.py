"""One address that takes the messages of every service: a ReplyAddress has to do for replies and events alike."""

import pytest

from headend.mdm import FakeMdm, Outcome
from tests.support.client import XML
from tests.support.raw_http import HttpAnswer
from tests.support.sent_to_mdm import events, identified, late_reply, readings, sender_to
from tests.support.soap_requests import envelope


def posted(mdm: FakeMdm, message: bytes, content_type: str = XML) -> HttpAnswer:
    sender = sender_to(mdm.base_url)
    return sender._exchange("POST", mdm.any_url.removeprefix(mdm.base_url), [("Content-Type", content_type)], message)


@pytest.mark.parametrize(
    ("message", "service", "operation"),
    [
        (events(), "ReceiveEndDeviceEvents", "CreatedEndDeviceEvents"),
        (readings("M00000001"), "ReceiveMeterReadings", "CreatedMeterReadings"),
        (readings("M00000001", verb="reply"), "ReplyMeterReadings", "CreatedMeterReadings"),
        (late_reply("M00000001"), "ReplyMeterReadings", "MeterReadingsResponseMessage"),
    ],
    ids=["events", "readings", "Created... with verb reply", "response message"],
)
def test_a_message_is_taken_by_the_service_that_it_belongs_to(
    mdm: FakeMdm, message: bytes, service: str, operation: str
) -> None:
    answer = posted(mdm, message)
    (received,) = mdm.received
    assert (answer.status, received.outcome) == (200, Outcome.ACCEPTED)
    assert (received.service, received.operation) == (service, operation)


def test_it_keeps_the_same_rules_as_the_service_itself(mdm: FakeMdm) -> None:
    assert posted(mdm, events(verb="changed")).status == 200
    posted(mdm, events(fields=identified("m-1")))
    sender_to(mdm.base_url).post("ReceiveEndDeviceEvents", events(fields=identified("m-1")))
    refused, accepted, repeated = mdm.received
    assert refused.refusal[0].startswith("2.9 ")
    assert (accepted.outcome, repeated.outcome) == (Outcome.ACCEPTED, Outcome.REPEATED)


@pytest.mark.parametrize(
    ("message", "content_type", "status", "said"),
    [
        (envelope("<Unheard/>"), XML, 500, "Unheard"),
        (b"<Envelope", XML, 500, "well-formed"),
        (b"hello", "text/plain", 415, "HTTP 415"),
    ],
    ids=["no message of any service", "no XML", "no SOAP"],
)
def test_what_belongs_to_no_service_is_refused_and_kept(
    mdm: FakeMdm, message: bytes, content_type: str, status: int, said: str
) -> None:
    answer = posted(mdm, message, content_type)
    (received,) = mdm.received
    assert (answer.status, received.outcome, received.service) == (status, Outcome.REFUSED, "/any")
    assert said in received.refusal[0]


def test_it_is_for_messages_only(mdm: FakeMdm) -> None:
    answer = sender_to(mdm.base_url).http("GET", "/any")
    assert (answer.status, answer.header("Allow")) == (405, "POST")
