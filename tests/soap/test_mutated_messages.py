"""Whatever is sent, the answer is a valid reply or a declared fault, and never an error of ours."""

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.reply import Reply
from tests.support.soap_requests import (
    BASE,
    ENERGY,
    LOAD_PROFILE,
    MESSAGE,
    SOAP,
    SOAP12,
    Fields,
    control,
    create_end_device_controls,
    get_end_device_events,
    get_meter_readings,
)

FIELDS: Fields = {
    "Revision": "2.0",
    "ReplayDetection": {"Nonce": "n", "Created": "2026-03-02T12:00:00Z"},
    "Timestamp": "2026-03-02T12:00:00Z",
    "Source": "MDM",
    "AsyncReplyFlag": "false",
    "ReplyAddress": "http://192.0.2.1/",
    "User": {"UserID": "u"},
    "MessageID": "m",
    "CorrelationID": "c",
    "Property": {"Name": "p", "Value": "v"},
}
DAY = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")
TIMING = (
    "<primaryDeviceTiming><interval><end>2026-03-03T00:00:00Z</end><start>2026-03-01T00:00:00Z</start></interval>"
    "</primaryDeviceTiming>"
)
MESSAGES = {
    "GetMeterReadings": [
        get_meter_readings("M00000001", "nobody", usage_points=["UP00000002"], reading_types=[ENERGY], period=DAY),
        get_meter_readings("M00000001", request=f"<StartTime>{DAY[0]}</StartTime>", fields=FIELDS),
        get_meter_readings(
            profile="<EndDevice><mRID>x</mRID></EndDevice><MeterReadings><Meter><mRID>m</mRID></Meter></MeterReadings>"
            "<Reading><reason>inquiry</reason></Reading>"
        ),
    ],
    "GetEndDeviceEvents": [
        get_end_device_events("M00000001", period=DAY, fields=FIELDS),
        get_end_device_events(
            profile="<Customer><mRID>c</mRID></Customer><EndDeviceEvent><reason>r</reason></EndDeviceEvent>"
            "<EndDeviceEventType><mRID>3.31.0.68</mRID></EndDeviceEventType>"
            "<ServiceCategory><kind>electricity</kind></ServiceCategory>"
        ),
    ],
    "ExecuteEndDeviceControls": [
        create_end_device_controls("M00000001", "nobody", fields=FIELDS),
        create_end_device_controls(
            controls=control("M00000003", before="<mRID>c</mRID><issuerID>i</issuerID>", after=TIMING)
            + control("M00000004", code="3.31.0.18")
        ),
    ],
}

TEXTS = [
    *("", " ", "?", "String", "0", "-1", "1e309", "NaN", "true", "9" * 400, "%s%n", "{}", "null", "ä😀", "x" * 5000),
    *("2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999999Z", "-2026-01-01T00:00:00"),
    *("12026-01-01T00:00:00Z", "2026-03-02T24:00:00", "2026-03-02", "2026-03-02T12:00:60Z", "1969-12-31T23:59:59"),
    *("M00000001", "UP00000001", "d7d81100-b626-8001-9fb5-000000000001", "M99999999", "M-0000001", "M0000000١"),
    *("get", "create", "created", "reply", "GET", "MeterReadings", "EndDeviceControls", "electricity"),
    *("3.31.0.23", "3.31.0", "*.*.*.*", "-3.31.0.23", "3.31.0.23.0", "0.0.0.0", "٣.31.0.23", ENERGY, LOAD_PROFILE),
    *(".".join("9" * 18), "0.0.101.4.1.1.12.0.0.7.0.0.0.0.0.0.72.0", "0.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"),
    *("http://[::1", "topic:x", "urn:x", "'; DROP TABLE controls; --", "<&>]]>", "a\tb\nc"),
]
"""What clients write, what breaks naive readers, and what is right somewhere else."""

XML_LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
VALUES = st.sampled_from(TEXTS) | st.text(XML_LETTERS, max_size=20)
NAMESPACES = st.sampled_from(
    ["", "u", SOAP, SOAP12, MESSAGE, f"{BASE}/GetMeterReadingsMessage", f"{BASE}/MeterReadings#"]
)
KINDS = st.sampled_from(["drop", "repeat", "move", "rename", "namespace", "text", "tail", "attribute", "nest"])

Change = Callable[[list[etree._Element]], None]
"""Changes one of the elements below an envelope, or several."""


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One change of a message's tree."""
    kind = draw(KINDS)
    place, other = draw(st.integers(0, 60)), draw(st.integers(0, 60))
    value, namespace = draw(VALUES), draw(NAMESPACES)

    def change(elements: list[etree._Element]) -> None:
        element, target = elements[place % len(elements)], elements[other % len(elements)]
        parent = element.getparent()
        assert parent is not None
        local = etree.QName(element).localname
        match kind:
            case "drop":
                parent.remove(element)
            case "repeat":
                parent.insert(other % (len(parent) + 1), deepcopy(element))
            case "move" if element not in target.iterancestors() and element is not target:
                target.append(element)
            case "rename":
                element.tag = etree.QName(etree.QName(element).namespace, etree.QName(target).localname).text
            case "namespace":
                element.tag = etree.QName(namespace or None, local).text
            case "text":
                element.text = value
            case "tail":
                element.tail = value
            case "attribute":
                element.set(attribute_name(other), value)
            case "nest":
                element.append(deepcopy(target))

    return change


def attribute_name(number: int) -> str:
    """An attribute that somebody might set."""
    xsi = "{http://www.w3.org/2001/XMLSchema-instance}"
    names = ["ref", f"{xsi}type", f"{xsi}nil", f"{{{SOAP}}}mustUnderstand", f"{{{SOAP}}}encodingStyle", "id", "kind"]
    return names[number % len(names)]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A service and a message that was good before one to four things in it were changed."""
    service = draw(st.sampled_from(sorted(MESSAGES)))
    root = etree.fromstring(draw(st.sampled_from(MESSAGES[service])))
    for change in draw(st.lists(changes(), min_size=1, max_size=4)):
        elements = [element for element in root.iter("*") if element is not root]
        if elements:
            change(elements)
    return draw(st.sampled_from(sorted(MESSAGES) + 5 * [service])), etree.tostring(root)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A service and a message of which some bytes are not what they were."""
    service = draw(st.sampled_from(sorted(MESSAGES)))
    data = bytearray(draw(st.sampled_from(MESSAGES[service])))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        data[start:end] = draw(st.binary(max_size=8) | st.sampled_from([b"<", b">", b"&", b'"', b"</", b"<!--", b"\0"]))
    return service, bytes(data)


@pytest.fixture(scope="module")
def hardy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """A head end with a small fleet, so that a request for everything is soon answered."""
    with in_process(tmp_path_factory.mktemp("hardy"), NOON, meters=8) as opened:
        yield opened


@pytest.fixture(scope="module")
def hardy_with_faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path_factory.mktemp("faults"), NOON, meters=8, error_style="fault") as opened:
        yield opened


def is_no_error_of_ours(reply: Reply) -> bool:
    return "5.3" not in reply.codes and "internal error" not in reply.said


STEADY = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""The same examples in every run, so that a red run is red again."""


@STEADY
@given(mutated())
def test_a_message_with_changed_elements_gets_a_valid_reply_or_a_declared_fault(
    hardy: InProcessHeadEnd, sent: tuple[str, bytes]
) -> None:
    assert is_no_error_of_ours(hardy.post(*sent))


@STEADY
@given(damaged())
def test_a_message_with_damaged_bytes_gets_a_valid_reply_or_a_declared_fault(
    hardy: InProcessHeadEnd, sent: tuple[str, bytes]
) -> None:
    assert is_no_error_of_ours(hardy.post(*sent))


@STEADY
@given(mutated())
def test_a_message_with_changed_elements_gets_a_declared_fault_where_faults_are_asked_for(
    hardy_with_faults: InProcessHeadEnd, sent: tuple[str, bytes]
) -> None:
    reply = hardy_with_faults.post(*sent)
    assert is_no_error_of_ours(reply)
    assert reply.fault is not None or reply.result in ("OK", "PARTIAL")


@STEADY
@given(st.text(max_size=60), st.binary(max_size=60))
def test_a_content_type_of_any_text_and_a_body_of_any_bytes_get_an_answer(
    hardy: InProcessHeadEnd, charset: str, body: bytes
) -> None:
    content_type = f"text/xml; charset={charset}".encode("latin-1", "replace").decode("latin-1")
    assert is_no_error_of_ours(hardy.post("GetMeterReadings", body, content_type=content_type))
    assert hardy.post("GetMeterReadings", MESSAGES["GetMeterReadings"][0], content_type=content_type).answer.status
