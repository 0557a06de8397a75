"""Each kind of fault breaks answers in its way, and no others than those that it matches."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.support.in_process import BrokenAnswer, InProcessHeadEnd, in_process
from tests.support.soap_requests import ENERGY, create_end_device_controls, get_meter_readings
from tests.support.wire_rules import BrokenWireRule, checked_reply

METER, OTHER = "M00000003", "M00000004"
ASK = get_meter_readings(METER)


class Machine:
    """Takes down how long the head end slept, and does not."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


MACHINE = Machine()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path_factory.mktemp("broken"), NOON, MACHINE, meters=10) as opened:
        yield opened


@pytest.fixture
def head_end(shared: InProcessHeadEnd) -> Iterator[InProcessHeadEnd]:
    """It, without faults again after each test."""
    MACHINE.slept.clear()
    yield shared
    ControlApi(shared).call("DELETE", "faults")
    ControlApi(shared).call("DELETE", "orderings")


def add(head_end: InProcessHeadEnd, kind: str, **more: Any) -> str:
    made: dict[str, Any] = ControlApi(head_end).post("faults", {"kind": kind, **more})
    return str(made["mrid"])


def broken(head_end: InProcessHeadEnd, kind: str, **more: Any) -> BrokenAnswer:
    """What comes of a read while there is such a fault."""
    add(head_end, kind, **more)
    return head_end.broken("GetMeterReadings", ASK)


def whole(head_end: InProcessHeadEnd) -> bytes:
    return head_end.read(METER).answer.body


def test_a_status_comes_with_its_phrase_and_when_to_try_again(head_end: InProcessHeadEnd) -> None:
    answer = broken(head_end, "http-status", status=429, retry_after=30)
    assert (answer.status, answer.header("Retry-After"), answer.body) == (429, "30", b"Too Many Requests\n")


def test_a_status_is_503_unless_another_is_wanted(head_end: InProcessHeadEnd) -> None:
    answer = broken(head_end, "http-status")
    assert (answer.status, answer.header("Retry-After")) == (503, None)


def test_a_status_that_has_no_body_has_none(head_end: InProcessHeadEnd) -> None:
    answer = broken(head_end, "http-status", status=204)
    assert (answer.body, answer.promised) == (b"", None)


@pytest.mark.parametrize(
    ("kind", "parameters"), [("connection-refused", {}), ("reset", {}), ("truncated", {"bytes": 0})]
)
def test_no_byte_comes(head_end: InProcessHeadEnd, kind: str, parameters: dict[str, Any]) -> None:
    assert broken(head_end, kind, **parameters).is_lost


@pytest.mark.parametrize(
    ("kind", "parameters", "share"),
    [("truncated", {}, 0.5), ("truncated", {"fraction": 0.1}, 0.1), ("truncated", {"bytes": 100}, None),
     ("reset", {"bytes": 100}, None)],
)  # fmt: skip
def test_a_part_of_what_was_promised_comes(
    head_end: InProcessHeadEnd, kind: str, parameters: dict[str, Any], share: float | None
) -> None:
    right = whole(head_end)
    answer = broken(head_end, kind, **parameters)
    assert answer.promised == len(right)
    assert answer.body == right[: 100 if share is None else int(len(right) * share)]


def test_however_much_is_wanted_the_last_byte_never_comes(head_end: InProcessHeadEnd) -> None:
    answer = broken(head_end, "truncated", bytes=10**6)
    assert len(answer.body) + 1 == answer.promised


def test_a_drip_brings_all_of_it_slowly(head_end: InProcessHeadEnd) -> None:
    right = whole(head_end)
    assert broken(head_end, "slow-drip", bytes_per_second=1000).body == right
    assert sum(MACHINE.slept) == pytest.approx(len(right) / 1000)
    assert max(MACHINE.slept) == pytest.approx(0.1)


def test_what_is_malformed_has_a_wrong_last_end_tag(head_end: InProcessHeadEnd) -> None:
    right = whole(head_end)
    answer = broken(head_end, "malformed-xml")
    assert answer.body == right.replace(b"</soap:Envelope>", b"</soap:Envelope->")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer.body)


def test_the_namespace_of_the_wrapper_is_of_no_message(head_end: InProcessHeadEnd) -> None:
    answer = broken(head_end, "wrong-namespace")
    element = etree.fromstring(answer.body)[0][0]
    assert element.tag == "{http://iec.ch/TC57/1999/GetMeterReadingsMessage}MeterReadingsResponseMessage"


@pytest.mark.parametrize("how", ["unknown-element", "wrong-order", "missing-element", "bad-date"])
def test_the_schema_is_broken_in_each_way(head_end: InProcessHeadEnd, how: str) -> None:
    answer = broken(head_end, "schema-invalid", how=how)
    assert answer.promised == len(answer.body)
    with pytest.raises(BrokenWireRule, match="the message is valid"):
        checked_reply("/services/GetMeterReadings", answer)


@pytest.mark.parametrize("kind", ["schema-invalid", "wrong-namespace", "malformed-xml"])
def test_a_fault_of_soap_breaks_too(head_end: InProcessHeadEnd, kind: str) -> None:
    add(head_end, kind)
    answer = head_end.broken("GetMeterReadings", b"<no/>")
    assert answer.status == 500
    with pytest.raises(BrokenWireRule):
        checked_reply("/services/GetMeterReadings", answer)


def test_noise_is_the_same_for_the_same_fault_and_another_for_another(head_end: InProcessHeadEnd) -> None:
    first = broken(head_end, "random-data", bytes=70_000)
    assert (len(first.body), first.promised) == (70_000, 70_000)
    assert head_end.broken("GetMeterReadings", ASK).body == first.body
    ControlApi(head_end).call("DELETE", "faults")
    assert not broken(head_end, "random-data", bytes=70_001).body.startswith(first.body)


def test_an_empty_body_is_said_to_be_empty(head_end: InProcessHeadEnd) -> None:
    answer = broken(head_end, "empty-body")
    assert (answer.status, answer.body, answer.promised) == (200, b"", 0)


def test_a_reply_code_refuses_and_nothing_is_carried_out(head_end: InProcessHeadEnd) -> None:
    add(head_end, "reply-code", code="5.1", details="come back", match={"operation": "CreateEndDeviceControls"})
    reply = head_end.disconnect(OTHER)
    assert (reply.result, [(one.code, one.level, one.details) for one in reply.errors]) == (
        "FAILED",
        [("5.1", "FATAL", "come back")],
    )
    assert ControlApi(head_end).get("controls")["total"] == 0


def test_a_reply_code_of_a_part_stands_beside_what_was_done(head_end: InProcessHeadEnd) -> None:
    add(head_end, "reply-code", code="5.7", result="PARTIAL")
    reply = head_end.read(METER)
    assert (reply.result, [(one.code, one.level) for one in reply.errors]) == ("PARTIAL", [("5.7", "WARNING")])
    assert b"<MeterReading>" in reply.answer.body


def test_stale_data_is_what_was_known_then_and_told_now(head_end: InProcessHeadEnd) -> None:
    head_end.advance(days=1)
    fresh = head_end.read(METER, reading_types=[ENERGY])
    add(head_end, "stale-data", age="P1D")
    stale = head_end.read(METER, reading_types=[ENERGY])
    stamps = [etree.fromstring(one.answer.body).findtext(".//{*}Readings/{*}timeStamp") for one in (fresh, stale)]
    assert stamps == ["2026-03-03T12:00:00Z", "2026-03-02T12:00:00Z"]
    assert stale.header["Timestamp"] == "2026-03-03T12:00:00Z"
    head_end.clock.instant -= timedelta(days=1)


def test_what_is_carried_out_is_carried_out_now(head_end: InProcessHeadEnd) -> None:
    mrid = add(head_end, "stale-data")
    head_end.connect(METER)
    assert used(head_end, mrid) == 0


@pytest.mark.parametrize("kind", ["connection-refused", "http-status"])
def test_what_stands_before_a_request_keeps_it_from_being_carried_out(head_end: InProcessHeadEnd, kind: str) -> None:
    before = ControlApi(head_end).get("controls")["total"]
    add(head_end, kind)
    head_end.broken("ExecuteEndDeviceControls", create_end_device_controls(METER))
    assert ControlApi(head_end).get("controls")["total"] == before


def test_what_breaks_an_answer_comes_when_the_request_was_carried_out(head_end: InProcessHeadEnd) -> None:
    before = ControlApi(head_end).get("controls")["total"]
    add(head_end, "reset")
    head_end.broken("ExecuteEndDeviceControls", create_end_device_controls(METER))
    assert ControlApi(head_end).get("controls")["total"] == before + 1


def test_an_answer_waits_for_the_delay(head_end: InProcessHeadEnd) -> None:
    broken(head_end, "http-status", delay="PT5S")
    assert MACHINE.slept == [5.0]


def used(head_end: InProcessHeadEnd, mrid: str) -> int:
    (one,) = [one for one in ControlApi(head_end).get("faults")["faults"] if one["mrid"] == mrid]
    return int(one["used"])


@pytest.mark.parametrize(
    "match",
    [
        {"direction": "answer"}, {"service": "GetMeterReadings"}, {"operation": "GetMeterReadings"}, {"verb": "get"},
        {"verb": "reply"}, {"noun": "MeterReadings"}, {"meter": METER}, {"correlation_id": "x-1"},
    ],
    ids=str,
)  # fmt: skip
def test_a_fault_acts_on_what_it_matches(head_end: InProcessHeadEnd, match: dict[str, str]) -> None:
    add(head_end, "empty-body", match=match)
    assert head_end.broken("GetMeterReadings", get_meter_readings(METER, fields={"CorrelationID": "x-1"})).body == b""


@pytest.mark.parametrize(
    "match",
    [
        {"direction": "message"}, {"service": "GetEndDeviceEvents"}, {"operation": "GetEndDeviceEvents"},
        {"verb": "create"}, {"noun": "EndDeviceEvents"}, {"meter": OTHER}, {"correlation_id": "x-1"},
        {"destination": "http://mdm.example"},
    ],
    ids=str,
)  # fmt: skip
def test_a_fault_leaves_alone_what_it_does_not_match(head_end: InProcessHeadEnd, match: dict[str, str]) -> None:
    mrid = add(head_end, "empty-body", match=match)
    assert head_end.read(METER).result == "OK"
    assert used(head_end, mrid) == 0


def test_what_is_no_message_of_the_contract_is_matched_by_its_service_alone(head_end: InProcessHeadEnd) -> None:
    add(head_end, "empty-body", match={"noun": "MeterReadings"})
    assert head_end.post("GetMeterReadings", b"<no/>").fault is not None
    add(head_end, "empty-body", match={"service": "GetMeterReadings"})
    assert head_end.broken("GetMeterReadings", b"<no/>").body == b""


def test_a_refused_request_is_matched_like_any_other(head_end: InProcessHeadEnd) -> None:
    add(head_end, "empty-body", match={"meter": METER, "verb": "get"})
    refused = get_meter_readings(METER).replace(b"get</", b"got</")
    assert head_end.broken("GetMeterReadings", refused).body == b""


def test_it_acts_as_often_as_it_is_to(head_end: InProcessHeadEnd) -> None:
    mrid = add(head_end, "empty-body", times=2)
    for _ in range(2):
        head_end.broken("GetMeterReadings", ASK)
    assert head_end.read(METER).result == "OK"
    assert used(head_end, mrid) == 2


def test_the_oldest_that_matches_acts(head_end: InProcessHeadEnd) -> None:
    add(head_end, "http-status", times=1)
    add(head_end, "empty-body")
    assert [head_end.broken("GetMeterReadings", ASK).status for _ in range(2)] == [503, 200]


def test_where_chance_spares_it_the_next_one_acts(head_end: InProcessHeadEnd) -> None:
    mrid = add(head_end, "http-status", probability=0.3)
    add(head_end, "empty-body")
    statuses = [head_end.broken("GetMeterReadings", ASK).status for _ in range(40)]
    assert 4 <= statuses.count(503) <= 20
    assert used(head_end, mrid) == statuses.count(503)


def test_a_fault_that_is_cleared_acts_no_more(head_end: InProcessHeadEnd) -> None:
    mrid = add(head_end, "empty-body")
    assert ControlApi(head_end).call("DELETE", f"faults/{mrid}").status == 204
    assert head_end.read(METER).result == "OK"


def test_an_ordering_and_a_fault_act_on_the_same_answer(head_end: InProcessHeadEnd) -> None:
    ControlApi(head_end).post("orderings", {"kind": "late", "delay": "PT7S"})
    assert broken(head_end, "empty-body").body == b""
    assert MACHINE.slept == [7.0]


def test_what_is_lost_stays_lost_whatever_breaks(head_end: InProcessHeadEnd) -> None:
    ControlApi(head_end).post("orderings", {"kind": "never"})
    assert broken(head_end, "malformed-xml").is_lost


def test_a_reply_is_lost_by_the_ordering_of_that_fault(head_end: InProcessHeadEnd) -> None:
    mrid = add(head_end, "lost-reply", times=1)
    answer = head_end._exchange("POST", "/services/GetMeterReadings", [("Content-Type", "text/xml")], ASK)
    assert not answer.body
    assert used(head_end, mrid) == 1


def test_a_reply_is_late_by_the_ordering_of_that_fault(head_end: InProcessHeadEnd) -> None:
    add(head_end, "late-reply", delay="PT9S")
    assert head_end.read(METER).result == "OK"
    assert MACHINE.slept == [9.0]
