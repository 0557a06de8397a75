"""What fifteen SOAP toolkits of the field need from every answer, over a real socket.

The rules are kept by every reply of every test, because tests/support/wire_rules.py lets no other through. Here each
rule has a test of its own that looks at the bytes, on the three services and on the answers that are most unlike.
"""

import re

import pytest
from lxml import etree

from tests.support.reply import Reply
from tests.support.served import ServedHeadEnd
from tests.support.soap_requests import SOAP, create_end_device_controls, envelope

XSI = "http://www.w3.org/2001/XMLSchema-instance"


@pytest.fixture(scope="module")
def replies(served: ServedHeadEnd) -> dict[str, Reply]:
    """One of each sort of answer."""
    return {
        "registers": served.read("M00000100"),
        "intervals": served.read("M00000100", period=("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")),
        "empty": served.events("M00000100"),
        "partial": served.read("M00000100", "M99999999"),
        "failed": served.read("M99999999"),
        "control": served.disconnect("M00000101"),
        "events": served.events("M00000101"),
        "invalid": served.read("M00000100", fields={"Timestamp": "yesterday"}),
    }


@pytest.fixture(scope="module")
def faults(served: ServedHeadEnd, served_with_faults: ServedHeadEnd) -> dict[str, Reply]:
    """One of each sort of fault."""
    return {
        "unknown body": served.post("GetMeterReadings", envelope("<Hello/>")),
        "not xml": served.post("GetMeterReadings", b"hello"),
        "typed": served_with_faults.read("M99999999"),
        "without header": served.post(
            "GetMeterReadings", envelope('<GetMeterReadings xmlns="http://iec.ch/TC57/2011/GetMeterReadingsMessage"/>')
        ),
    }


def test_a_reply_is_http_200_and_says_its_charset(replies: dict[str, Reply]) -> None:
    seen = {(reply.answer.status, reply.answer.header("Content-Type")) for reply in replies.values()}
    assert seen == {(200, "text/xml; charset=utf-8")}


def test_a_reply_begins_with_its_xml_declaration_and_is_utf_8(replies: dict[str, Reply]) -> None:
    for reply in replies.values():
        assert re.match(rb"""<\?xml version=['"]1.0['"] encoding=['"]UTF-8['"]\?>\s*<""", reply.raw)
        reply.raw.decode("utf-8")


def test_a_reply_has_no_processing_instruction_after_its_declaration(replies: dict[str, Reply]) -> None:
    assert {reply.raw.count(b"<?") for reply in replies.values()} == {1}


def test_a_reply_has_no_soap_header(replies: dict[str, Reply]) -> None:
    for reply in replies.values():
        root = etree.fromstring(reply.raw)
        assert root.find(f"{{{SOAP}}}Header") is None


def test_a_reply_has_no_encoding_style_and_no_xsi_attribute(replies: dict[str, Reply]) -> None:
    for reply in replies.values():
        names = {str(name) for element in etree.fromstring(reply.raw).iter() for name in element.attrib}
        assert not {name for name in names if name.startswith((f"{{{SOAP}}}", f"{{{XSI}}}"))}


def test_every_instant_of_a_reply_carries_a_zone(replies: dict[str, Reply]) -> None:
    instants = [text for reply in replies.values() for text in re.findall(rb">(\d{4}-\d\d-\d\dT[^<]*)<", reply.raw)]
    assert len(instants) > 100
    assert [text for text in instants if not re.search(rb"(Z|[+-]\d\d:\d\d)$", text)] == []


def test_a_correlation_id_is_echoed(served: ServedHeadEnd) -> None:
    reply = served.read("M00000100", fields={"CorrelationID": "corr-1", "MessageID": "message-1"})
    assert reply.header["CorrelationID"] == "corr-1"


def test_a_fault_is_http_500(faults: dict[str, Reply]) -> None:
    assert {reply.answer.status for reply in faults.values()} == {500}


def test_the_children_of_a_fault_are_unqualified(faults: dict[str, Reply]) -> None:
    for reply in faults.values():
        fault = etree.fromstring(reply.raw).find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
        assert fault is not None
        assert [str(child.tag) for child in fault][:2] == ["faultcode", "faultstring"]
        assert {str(child.tag) for child in fault} <= {"faultcode", "faultstring", "faultactor", "detail"}


def test_the_envelope_of_a_fault_has_no_default_namespace(faults: dict[str, Reply]) -> None:
    assert [None in etree.fromstring(reply.raw).nsmap for reply in faults.values()] == [False] * len(faults)


def test_a_fault_code_is_a_plain_name_with_a_bound_prefix(faults: dict[str, Reply]) -> None:
    for reply in faults.values():
        fault = etree.fromstring(reply.raw)[0][0]
        prefix, _, code = (fault.findtext("faultcode") or "").partition(":")
        assert fault.nsmap[prefix] == SOAP
        assert code in ("Client", "Server", "VersionMismatch", "MustUnderstand")


@pytest.mark.clause("61968-100:2013, clause 6")
def test_the_detail_of_a_refused_request_is_the_element_that_its_operation_declares(faults: dict[str, Reply]) -> None:
    fault = faults["typed"].fault
    assert fault is not None
    assert fault.detail is not None
    assert fault.detail.tag == "{http://iec.ch/TC57/2011/GetMeterReadingsMessage}MeterReadingsFaultMessage"


def test_nothing_stands_before_or_behind_the_element_in_a_detail(faults: dict[str, Reply]) -> None:
    detail = etree.fromstring(faults["typed"].raw)[0][0].find("detail")
    assert detail is not None
    assert (len(detail), detail.text, detail[0].tail) == (1, None, None)


@pytest.mark.parametrize("kind", ["unknown body", "not xml"])
def test_where_no_operation_is_known_there_is_no_detail(faults: dict[str, Reply], kind: str) -> None:
    fault = faults[kind].fault
    assert fault is not None
    assert fault.detail is None


def test_the_detail_of_each_service_is_its_own(served_with_faults: ServedHeadEnd) -> None:
    reply = served_with_faults.post("ExecuteEndDeviceControls", create_end_device_controls("M99999999"))
    assert reply.element.tag == "{http://iec.ch/TC57/2011/EndDeviceControlsMessage}EndDeviceControlsFaultMessage"


def test_an_error_has_no_xpath_since_it_would_have_to_be_a_qname(replies: dict[str, Reply]) -> None:
    reply = replies["invalid"]
    assert reply.codes == ["1.8"]
    assert b"xpath" not in reply.raw
