"""Each way to be broken is found by the case that is meant for it, in the words that are meant."""
# ruff: noqa: E501  # a table reads better with its rows on lines

from typing import Any

import pytest

from headend.conformance.check import Outcome
from headend.conformance.run import CaseResult
from tests.conformance import breaks as b
from tests.conformance.judged import Break, Judged

READING = "MeterReadings/MeterReading"
INTERVALS = "IntervalBlocks/IntervalReadings"

CASES: list[tuple[str, Break, str, str]] = [
    # what is broken, how, who finds it, in which words
    ("CorrelationID dropped", b.answers(b.removed("Header/CorrelationID")), "header.correlation-id", "has the CorrelationID"),
    ("CorrelationID dropped, by all messages", b.answers(b.removed("Header/CorrelationID")), "epri.mv-01", "refers to its request"),
    ("MessageID repeated", b.answers(b.text("Header/MessageID", "1")), "header.reply-identity", "no MessageID is used twice"),
    ("wrong verb", b.answers(b.text("Header/Verb", "create")), "header.reply-verb", "has the verb reply"),
    ("wrong noun", b.answers(b.text("Header/Noun", "MeterConfig"), "GetMeterReadings"), "header.reply-verb", "has its noun"),
    ("Timestamp without zone", b.answers(b.text("Header/Timestamp", "2026-03-02T12:00:00")), "header.reply-identity", "with a zone"),
    ("wrong namespace", b.answered_bytes(b"2011/GetMeterReadingsMessage", b"2011/MeterReadingsMessage", "GetMeterReadings"), "contract.declared-replies", "is the declared element"),
    ("schema-invalid reply", b.answers(b.with_element("MeterReading/Readings", "colour")), "contract.declared-replies", "is valid"),
    ("schema-invalid reply, by all messages", b.answers(b.with_element("MeterReading/Readings", "colour")), "epri.mv-02", "is valid"),
    ("missing reading", b.answers(b.removed(INTERVALS, slice(7, 8))), "reading.intervals-of-a-day", "has 96 intervals"),
    ("reading twice", b.answers(b.doubled(INTERVALS)), "reading.intervals-of-a-day", "in step"),
    ("values that do not add up", b.answers(b.text(f"{INTERVALS}/value", "1")), "reading.intervals-and-registers", "difference of the registers"),
    ("wrong quality", b.answers(b.reference("ReadingQualities/ReadingQualityType", "2.99")), "reading.qualities", "code of Annex D"),
    ("wrong reading type", b.answers(b.reference("Readings/ReadingType", "1.2.3")), "reading.reading-types", "of Annex C"),
    ("register going back", b.answers(b.register_goes_back), "reading.registers-never-go-back", "smaller than the one before"),
    ("a long day with 96 intervals", b.answers(b.only_if(INTERVALS, 100, b.removed(INTERVALS, slice(96, 100)))), "reading.day-of-changed-clocks", "a day of 25 hours has 100 intervals"),
    ("a short day with 96 intervals", b.answers(b.only_if(INTERVALS, 92, b.all_of(*[b.doubled(INTERVALS)] * 4))), "reading.day-of-changed-clocks", "a day of 23 hours has 92 intervals"),
    ("PARTIAL reported as OK", b.answered_bytes(b">PARTIAL<", b">OK<"), "reading.partial", "a part is missing"),
    ("a gap passed over", b.answered_bytes(b">PARTIAL<", b">OK<"), "reading.gap", "a part is missing"),
    ("unknown meter answered OK", b.answers(b.all_of(b.text("Reply/Result", "OK"), b.removed("Reply/Error"))), "reading.unknown-meter", "it is refused"),
    ("unknown device of a control answered OK", b.answers(b.text("Reply/Result", "OK")), "controls.unknown-device", "it is refused"),
    ("FAILED without an Error", b.answers(b.removed("Reply/Error")), "errors.failed-says-why", "FAILED comes with an Error"),
    ("another meter's readings", b.requests(b"M00000000", b"M00000009"), "reading.registers-on-demand", "the meter that was asked for"),
    ("a replay is taken", b.unheard("ReplayDetection"), "header.replay", "refused the second time"),
    ("HTTP 200 fault", b.status("500", "200 OK"), "contract.faults", "the fault is HTTP 500"),
    ("HTTP 400 fault", b.status("500", "400 Bad Request"), "contract.faults", "the fault is HTTP 500"),
    ("qualified faultcode", b.answered_bytes(b"faultcode>", b"soap:faultcode>"), "contract.faults", "unqualified"),
    ("wrong Content-Type", b.header("Content-Type", "text/plain"), "contract.soap-answers", "Content-Type is text/xml"),
    ("a byte before the XML", b.answered_bytes(b"<?xml", b"\n<?xml"), "contract.soap-answers", "not one byte"),
    ("not well-formed", b.answered_bytes(b"</soap:Body>", b""), "contract.soap-answers", "well-formed"),
    ("WSDL with wrong address", b.contract_files(r"127\.0\.0\.1:\d+/services", "hes.internal/services"), "contract.addresses", "at the host and port"),
    ("WSDL without an operation", b.contract_files(r'<wsdl:operation name="CancelEndDeviceControls">.*?</wsdl:operation>', ""), "contract.operations", "CancelEndDeviceControls"),
    ("rpc style", b.contract_files('style="document"', 'style="rpc"'), "contract.wsdl-form", "document style"),
    ("WSDL in another namespace", b.contract_files("2011/GetMeterReadingsMessage", "2012/GetMeterReadingsMessage"), "contract.names", "message namespace of MeterReadings"),
    ("schema that does not compile", b.contract_files('type="tns:EndDevice"', 'type="tns:Nothing"'), "contract.schemas", "compile"),
    ("missing service", b.missing_service("GetEndDeviceEvents"), "contract.core-services", "GetEndDeviceEvents is served"),
    ("disconnect that connects", b.requests(b"3.31.0.23", b"3.31.0.18"), "controls.disconnect", "reports success"),
    ("disconnect without effect", b.acknowledged("CreateEndDeviceControls"), "controls.no-energy-after-disconnect", "the intervals are zero"),
    ("cancel without effect", b.acknowledged("CancelEndDeviceControls"), "controls.cancelled", "was not disconnected"),
    ("schedule that goes on", b.acknowledged("CancelMeterReadSchedule"), "schedules.cancelled", "nothing arrives"),
    ("schedule that is not kept", b.acknowledged("CreateMeterReadSchedule"), "schedules.readings-arrive", "readings arrive"),
    ("event listed twice", b.answers(b.doubled("EndDeviceEvents/EndDeviceEvent")), "events.caused", "no event is listed twice"),
    ("unknown event type", b.answers(b.reference("EndDeviceEvent/EndDeviceEventType", "3.12")), "events.caused", "type of Annex E"),
    ("filter that filters nothing", b.unheard("EndDeviceEventType"), "events.by-type", "only that type comes"),
    ("object that is not kept", b.acknowledged("CreateCustomerConfig"), "master-data.life-of-customer", "can be got by its name"),
    ("object that is not deleted", b.acknowledged("DeleteMeterConfig"), "master-data.life-of-meter", "unknown afterwards"),
    ("set without integrity", b.requests(b"Integrity>true", b"Integrity>false"), "operation-sets.all-or-nothing", "it is refused"),
    ("an async request that is answered at once", b.requests(b"AsyncReplyFlag>true", b"AsyncReplyFlag>false"), "asynchrony.acknowledged", "no payload"),
    ("nothing at all", Break(hangs_up=True), "reading.registers-on-demand", "the head end answers"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "case", "words"), [one[1:] for one in CASES], ids=[f"{one[0]}: {one[2]}" for one in CASES]
)
def test_a_break_is_found_by_its_case(target: Judged, broken: Break, case: str, words: str) -> None:
    target.broken = broken
    # What looks at all messages, or at WSDLs, begins anew.
    is_quick = not case.startswith(("contract.", "epri.mv-"))
    assert_found(target.quick_case(case) if is_quick else target.case(case), words)


@pytest.mark.parametrize(
    ("kind", "match", "case", "words"),
    [
        ("never", {"verb": "reply"}, "asynchrony.late-reply", "the reply arrives"),
        ("wrong-correlation", {"verb": "reply"}, "asynchrony.late-reply", "with the CorrelationID of the request"),
        ("twice-with-another-id", {"verb": "reply"}, "asynchrony.late-reply", "one request has one reply"),
        ("never", {"noun": "EndDeviceEvents"}, "events.published", "it arrives"),
        ("twice-with-another-id", {"noun": "EndDeviceEvents", "verb": "created"}, "events.published", "by one message"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_nasty_ordering_is_found_by_its_case(
    target: Judged, kind: str, match: dict[str, str], case: str, words: str
) -> None:
    with target.control as control:
        control.add_ordering(kind, match)
        try:
            assert_found(target.quick_case(case), words)
        finally:
            control.remove_ordering()


GET_READINGS = {"service": "GetMeterReadings"}
MESSAGES = {"direction": "message"}

FAULTS: list[tuple[str, dict[str, Any], dict[str, str], str, str]] = [
    # the kind, what it takes, what it acts on, who finds it, in which words
    ("http-status", {}, GET_READINGS, "reading.registers-on-demand", "the Result is OK"),
    ("connection-refused", {}, GET_READINGS, "reading.registers-on-demand", "the head end answers"),
    ("reset", {"bytes": 100}, GET_READINGS, "reading.registers-on-demand", "the head end answers"),
    ("truncated", {}, GET_READINGS, "reading.registers-on-demand", "the head end answers"),
    ("lost-reply", {}, GET_READINGS, "reading.registers-on-demand", "the head end answers"),
    ("malformed-xml", {}, {}, "contract.soap-answers", "well-formed"),
    ("wrong-namespace", {}, GET_READINGS, "contract.declared-replies", "is the declared element"),
    ("schema-invalid", {"how": "unknown-element"}, GET_READINGS, "contract.declared-replies", "is valid"),
    ("schema-invalid", {"how": "wrong-order"}, GET_READINGS, "contract.declared-replies", "is valid"),
    ("schema-invalid", {"how": "missing-element"}, GET_READINGS, "header.reply-verb", "has its noun"),
    ("schema-invalid", {"how": "bad-date"}, GET_READINGS, "header.reply-identity", "an instant with a zone"),
    ("random-data", {}, GET_READINGS, "reading.registers-on-demand", "the Result is OK"),
    ("empty-body", {}, GET_READINGS, "reading.registers-on-demand", "the Result is OK"),
    ("reply-code", {"code": "5.1"}, {"operation": "CreateEndDeviceControls"}, "controls.disconnect", "the disconnect is accepted"),
    ("reply-code", {"code": "5.7", "result": "PARTIAL"}, GET_READINGS, "reading.intervals-of-a-day", "the Result is OK"),
    ("stale-data", {"age": "P2D"}, GET_READINGS, "reading.intervals-of-a-day", "has 96 intervals"),
    ("stale-data", {"age": "PT1H"}, {"service": "GetEndDeviceEvents"}, "events.caused", "the event is listed"),
    ("lost-reply", {}, MESSAGES, "asynchrony.late-reply", "the reply arrives"),
    ("late-reply", {"delay": "P1D"}, MESSAGES, "asynchrony.late-reply", "the reply arrives"),
    ("connection-refused", {}, MESSAGES, "events.published", "it arrives"),
    ("truncated", {}, MESSAGES, "events.published", "it arrives"),
    ("reset", {"bytes": 50}, MESSAGES, "asynchrony.late-reply", "the reply arrives"),
    ("malformed-xml", {}, MESSAGES, "events.published", "it arrives"),
    ("wrong-namespace", {}, MESSAGES, "events.published", "is valid against its schema"),
    ("schema-invalid", {}, MESSAGES, "events.published", "is valid against its schema"),
    ("schema-invalid", {}, MESSAGES, "asynchrony.late-reply", "is valid against its schema"),
    ("empty-body", {}, MESSAGES, "events.published", "it arrives"),
    ("random-data", {}, MESSAGES, "asynchrony.late-reply", "the reply arrives"),
]  # fmt: skip
"""Not slow-drip, which a suite has to bear, nor duplicate: a message that comes twice with one MessageID is right."""


@pytest.mark.parametrize(
    ("kind", "takes", "match", "case", "words"),
    FAULTS,
    ids=[f"{kind} {' '.join(map(str, (takes | match).values()))}: {case}" for kind, takes, match, case, _ in FAULTS],
)
def test_a_fault_is_found_by_its_case(
    target: Judged, kind: str, takes: dict[str, Any], match: dict[str, str], case: str, words: str
) -> None:
    with target.control as control:
        control.call("POST", "faults", {"kind": kind, "match": match, **takes})
        try:
            assert_found(target.quick_case(case) if not case.startswith("contract.") else target.case(case), words)
            (fault,) = control.faults()
            assert fault["used"]
        finally:
            control.clear_faults()
            for one in control.deliveries():
                if one["state"] != "delivered":  # nobody waits for its retry, and others wait behind it
                    control.drop_delivery(one["id"])


def test_codes_that_nobody_else_knows_are_a_warning(target: Judged) -> None:
    target.broken = b.answered_bytes(b">2.4<", b">E0042<")
    case = target.quick_case("reading.unknown-meter")
    assert case.outcome is Outcome.WARNING
    assert [check.sentence for check in case.checks if check.outcome is Outcome.WARNING] == ["the code is 2.4"]


def assert_found(case: CaseResult, words: str) -> None:
    failed = [check.sentence for check in case.checks if check.outcome is Outcome.FAILED]
    errors = [check.reason for check in case.checks if check.outcome is Outcome.ERROR]
    assert errors == []
    assert [sentence for sentence in failed if words in sentence], f"{case.outcome}: {failed}"
