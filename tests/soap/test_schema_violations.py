"""Requests that break the contract's schema: the reply says on which line, in which element, and which rule."""

from dataclasses import dataclass

import pytest

from tests.support.in_process import InProcessHeadEnd
from tests.support.soap_requests import (
    control,
    create_end_device_controls,
    get_end_device_events,
    get_meter_readings,
)

pytestmark = pytest.mark.clause("61968-9:2013, Annex B")

READ = get_meter_readings("M00000001", period=("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"))


@dataclass(frozen=True, slots=True)
class Breach:
    """A part of a message, what stands there instead (on line 2), and what the reply says of it."""

    old: str
    new: str
    said: str
    code: str = "1.8"
    message: bytes = READ
    service: str = "GetMeterReadings"

    @property
    def sent(self) -> bytes:
        text = self.message.decode()
        assert text.count(self.old) == 1, f"{self.old} is there {text.count(self.old)} times"
        return text.replace(self.old, f"\n{self.new}").encode()


HEADER, REQUEST = "/GetMeterReadings/Header", "/GetMeterReadings/Request"
PROFILE = f"{REQUEST}/GetMeterReadings"
CONTROL = "/CreateEndDeviceControls/Payload/EndDeviceControls/EndDeviceControl"

BREACHES = {
    "a misspelled tag": Breach(
        "<EndDevice><Names><name>M00000001</name></Names></EndDevice>",
        "<EndDevise/>",
        f"{PROFILE}/EndDevise (line 2): EndDevise has no place in GetMeterReadings (did you mean EndDevice?)",
    ),
    "an element that nobody knows": Breach(
        "<m:Noun>", "<m:Colour>red</m:Colour><m:Noun>", f"{HEADER}/Colour (line 2): Colour has no place in Header"
    ),
    "a date that is none": Breach(
        "<end>2026-03-01T00:00:00Z</end>",
        "<end>tomorrow</end>",
        f"{PROFILE}/TimeSchedule/scheduleInterval/end (line 2): end is 'tomorrow'; it must be a date and time",
    ),
    "a date without a time": Breach(
        "<end>2026-03-01T00:00:00Z</end>", "<end>2026-03-01</end>", "end is '2026-03-01'; it must be a date and time"
    ),
    "a day that is not in the calendar": Breach(
        "<end>2026-03-01T00:00:00Z</end>", "<end>2026-02-30T00:00:00Z</end>", "end is '2026-02-30T00:00:00Z'; it must"
    ),
    "an empty date": Breach("<end>2026-03-01T00:00:00Z</end>", "<end/>", "end is empty; it must be a date and time"),
    "elements in the wrong order": Breach(
        "<end>2026-03-01T00:00:00Z</end><start>2026-02-28T00:00:00Z</start>",
        "<start>2026-02-28T00:00:00Z</start><end>2026-03-01T00:00:00Z</end>",
        "scheduleInterval/end (line 2): end must stand before start",
    ),
    "an element once too often": Breach(
        "<m:Noun>",
        "<m:Noun>MeterReadings</m:Noun><m:Noun>",
        f"{HEADER}/Noun[2] (line 2): Noun may stand in Header only",
    ),
    "an element in another namespace": Breach(
        "<m:Noun>MeterReadings</m:Noun>",
        "<Noun>MeterReadings</Noun>",
        f"{HEADER}/Noun (line 2): Noun is in namespace http://iec.ch/TC57/2011/GetMeterReadingsMessage, it must be in",
    ),
    "text between the header elements": Breach(
        "<m:Noun>", "hello<m:Noun>", f"{HEADER} (line 1): Header holds text, it may hold elements only"
    ),
    "text in the request": Breach("<TimeSchedule>", "hello<TimeSchedule>", "GetMeterReadings holds text, it may hold"),
    "elements where a value belongs": Breach(
        "<name>M00000001</name>",
        "<name><b>M00000001</b></name>",
        "name (line 2): name holds elements, it may hold",
    ),
    "an attribute that nobody knows": Breach(
        "<scheduleInterval>",
        '<scheduleInterval unit="d">',
        "scheduleInterval has an attribute unit, which the",
    ),
    "nil": Breach(
        "<TimeSchedule>",
        '<TimeSchedule xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">',
        "TimeSchedule has xsi:nil, but nothing here may be nil",
    ),
    "a type that is not the declared one": Breach(
        "<m:Noun>",
        '<m:Noun xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="m:HeaderType">',
        f"{HEADER}/Noun (line 2):",
    ),
    "a required element that is missing": Breach(
        "<name>M00000001</name>",
        "",
        f"{PROFILE}/EndDevice/Names (line 1): name is missing; Names holds in this order: name",
        code="1.6",
    ),
    "no request": Breach(
        READ.decode().partition("</Header>")[2].partition("</GetMeterReadings></soap:Body>")[0],
        "",
        "/GetMeterReadings (line 1): Request is missing; GetMeterReadings holds in this order: Header, Request",
        code="1.6",
    ),
    "a request without its profile": Breach(
        READ.decode().partition("<Request>")[2].partition("</Request>")[0],
        "",
        f"{REQUEST} (line 1): GetMeterReadings is missing",
        code="1.6",
    ),
    "a flag that is neither": Breach(
        "<m:Noun>MeterReadings</m:Noun>",
        "<m:Noun>MeterReadings</m:Noun><m:AckRequired>maybe</m:AckRequired>",
        f"{HEADER}/AckRequired (line 2): AckRequired is 'maybe'; it must be true or false",
    ),
    "a nonce without its time": Breach(
        "<m:Noun>MeterReadings</m:Noun>",
        "<m:Noun>MeterReadings</m:Noun><m:ReplayDetection><m:Nonce>1</m:Nonce></m:ReplayDetection>",
        f"{HEADER}/ReplayDetection (line 2): Created is missing",
        code="1.5",
    ),
    "a kind that nobody knows": Breach(
        "<Meter><Names><name>M00000001</name></Names></Meter>",
        "<ServiceCategory><kind>electrizity</kind></ServiceCategory>",
        "kind is 'electrizity' (did you mean electricity?); allowed are electricity, gas, heat",
        message=get_end_device_events("M00000001"),
        service="GetEndDeviceEvents",
    ),
    "a control without a type": Breach(
        '<EndDeviceControlType ref="3.31.0.23"/>',
        "",
        f"{CONTROL} (line 1): EndDeviceControlType is missing",
        code="1.7",
        message=create_end_device_controls("M00000001"),
        service="ExecuteEndDeviceControls",
    ),
    "a number that is none": Breach(
        "<mRID>x</mRID>",
        "<drProgramLevel>high</drProgramLevel>",
        f"{CONTROL}/drProgramLevel (line 2): drProgramLevel is 'high'; it must be a whole number (xs:integer)",
        message=create_end_device_controls(controls=control("M00000001", before="<mRID>x</mRID>")),
        service="ExecuteEndDeviceControls",
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_this_breach_is_told_with_line_element_and_rule(quiet_head_end: InProcessHeadEnd, name: str) -> None:
    breach = BREACHES[name]
    reply = quiet_head_end.post(breach.service, breach.sent)
    assert reply.result == "FAILED"
    assert breach.code in reply.codes
    assert breach.said in reply.said


def test_several_breaches_are_told_at_once(quiet_head_end: InProcessHeadEnd) -> None:
    message = get_meter_readings("M00000001", period=("yesterday", "tomorrow"), fields={"Timestamp": "today"})
    reply = quiet_head_end.post("GetMeterReadings", message)
    assert reply.codes == ["1.8", "1.8", "1.8"]
    assert [word for word in ("today", "tomorrow", "yesterday") if word in reply.said] == [
        "today",
        "tomorrow",
        "yesterday",
    ]


def test_a_thousand_breaches_are_told_by_the_first_ten(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(profile="<Nothing/>" * 1000)
    assert 1 <= len(reply.errors) <= 10


def test_a_message_without_a_header_gets_the_typed_fault_since_no_reply_could_be_addressed(
    quiet_head_end: InProcessHeadEnd,
) -> None:
    text = READ.decode()
    message = text.partition("<Header")[0] + text.partition("</Header>")[2]
    reply = quiet_head_end.post("GetMeterReadings", message.encode())
    assert reply.fault is not None
    assert (reply.fault.code, reply.result, reply.codes) == ("Client", "FAILED", ["1.5"])
    assert reply.errors[0].details == "/GetMeterReadings (line 1): Header is missing; every message begins with one"


def test_a_value_is_quoted_only_in_part_when_it_is_long(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read("M00000001", fields={"Timestamp": "x" * 10_000})
    assert len(reply.said) < 300
