"""What the fake MDM takes: everything that the contract says, and nothing else."""

import base64
import gzip
from collections.abc import Iterator

import pytest
from lxml import etree

from headend.contract import Contract, OperationDescription, ServiceDescription
from headend.mdm import FakeMdm, Outcome
from tests.support.client import HeadEndClient
from tests.support.instances import broken, instance
from tests.support.sent_to_mdm import events, identified, late_reply, message, readings, readings_payload
from tests.support.soap_requests import BASE, MESSAGE, envelope

CONTRACT = Contract.load()


def operations() -> Iterator[tuple[ServiceDescription, OperationDescription]]:
    for service in CONTRACT.services.values():
        if service.pattern in ("Receive", "Reply"):
            yield from ((service, operation) for operation in service.operations)


def content(service: ServiceDescription, payload: str | None = None) -> str:
    """A Payload of the service's noun, or with this root element; in a set it stands in operation 1."""
    root = payload or etree.tostring(instance(CONTRACT, service.noun, full=False), encoding="unicode")
    if not service.is_for_operation_sets:
        return f"<Payload>{root}</Payload>"
    operation = f"<m:operationId>1</m:operationId><m:noun>{service.noun}</m:noun><m:verb>create</m:verb>{root}"
    return f'<Payload><OperationSet xmlns:m="{MESSAGE}"><m:Operation>{operation}</m:Operation></OperationSet></Payload>'


@pytest.mark.clause("61968-9:2013 5")
@pytest.mark.parametrize(
    ("service", "operation"), list(operations()), ids=[f"{service.name}.{one.name}" for service, one in operations()]
)
def test_every_operation_of_every_receive_and_reply_service_is_taken(
    shared_mdm: FakeMdm, shared_sender: HeadEndClient, service: ServiceDescription, operation: OperationDescription
) -> None:
    noun = service.message_namespace.rpartition("/")[2].removesuffix("Message")
    sent = message(operation.name, noun, operation.verb, content(service), header_noun=operation.noun)
    reply = shared_sender.post(service.name, sent)
    last = shared_mdm.received[-1]
    assert (reply.result, reply.codes) == ("OK", ["0.3"]), reply.said
    assert (last.service, last.operation, last.outcome) == (service.name, operation.name, Outcome.ACCEPTED)


@pytest.mark.parametrize("noun", ["MeterConfig", "EndDeviceEvents"])
def test_what_breaks_the_schema_is_refused_with_its_rule_and_kept_as_refused(
    shared_mdm: FakeMdm, shared_sender: HeadEndClient, noun: str
) -> None:
    kinds = list(broken(CONTRACT, noun))
    assert len(kinds) > 4
    for kind, payload in kinds:
        text = etree.tostring(payload, encoding="unicode")
        sent = message(f"Created{noun}", noun, "created", f"<Payload>{text}</Payload>")
        reply = shared_sender.post(f"Receive{noun}", sent)
        last = shared_mdm.received[-1]
        assert (kind, reply.result) == (kind, "FAILED")
        assert last.outcome is Outcome.REFUSED
        assert last.refusal == tuple(f"{error.code} {error.details}" for error in reply.errors)


@pytest.mark.parametrize(
    ("service", "sent", "code", "said"),
    [
        ("ReceiveEndDeviceEvents", events(type_attribute="rfe"), "1.8", "rfe"),
        ("ReceiveEndDeviceEvents", events(verb="changed"), "2.9", "'created'"),
        ("ReceiveEndDeviceEvents", events(verb="reply"), "2.9", "'created'"),
        ("ReceiveEndDeviceEvents", message("CreatedEndDeviceEvents", "EndDeviceEvents", "created", ""), "1.7", "every"),
        (
            "ReceiveEndDeviceEvents",
            message("CreatedEndDeviceEvents", "EndDeviceEvents", "created", "", header_noun="MeterReadings"),
            "2.5",
            "'MeterReadings'",
        ),
        ("ReplyMeterReadings", late_reply("M00000001", result="FINE"), "1.8", "FINE"),
    ],
    ids=["schema", "verb", "reply at a Receive service", "no payload", "noun", "result of a late reply"],
)
def test_a_message_against_a_rule_is_refused_with_it(
    mdm: FakeMdm, sender: HeadEndClient, service: str, sent: bytes, code: str, said: str
) -> None:
    reply = sender.post(service, sent)
    (received,) = mdm.received
    assert (reply.result, reply.codes) == ("FAILED", [code])
    assert said in reply.said
    assert (received.outcome, received.answer) == (Outcome.REFUSED, f"FAILED {code}")


def test_an_operation_of_a_set_is_held_against_the_profile_of_its_noun(mdm: FakeMdm, sender: HeadEndClient) -> None:
    service = CONTRACT.services["ReceiveMeterConfigOperationSet"]
    payload = f'<MeterConfig xmlns="{BASE}/MeterConfig#"><Odd/></MeterConfig>'
    noun = "MeterConfigOperationSet"
    sent = message(f"Executed{noun}", noun, "executed", content(service, payload), header_noun="OperationSet")
    reply = sender.post(service.name, sent)
    assert (reply.result, {error.operation_id for error in reply.errors}) == ("FAILED", {1})
    assert mdm.received[0].outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "no body"),
        (b"<Envelope", "well-formed"),
        (b"<!DOCTYPE x []><x/>", "DOCTYPE"),
        (envelope("<Unheard/>"), "Unheard"),
        (readings("M00000001"), "is served at /services/ReceiveMeterReadings"),
        (envelope(f'<CreatedEndDeviceEvents xmlns="{BASE}/EndDeviceEventsMessage"/>'), "Header is missing"),
    ],
    ids=["nothing", "no XML", "a document type", "an unknown element", "the wrong service", "no Header"],
)
def test_what_cannot_be_read_gets_a_fault_and_is_kept_as_refused(
    mdm: FakeMdm, sender: HeadEndClient, sent: bytes, said: str
) -> None:
    reply = sender.post("ReceiveEndDeviceEvents", sent)
    (received,) = mdm.received
    assert reply.fault is not None
    assert said in reply.fault.sentence
    assert (received.outcome, received.refusal) == (Outcome.REFUSED, (reply.fault.sentence,))


def test_what_is_no_soap_message_is_kept_as_refused_too(mdm: FakeMdm, sender: HeadEndClient) -> None:
    answer = sender.http("POST", "/services/ReceiveEndDeviceEvents", [("Content-Type", "text/plain")], b"hello")
    (received,) = mdm.received
    assert answer.status == 415
    assert (received.outcome, received.body) == (Outcome.REFUSED, b"hello")
    assert "HTTP 415" in received.refusal[0]


def test_a_service_that_is_not_there_is_told_and_the_message_kept(mdm: FakeMdm, sender: HeadEndClient) -> None:
    answer = sender.http("POST", "/services/GetMeterReadings", [("Content-Type", "text/xml")], events())
    (received,) = mdm.received
    assert answer.status == 500
    assert "GetMeterReadings is in the contract but is not served" in received.refusal[0]
    assert received.service == "GetMeterReadings"


@pytest.mark.clause("61968-100:2013 6")
@pytest.mark.parametrize(
    "sent",
    [
        readings("M00000001", verb="created", fields=identified("m-1", "c-1")),
        readings("M00000001", verb="reply", fields=identified("m-1", "c-1")),
        late_reply("M00000001", fields=identified("m-1", "c-1")),
        late_reply("M00000001", verb="created", fields=identified("m-1", "c-1")),
    ],
    ids=["created", "Created... with verb reply", "response message", "response message with verb created"],
)
def test_a_late_reply_may_have_any_of_the_shapes_that_head_ends_use(
    mdm: FakeMdm, sender: HeadEndClient, sent: bytes
) -> None:
    assert sender.post("ReplyMeterReadings", sent).result == "OK"
    received = mdm.wait_for("MeterReadings", meter="M00000001", correlation_id="c-1", timeout_s=0)
    assert [meter.name for meter in received.readings] == ["M00000001"]


def test_a_late_reply_tells_its_result(mdm: FakeMdm, sender: HeadEndClient) -> None:
    sender.post("ReplyMeterReadings", late_reply(result="FAILED", error="5.3", fields=identified("m-1", "c-1")))
    received = mdm.wait_for("MeterReadings", verb="reply", correlation_id="c-1", timeout_s=0)
    assert (received.result, [error.code for error in received.errors]) == ("FAILED", ["5.3"])


def test_a_late_reply_about_a_set_comes_where_its_events_come(mdm: FakeMdm, sender: HeadEndClient) -> None:
    noun = "MeterConfigOperationSet"
    reply = f'<Reply xmlns:m="{MESSAGE}"><m:Result>OK</m:Result></Reply>'
    sent = message(f"{noun}ResponseMessage", noun, "reply", reply, header_noun="OperationSet")
    assert sender.post(f"Receive{noun}", sent).result == "OK"
    assert mdm.received[0].result == "OK"


def test_chunks_are_put_together(mdm: FakeMdm, sender: HeadEndClient) -> None:
    sent = readings(*(f"M{number:08}" for number in range(200)))
    pieces = [sent[start : start + 1000] for start in range(0, len(sent), 1000)]
    assert sender.post("ReceiveMeterReadings", pieces).result == "OK"
    assert len(mdm.received[0].readings) == 200


def test_a_compressed_payload_is_kept_inflated(mdm: FakeMdm, sender: HeadEndClient) -> None:
    plain = readings_payload("M00000001").removeprefix("<Payload>").removesuffix("</Payload>")
    text = base64.b64encode(gzip.compress(plain.encode(), mtime=0)).decode()
    packed = (
        f'<Payload><MeterReadings xmlns="{BASE}/MeterReadings#"/><Compressed>{text}</Compressed>'
        "<Format>XML</Format></Payload>"
    )
    sender.post("ReceiveMeterReadings", message("CreatedMeterReadings", "MeterReadings", "created", packed))
    assert mdm.wait_for("MeterReadings", meter="M00000001", timeout_s=0).readings[0].readings[0].value == 12


def test_the_contract_is_served(shared_sender: HeadEndClient) -> None:
    index = shared_sender.get("/services/").body
    wsdl = shared_sender.get("/services/ReplyMeterReadings?wsdl").body
    assert b"Fake MDM" in index
    assert b"ReceiveMeterConfigOperationSet" in index
    assert b'/services/ReplyMeterReadings"/>' in wsdl


def test_a_header_may_hold_what_this_side_does_not_need(mdm: FakeMdm, sender: HeadEndClient) -> None:
    fields = {"Revision": "?", "AckRequired": "true", "Context": "TESTING", "Comment": "none"}
    assert sender.post("ReceiveEndDeviceEvents", events(fields=fields)).result == "OK"
    assert mdm.received[0].header is not None
    assert mdm.received[0].header.context == "TESTING"
