"""Answers of any head end, or of something that is none, as values."""

from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.client import Exchange, FaultReceived, Moment, NotUnderstood, Reading, reply_in
from headend.client.read_answers import events_reply, readings_reply
from tests.support.compressed import deflated

MESSAGE = "http://iec.ch/TC57/2011/schema/message"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def answered(body: bytes) -> Exchange:
    return Exchange("GetMeterReadings", "http://head-end.test/", datetime(2026, 1, 1, tzinfo=UTC), 0.0, b"", 200, body)


def message(payload: str = "", result: str = "<m:Result>OK</m:Result>", header: str = "") -> Exchange:
    text = f"""<s:Envelope xmlns:s="{SOAP}"><s:Body>
      <Response xmlns="urn:wrapper" xmlns:m="{MESSAGE}">
        <Header><m:Verb>reply</m:Verb>{header}</Header><Reply>{result}</Reply><Payload>{payload}</Payload>
      </Response></s:Body></s:Envelope>"""
    return answered(text.encode())


def meter_reading(readings: str, namespace: str = "http://iec.ch/TC57/2011/MeterReadings#") -> Exchange:
    return message(f'<MeterReadings xmlns="{namespace}"><MeterReading>{readings}</MeterReading></MeterReadings>')


def interval(stamp: str = "2026-01-01T00:15:00Z", value: str = "1.50", more: str = "") -> str:
    return (
        f"<IntervalBlocks><IntervalReadings><timeStamp>{stamp}</timeStamp><value>{value}</value>{more}"
        '</IntervalReadings><ReadingType ref="0.0.2.4"/></IntervalBlocks>'
    )


@pytest.mark.parametrize("namespace", ["http://iec.ch/TC57/2011/MeterReadings#", "urn:a-vendor", ""])
def test_readings_are_read_in_any_namespace(namespace: str) -> None:
    ((reading,),) = [meter.readings for meter in readings_reply(meter_reading(interval(), namespace)).readings]
    assert reading == Reading("0.0.2.4", datetime(2026, 1, 1, 0, 15, tzinfo=UTC), Decimal("1.50"), True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T02:15:00+02:00", datetime(2026, 1, 1, 0, 15, tzinfo=UTC)),
        ("2026-01-01T00:15:00", datetime(2026, 1, 1, 0, 15, tzinfo=UTC)),
        ("2026-01-01T00:15:00.5Z", datetime(2026, 1, 1, 0, 15, 0, 500_000, tzinfo=UTC)),
    ],
    ids=["offset", "no zone counts as UTC", "fraction"],
)
def test_stamps_become_utc(text: str, expected: datetime) -> None:
    assert readings_reply(meter_reading(interval(text))).readings[0].readings[0].stamp == expected


@pytest.mark.clause("61968-9:2013 Annex D")
def test_qualities_of_a_reading_are_kept() -> None:
    quality = '<ReadingQualities><ReadingQualityType ref="1.4.16"/></ReadingQualities>'
    reply = readings_reply(meter_reading(interval(more=quality * 2)))
    assert reply.readings[0].readings[0].qualities == ("1.4.16", "1.4.16")


@pytest.mark.clause("61968-9:2013 Annex C")
def test_the_time_of_a_maximum_is_an_instant_beside_the_values() -> None:
    time_of_maximum = "11.8.2.0.1.1.8.0.0.0.0.0.0.0.0.0.108.0"
    readings = (
        "<Readings><timeStamp>2026-01-02T00:00:00Z</timeStamp><value>2026-01-01T18:15:00+01:00</value>"
        f'<ReadingType ref="{time_of_maximum}"/></Readings>'
    )
    (meter,) = readings_reply(meter_reading(readings + interval())).readings
    midnight, evening = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, 17, 15, tzinfo=UTC)
    assert meter.moments == (Moment(time_of_maximum, midnight, evening),)
    assert [reading.value for reading in meter.readings] == [Decimal("1.50")]


@pytest.mark.parametrize(
    ("readings", "told"),
    [
        (interval(value="many"), "'many' of a reading is no number"),
        (interval(value="NaN"), "'NaN' of a reading is not finite"),
        (interval(value=""), "no timeStamp or no value"),
        (interval(stamp="yesterday"), "'yesterday' is no instant"),
    ],
)
def test_a_reading_that_makes_no_sense_is_not_passed_on(readings: str, told: str) -> None:
    with pytest.raises(NotUnderstood, match=told):
        readings_reply(meter_reading(readings))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "no XML"),
        (b"<html><body>proxy error</html>", "no XML"),
        (b"<html/>", "its root is html"),
        (f'<s:Envelope xmlns:s="{SOAP}"><s:Body/></s:Envelope>'.encode(), "no SOAP 1.1 envelope with a message"),
        (f'<s:Envelope xmlns:s="{SOAP}"><s:Body><x/></s:Body></s:Envelope>'.encode(), "no Header or no Reply/Result"),
    ],
)
def test_what_is_no_reply_is_said_with_where_it_came_from(body: bytes, told: str) -> None:
    with pytest.raises(NotUnderstood, match=told) as caught:
        reply_in(answered(body))
    assert "http://head-end.test/" in str(caught.value)


@pytest.mark.clause("SOAP 1.1, 4.4")
def test_a_fault_without_detail_is_a_fault() -> None:
    body = (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultcode>s:Server</faultcode>'
        "<faultstring>out of order</faultstring></s:Fault></s:Body></s:Envelope>"
    )
    with pytest.raises(FaultReceived) as caught:
        reply_in(answered(body.encode()))
    assert (caught.value.code, caught.value.sentence, caught.value.detail) == ("Server", "out of order", None)


def test_an_error_reads_as_a_sentence() -> None:
    error = (
        "<m:Error><m:code>2.4</m:code><m:reason>invalid meter</m:reason><m:details>M9 is unknown</m:details></m:Error>"
    )
    reply = reply_in(message(result=f"<m:Result>FAILED</m:Result>{error}"))
    assert [str(one) for one in reply.errors] == ["2.4 invalid meter: M9 is unknown"]


def test_an_event_of_a_type_that_no_table_knows_keeps_its_code() -> None:
    payload = (
        "<EndDeviceEvents><EndDeviceEvent><createdDateTime>2026-01-01T00:00:00Z</createdDateTime>"
        '<EndDeviceEventType ref="99.1.2.3"/></EndDeviceEvent></EndDeviceEvents>'
    )
    assert [event.words for event in events_reply(message(payload)).events] == ["99.1.2.3"]


READINGS = f"<MeterReadings><MeterReading>{interval()}</MeterReading></MeterReadings>"


@pytest.mark.clause("61968-100:2013, Message.xsd")
@pytest.mark.parametrize(
    "payload",
    [
        f"<Compressed>{deflated(READINGS)}</Compressed><Format>XML</Format>",
        f"<Compressed>{deflated(READINGS)}</Compressed>",
        f"<Compressed>{b64encode(READINGS.encode()).decode()}</Compressed><Format>BINARY</Format>",
        f"{READINGS}<Compressed/>",
    ],
    ids=["XML", "no Format", "BINARY", "empty beside the payload"],
)
def test_a_compressed_payload_is_read_like_a_plain_one(payload: str) -> None:
    (meter,) = readings_reply(message(payload)).readings
    assert [reading.value for reading in meter.readings] == [Decimal("1.50")]


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ("<Compressed>?</Compressed>", r"line 3: Payload/Compressed cannot be read: Compressed is '\?'; it must be"),
        (f"<Compressed>{deflated('no XML')}</Compressed>", "there is no XML in it: Start tag expected"),
        (f"<Compressed>{deflated(READINGS)}</Compressed><Format>CSV</Format>", "Format is 'CSV'"),
    ],
    ids=["a question mark", "no XML", "another format"],
)
def test_a_compressed_payload_that_makes_no_sense_is_said(payload: str, told: str) -> None:
    with pytest.raises(NotUnderstood, match=told):
        readings_reply(message(payload))


def test_entities_are_not_followed() -> None:
    body = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'
    with pytest.raises(NotUnderstood):
        reply_in(answered(body))


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 700), st.integers(0, 50))
def test_whatever_bytes_arrive_a_reply_or_a_sentence_comes_of_them(noise: bytes, at: int, cut: int) -> None:
    whole = meter_reading(interval()).response
    broken = whole[:at] + noise + whole[at + cut :]
    try:
        told = readings_reply(answered(broken)).result
    except (NotUnderstood, FaultReceived) as error:
        told = str(error)
    assert told
