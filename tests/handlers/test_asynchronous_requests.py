"""Asynchronous requests: acknowledged in the call, answered later at the ReplyAddress (61968-100:2013, clause 6)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Answer, Receiver, fault, receiver, reply
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.late_replies import asynchronous, late_replies, late_reply, messages
from tests.support.readings import meters, registers
from tests.support.settled import settle
from tests.support.soap_requests import BASE, ENERGY, create_meter_readings, request_option, wanted_reading

pytestmark = pytest.mark.clause("61968-100:2013, clause 6; 61968-9:2013, clause 5.3")

METER = "M00000005"
READINGS = f"{BASE}/MeterReadings/CreatedMeterReadings"

FLEET = """\
templates:
  - {name: good, count: 2, names: {prefix: G, digits: 1}}
  - name: silent
    count: 2
    names: {prefix: S, digits: 1}
    conditions: {communication: {read_success: 0, tries: 3, retry_after_s: 30}}
"""


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Two meters that answer, and two of which the head end knows after 90 s that they do not."""
    file = tmp_path / "fleet.yaml"
    file.write_text(FLEET, "utf-8")
    return file


def test_the_call_acknowledges_and_the_reply_follows(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    """DX-1."""
    ack = head_end.read(METER, reading_types=[ENERGY], fields=asynchronous(mdm))
    assert (ack.result, ack.codes, ack.has_payload) == ("OK", ["0.3"], False)
    assert ack.header["CorrelationID"] == "c-1"

    (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert (late.result, late.codes) == ("OK", ["0.0"])
    assert (late.header["Verb"], late.header["Noun"]) == ("reply", "MeterReadings")
    assert late.header["CorrelationID"] == "c-1"
    assert late.header["MessageID"] not in ("", ack.header["MessageID"])
    assert registers(late) == registers(head_end.read(METER, reading_types=[ENERGY]))


def test_the_late_reply_has_the_action_of_the_reply_service(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    head_end.read(METER, fields=asynchronous(mdm))
    settle(head_end)
    (late,) = messages(head_end, mdm.received)
    assert (late.name, late.soap_action) == ("MeterReadingsResponseMessage", READINGS)


def test_without_a_correlation_id_it_is_the_message_id(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    head_end.read(METER, fields=asynchronous(mdm, CorrelationID=""))
    (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert late.header["CorrelationID"] == "m-1"


def test_an_unknown_meter_is_told_in_the_call_and_with_the_readings(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    ack = head_end.read(METER, "nobody", "no one", fields=asynchronous(mdm))
    assert (ack.result, ack.codes, ack.has_payload) == ("PARTIAL", ["2.4", "2.4", "0.3"], False)
    assert [error.object_id for error in ack.errors] == ["nobody", "no one", None]
    (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert (late.result, late.codes, meters(late)) == ("PARTIAL", ["2.4", "2.4", "0.2"], [METER])


INVALID: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    "no meter is known": ({}, ("nobody",), "2.4"),
    "the address is the name of a system": ({"ReplyAddress": "MDM"}, (METER,), "1.5"),
    "the address is NONE": ({"ReplyAddress": "NONE"}, (METER,), "1.5"),
    "there is no address": ({"ReplyAddress": ""}, (METER,), "1.5"),
    "the flag is none": ({"AsyncReplyFlag": "?"}, (METER,), "1.8"),
}


@pytest.mark.parametrize(("fields", "names", "code"), INVALID.values(), ids=INVALID.keys())
def test_an_invalid_request_has_failed_at_once_and_nothing_follows(
    head_end: InProcessHeadEnd, mdm: Receiver, fields: dict[str, str], names: tuple[str, ...], code: str
) -> None:
    ack = head_end.read(*names, fields=asynchronous(mdm, **fields))
    assert (ack.result, ack.codes) == ("FAILED", [code])
    head_end.advance(days=1)
    assert late_replies(head_end, mdm, "MeterReadings") == []


@pytest.mark.parametrize("address", [None, "NONE"], ids=["that is good", "that is ignored"])
def test_a_one_way_request_is_acknowledged_and_nothing_follows(
    head_end: InProcessHeadEnd, mdm: Receiver, address: str | None
) -> None:
    ack = head_end.read(METER, fields=asynchronous(mdm, AckRequired="false", ReplyAddress=address or mdm.url))
    assert (ack.result, ack.codes, ack.has_payload) == ("OK", ["0.3"], False)
    assert late_replies(head_end, mdm, "MeterReadings") == []


def test_an_address_without_the_flag_leaves_the_request_synchronous(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    assert head_end.read(METER, fields=asynchronous(mdm, AsyncReplyFlag="false")).has_payload
    assert late_replies(head_end, mdm, "MeterReadings") == []


def test_the_readings_of_many_meters_come_in_parts_in_order(tmp_path: Path, mdm: Receiver) -> None:
    names = [f"M{index:08d}" for index in range(10, 17)]
    with in_process(tmp_path, NOON, meters_per_reply=3) as head_end:
        ack = head_end.read(*names, "nobody", fields=asynchronous(mdm))
        assert (ack.result, ack.codes) == ("PARTIAL", ["2.4", "0.3"])
        parts = late_replies(head_end, mdm, "MeterReadings")
    assert [(part.result, part.codes) for part in parts] == [
        ("PARTIAL", ["0.1"]),
        ("PARTIAL", ["0.1"]),
        ("PARTIAL", ["2.4", "0.2"]),
    ]
    assert [meters(part) for part in parts] == [names[:3], names[3:6], names[6:]]
    assert {part.header["CorrelationID"] for part in parts} == {"c-1"}
    assert len({part.header["MessageID"] for part in parts}) == 3


def test_a_part_that_is_not_taken_keeps_those_behind_it_back(tmp_path: Path, mdm: Receiver) -> None:
    mdm.answers.extend([Answer(), Answer(503, b"")])
    with in_process(tmp_path, NOON, meters_per_reply=1) as head_end:
        head_end.read("M00000001", "M00000002", "M00000003", fields=asynchronous(mdm))
        assert [meters(part) for part in late_replies(head_end, mdm, "MeterReadings")] == [["M00000001"], ["M00000002"]]
        head_end.advance(minutes=1)
        parts = late_replies(head_end, mdm, "MeterReadings")
    assert [meters(part) for part in parts[2:]] == [["M00000002"], ["M00000003"]]
    assert parts[1].raw == parts[2].raw


def test_the_outbox_keeps_the_request_once_however_many_parts_there_are(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, meters_per_reply=1) as head_end:
        head_end.read("M00000001", "M00000002", "M00000003", fields=asynchronous(mdm))
        for _ in range(2):
            with head_end.head_end.store.reading() as work:
                kept = [one.recipe for one in work.outbox.find() if one.recipe is not None]
            assert len(kept) == 1
            settle(head_end)


def test_what_is_asked_for_late_is_as_of_the_call(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    """Nothing is sent by itself until the dispatcher runs: the time may move before."""
    now = head_end.read(METER, reading_types=[ENERGY])
    head_end.read(METER, reading_types=[ENERGY], fields=asynchronous(mdm))
    head_end.advance(hours=5)
    (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert registers(late) == registers(now)
    assert late.header["Timestamp"] == "2026-03-02T12:00:00Z"


def test_the_reply_leaves_when_the_field_has_answered(tmp_path: Path, fleet: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        ack = head_end.read("G0", "S0", fields=asynchronous(mdm))
        assert (ack.result, ack.codes) == ("OK", ["0.3"])
        assert late_replies(head_end, mdm, "MeterReadings") == []
        head_end.advance(seconds=89)
        assert late_replies(head_end, mdm, "MeterReadings") == []
        head_end.advance(seconds=1)
        (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert (late.result, late.codes, meters(late)) == ("PARTIAL", ["4.1", "0.2"], ["G0"])
    assert late.header["Timestamp"] == "2026-03-02T12:01:30Z"


def test_where_no_meter_answers_the_late_reply_has_failed(tmp_path: Path, fleet: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        ack = head_end.read("S0", "S1", fields=asynchronous(mdm))
        assert (ack.result, ack.codes) == ("OK", ["0.3"])
        head_end.advance(seconds=90)
        (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert (late.result, late.codes, late.has_payload) == ("FAILED", ["4.1", "4.1"], False)


WAITS: dict[str, tuple[dict[str, int], str, int]] = {
    "as the setting says": ({"async_wait_s": 40}, "", 40),
    "as the request says, if that is less": ({}, request_option("MaximumExecutionTime", "1"), 60),
}


@pytest.mark.parametrize(("settings", "request_part", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_nobody_is_waited_for_longer(
    tmp_path: Path, fleet: Path, mdm: Receiver, settings: dict[str, int], request_part: str, seconds: int
) -> None:
    with in_process(tmp_path, NOON, fleet=fleet, **settings) as head_end:
        head_end.read("G0", "S0", request=request_part, fields=asynchronous(mdm))
        head_end.advance(seconds=seconds)
        (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert late.codes == ["4.1", "0.2"]


def test_a_resend_is_acknowledged_again_and_answered_once(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    fields = asynchronous(mdm)
    first = head_end.read(METER, fields=fields)
    head_end.advance(minutes=1)
    assert head_end.read(METER, fields=fields).raw == first.raw
    assert len(late_replies(head_end, mdm, "MeterReadings")) == 1


@pytest.mark.parametrize(
    "refusal",
    [Answer(500, fault("soap:Server", "not now")), Answer(body=reply("FAILED")), Answer(503, b"")],
    ids=["a fault", "FAILED", "an HTTP error"],
)
def test_a_reply_that_is_not_taken_is_sent_again_with_the_same_bytes(
    head_end: InProcessHeadEnd, mdm: Receiver, refusal: Answer
) -> None:
    mdm.answers.append(refusal)
    head_end.read(METER, fields=asynchronous(mdm))
    settle(head_end)
    head_end.disconnect(METER)
    head_end.advance(minutes=1)
    settle(head_end)
    first, again = mdm.received
    assert first.body == again.body
    assert late_reply(again, "ReplyMeterReadings").result == "OK"


def test_what_was_acknowledged_is_answered_after_a_restart(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON) as before:
        assert before.read(METER, fields=asynchronous(mdm)).result == "OK"
        expected = before.read(METER)
    with in_process(tmp_path, NOON) as after:
        (late,) = late_replies(after, mdm, "MeterReadings")
    assert registers(late) == registers(expected)


def test_whoever_wants_it_compressed_is_told_that_late_replies_are_plain(
    head_end: InProcessHeadEnd, mdm: Receiver
) -> None:
    ack = head_end.read(METER, request=request_option("Compressed", "true"), fields=asynchronous(mdm))
    assert (ack.result, ack.codes) == ("OK", ["1.8", "0.3"])
    assert ack.errors[0].details == "a compressed payload was asked for; late replies leave plain"
    (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert (late.codes, meters(late), late.is_compressed) == (["0.0"], [METER], False)


def test_events_are_answered_late_as_they_were_at_the_call(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    head_end.disconnect(METER)
    ack = head_end.events(METER, fields=asynchronous(mdm))
    assert (ack.result, ack.codes, ack.has_payload) == ("OK", ["0.3"], False)
    head_end.connect(METER)
    (late,) = late_replies(head_end, mdm, "EndDeviceEvents")
    assert [event.get("ref") for event in late.payload.iter("{*}EndDeviceEventType")] == ["3.31.0.68"]


def test_as_created_the_readings_leave_by_the_operation_of_the_reply_service(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, late_reply="created", meters_per_reply=1) as head_end:
        head_end.read(METER, "M00000006", fields=asynchronous(mdm))
        settle(head_end)
        found = messages(head_end, mdm.received)
    assert [one.name for one in found] == ["CreatedMeterReadings"] * 2
    assert {(one.header["Verb"], one.header["CorrelationID"], one.soap_action) for one in found} == {
        ("created", "c-1", READINGS)
    }


def test_as_created_what_tells_of_failures_is_still_a_reply(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, late_reply="created") as head_end:
        head_end.read(METER, "nobody", fields=asynchronous(mdm))
        (late,) = late_replies(head_end, mdm, "MeterReadings")
    assert (late.result, late.codes, meters(late)) == ("PARTIAL", ["2.4", "0.2"], [METER])


def test_the_early_dialect_gets_its_created_readings_and_no_other_reply(
    head_end: InProcessHeadEnd, mdm: Receiver
) -> None:
    request = create_meter_readings(wanted_reading(METER), fields=asynchronous(mdm))
    assert head_end.post("ExecuteMeterReadings", request).codes == ["0.3"]
    (readings,) = messages(head_end, mdm.received)
    assert (readings.name, readings.header["CorrelationID"]) == ("CreatedMeterReadings", "c-1")
