"""What exchanges have exercised, whoever recorded them."""

import pytest

from headend.compose import served_contract
from headend.coverage import Kind, coverage_json, coverage_of, offered_by_contract
from headend.coverage.coverage import offered
from headend.journal import Direction, Message
from headend.messages.compressed import compressed
from headend.operations.reply import reply_codes
from tests.conformance.made_runs import READ, REPLY, entry

TWO = offered(frozenset({"get MeterReadings", "create EndDeviceControls"}))
REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"


def message(operation: str, verb: str, noun: str, content: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<x:{operation} xmlns:x="urn:x"><Header>'
        f"<Verb>{verb}</Verb><Noun>{noun}</Noun></Header><Payload>{content}</Payload></x:{operation}></s:Body></s:Envelope>"
    ).encode()


def test_a_read_exercises_its_operation_types_and_codes() -> None:
    found = coverage_of([entry(), entry()], TWO)
    assert found.seen[Kind.OPERATIONS] == {"get MeterReadings": 2}
    assert found.seen[Kind.READING_TYPES] == {REGISTER: 2}
    assert found.seen[Kind.REPLY_CODES] == {"2.4": 2}
    assert found.results == {("MeterReadings", "get"): frozenset({"PARTIAL"})}
    assert (found.share(Kind.OPERATIONS).percent, found.missing(Kind.OPERATIONS)) == (
        50.0,
        ("create EndDeviceControls",),
    )


def test_controls_and_events_count_without_their_device_type() -> None:
    control = message(
        "CreateEndDeviceControls", "create", "EndDeviceControls", '<EndDeviceControlType ref="0.31.0.23"/>'
    )
    event = message("CreatedEndDeviceEvents", "created", "EndDeviceEvents", '<EndDeviceEventType ref="3.31.0.68"/>')
    found = coverage_of(
        [
            entry(control, operation="CreateEndDeviceControls"),
            entry(event, direction=Direction.IN, operation="CreatedEndDeviceEvents"),
        ],
        TWO,
    )
    assert found.seen[Kind.CONTROL_TYPES] == {"*.31.0.23": 1}
    assert found.seen[Kind.EVENT_TYPES] == {"*.31.0.68": 1}
    assert found.share(Kind.CONTROL_TYPES).percent == pytest.approx(100 / 23)


def test_a_message_that_is_wrong_on_purpose_exercises_no_operation() -> None:
    wrong = READ.replace(b"get<", b"create<")
    assert coverage_of([entry(wrong)], TWO).seen[Kind.OPERATIONS] == {}


def test_a_set_counts_for_the_noun_of_its_service() -> None:
    content = message("ExecuteMeterConfigOperationSet", "execute", "OperationSet", "")
    found = coverage_of([entry(content, operation="ExecuteMeterConfigOperationSet")], TWO)
    assert found.seen[Kind.OPERATIONS] == {"execute MeterConfigOperationSet": 1}


def test_what_is_compressed_counts() -> None:
    inside = f'<MeterReading><Readings><ReadingType ref="{REGISTER}"/></Readings></MeterReading>'.encode()
    packed = b"".join(compressed([inside])).decode()
    reply = message("MeterReadingsResponseMessage", "reply", "MeterReadings", f"<Compressed>{packed}</Compressed>")
    assert coverage_of([entry(response=reply)], TWO).seen[Kind.READING_TYPES] == {REGISTER: 1}


def test_a_fault_is_a_result() -> None:
    fault = REPLY.replace(b"MeterReadingsResponseMessage", b"Fault").replace(b"<Result>PARTIAL</Result>", b"")
    assert coverage_of([entry(response=fault)], TWO).results == {("MeterReadings", "get"): frozenset({"fault"})}


@pytest.mark.parametrize("body", [b"", b"no XML", b"<a><b>", b"\xff\xfe", b"<a>&nothing;</a>"])
def test_what_cannot_be_read_counts_for_nothing(body: bytes) -> None:
    found = coverage_of([entry(body, body), entry(body, None)], TWO)
    assert not any(found.seen.values())


def test_of_a_message_that_was_cut_the_beginning_counts() -> None:
    cut = Message(REPLY[: REPLY.index(b"</Error>")], len(REPLY))
    assert coverage_of([entry(response=None), entry(response=cut.body)], TWO).seen[Kind.REPLY_CODES] == {"2.4": 1}


def test_our_contract_offers_every_operation_that_a_head_end_serves() -> None:
    bounds = offered_by_contract(served_contract()).of
    operations = bounds[Kind.OPERATIONS] or frozenset()
    assert {"get MeterReadings", "created MeterConfig", "execute MeterConfigOperationSet"} <= operations
    assert bounds[Kind.REPLY_CODES] == frozenset(reply_codes())
    one = offered_by_contract(served_contract(), {"GetMeterReadings"}).of[Kind.OPERATIONS]
    assert one == {"get MeterReadings"}


def test_codes_are_told_in_the_order_of_their_numbers() -> None:
    found = coverage_json(coverage_of([], TWO))
    missing = found[Kind.REPLY_CODES.value]["missing"]
    assert missing.index("2.9") < missing.index("2.10") < missing.index("3.1")
    assert found["reading_types"]["percent"] is None
