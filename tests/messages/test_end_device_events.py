"""EndDeviceEvents are written as text: a parser finds in it what happened, and every message keeps its schema."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from headend.messages.end_device_events import END_DEVICE_EVENTS, end_device_events_chunks, end_device_events_text
from headend.messages.event_form import EventForm
from headend.messages.event_message import event_message
from headend.messages.named_objects import first_named
from headend.messages.soap_envelope import envelope, serialise
from headend.operations.header import Header
from headend.store import EndDeviceEvent
from simulator.fleet import Fleet, FleetSpec
from tests.messages.test_xml_text import XML_TEXT

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.2")

BERLIN = ZoneInfo("Europe/Berlin")
FLEET = Fleet(FleetSpec(meters=10))
METER = FLEET.meter(3)
SCHEMA = etree.XMLSchema(file=str(Path(__file__).parents[2] / "wsdl" / "xsd" / "EndDeviceEvents.xsd"))
E = f"{{{END_DEVICE_EVENTS}}}"
NAMESPACE = "http://iec.ch/TC57/2011/EndDeviceEventsMessage"
WRAPPER = f"{{{NAMESPACE}}}CreatedEndDeviceEvents"

PLAIN = EndDeviceEvent("event-1", "no meter of the fleet", "3.31.0.68", datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
WHOLE = EndDeviceEvent(
    "event-2",
    METER.mrid,
    "3.12.0.257",
    datetime(2026, 1, 2, 3, 4, 5, 670000, tzinfo=UTC),
    METER.usage_point_mrid,
    "issuer",
    "tracking",
    "tamper",
    "alarm",
    (("cover", "open"), ("seal", "broken")),
    user_id="technician",
)
HEADER = Header(
    verb="created",
    noun="EndDeviceEvents",
    timestamp=WHOLE.created,
    source="a head end & its <source>",
    ack_required=True,
    message_id="m-1",
)


def parsed(events: Sequence[EndDeviceEvent]) -> etree._Element:
    """The payload as a client reads it."""
    root = etree.fromstring(end_device_events_text(events, FLEET, BERLIN))
    SCHEMA.assertValid(root)
    return root


def texts(element: etree._Element) -> list[tuple[str, str]]:
    """The elements in the order of the message, with their texts."""
    return [(str(one.tag).removeprefix(E), one.text or "") for one in element.iter() if one is not element]


def test_all_that_is_known_of_an_event_is_told_in_the_order_of_the_profile() -> None:
    (event,) = parsed([WHOLE])
    assert texts(event) == [
        ("mRID", "event-2"),
        ("createdDateTime", "2026-01-02T04:04:05.67+01:00"),
        ("issuerID", "issuer"),
        ("issuerTrackingID", "tracking"),
        ("reason", "tamper"),
        ("severity", "alarm"),
        ("userID", "technician"),
        ("Assets", ""),
        ("mRID", METER.mrid),
        ("Names", ""),
        ("name", METER.name),
        ("NameType", ""),
        ("name", "EndDevice"),
        ("EndDeviceEventDetails", ""),
        ("name", "cover"),
        ("value", "open"),
        ("EndDeviceEventDetails", ""),
        ("name", "seal"),
        ("value", "broken"),
        ("EndDeviceEventType", ""),
        ("UsagePoint", ""),
        ("mRID", METER.usage_point_mrid),
        ("Names", ""),
        ("name", METER.usage_point_name),
        ("NameType", ""),
        ("name", "UsagePoint"),
    ]
    assert [one.get("ref") for one in event.iter(f"{E}EndDeviceEventType")] == ["3.12.0.257"]


def test_a_device_that_the_fleet_does_not_have_is_named_by_its_mrid_alone() -> None:
    (event,) = parsed([PLAIN])
    assert texts(event) == [
        ("mRID", "event-1"),
        ("createdDateTime", "2026-03-29T03:00:00+02:00"),
        ("Assets", ""),
        ("mRID", "no meter of the fleet"),
        ("EndDeviceEventType", ""),
    ]


def test_a_stream_of_many_is_the_text_of_all() -> None:
    events = [replace(PLAIN, mrid=f"event-{number}") for number in range(1234)]
    chunks = list(end_device_events_chunks(events, FLEET, BERLIN))
    assert b"".join(chunks) == end_device_events_text(events, FLEET, BERLIN)
    assert max(map(len, chunks)) < sum(map(len, chunks)) / 2
    assert [one.findtext(f"{E}mRID") for one in parsed(events)] == [event.mrid for event in events]


@given(value=XML_TEXT)
@settings(deadline=None)
def test_whatever_stands_in_an_event_is_read_as_it_was(value: str) -> None:
    told = replace(WHOLE, mrid=value, reason=value, user_id=value, details=((value, value),))
    (event,) = etree.fromstring(end_device_events_text([told], FLEET, BERLIN))
    paths = ("mRID", "reason", "userID", "EndDeviceEventDetails/name", "EndDeviceEventDetails/value")
    assert {event.findtext("/".join(f"{E}{part}" for part in path.split("/"))) for path in paths} == {value}


def as_a_tree(header: Header, payload: bytes) -> bytes:
    """The message as it is where nobody fills in a form."""
    body = event_message(WRAPPER, header, etree.fromstring(payload), BERLIN).body
    return serialise(envelope(body))


@pytest.mark.parametrize("correlation_id", [None, "", "c-1"])
def test_a_form_that_is_filled_in_is_the_message_byte_for_byte(correlation_id: str | None) -> None:
    payload = end_device_events_text([WHOLE], FLEET, BERLIN)
    header = replace(HEADER, correlation_id=correlation_id)
    other = replace(header, timestamp=PLAIN.created, message_id="another", correlation_id=correlation_id and "other")
    assert EventForm(WRAPPER, other, BERLIN).filled(header, payload) == as_a_tree(header, payload)


def test_a_form_has_no_place_for_a_correlation_id_where_its_first_message_had_none() -> None:
    with pytest.raises(ValueError, match="size"):
        EventForm(WRAPPER, HEADER, BERLIN).filled(replace(HEADER, correlation_id="c-1"), b"<p/>")


@given(message_id=XML_TEXT, correlation_id=XML_TEXT)
@settings(deadline=None)
def test_whatever_a_client_calls_its_request_is_told_as_it_was(message_id: str, correlation_id: str) -> None:
    form = EventForm(WRAPPER, replace(HEADER, message_id="another", correlation_id="one"), BERLIN)
    header = replace(HEADER, message_id=message_id, correlation_id=correlation_id)
    message = etree.fromstring(form.filled(header, b"<p/>"))
    told = [message.findtext(f".//{{*}}{name}") for name in ("MessageID", "CorrelationID", "Source")]
    assert told == [message_id, correlation_id, HEADER.source]


@given(names=st.lists(XML_TEXT, max_size=5))
@settings(deadline=None)
def test_what_is_named_in_a_text_is_what_a_parser_finds_in_it(names: list[str]) -> None:
    events = [replace(WHOLE, mrid=name, details=(("name", name),)) for name in names]
    text = end_device_events_text([*events, WHOLE], FLEET, BERLIN)
    root = etree.fromstring(text)
    mrids = [(one.text or "").strip() for one in root.iter(f"{E}mRID", f"{E}name") if is_naming(one)]
    assert first_named(text, 1000) == tuple(dict.fromkeys(one for one in mrids if one))
    assert first_named(text, 2) == first_named(text, 1000)[:2]


def is_naming(element: etree._Element) -> bool:
    parent = element.getparent()
    return element.tag == f"{E}mRID" or (parent is not None and parent.tag == f"{E}Names")
