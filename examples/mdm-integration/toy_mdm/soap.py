"""The messages of the toy MDM: what it sends, and what it makes of what it gets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from lxml import etree

BASE = "http://iec.ch/TC57/2011"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGE = f"{BASE}/schema/message"
QUARTER_HOURS_WH = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
"""Forward active energy of a quarter of an hour in Wh."""


@dataclass(frozen=True)
class Answer:
    """What is of use of a reply."""

    result: str
    correlation_id: str | None
    values_wh: dict[str, list[float]]
    """The quarter-hours of each meter, by its name."""


def call(head_end_url: str, message: bytes) -> Answer:
    """Sends a request for readings."""
    request = Request(
        f"{head_end_url}/services/GetMeterReadings",
        data=message,
        headers={
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{BASE}/GetMeterReadings/GetMeterReadings"',
        },
    )
    try:
        with urlopen(request, timeout=60) as answer:
            return read(answer.read())
    except HTTPError as fault:
        raise RuntimeError(f"the head end says {fault.read().decode()}") from fault


def read(message: bytes) -> Answer:
    """An answer, or a reply that comes later."""
    root = etree.fromstring(message, etree.XMLParser(resolve_entities=False, no_network=True))
    values: dict[str, list[float]] = {}
    for meter_reading in root.iterfind(".//{*}MeterReading"):
        name = meter_reading.findtext("{*}Meter/{*}Names/{*}name") or ""
        values[name] = [
            float(reading.findtext("{*}value") or "nan")
            for reading in meter_reading.iterfind("{*}IntervalBlocks/{*}IntervalReadings")
        ]
    return Answer(
        root.findtext(f".//{{{MESSAGE}}}Result") or "", root.findtext(f".//{{{MESSAGE}}}CorrelationID"), values
    )


def get_meter_readings(
    message_id: str, meters: Sequence[str], start: datetime, end: datetime, reply_to: str | None = None
) -> bytes:
    """A request for the quarter-hours of some meters in a period."""
    later = [("AsyncReplyFlag", "true"), ("ReplyAddress", reply_to)] if reply_to else []
    devices = "".join(f"<EndDevice><Names><name>{meter}</name></Names></EndDevice>" for meter in meters)
    return _envelope(
        f'<GetMeterReadings xmlns="{BASE}/GetMeterReadingsMessage">'
        f"{_header([('Verb', 'get'), ('Noun', 'MeterReadings'), *later, ('MessageID', message_id)])}"
        f'<Request><GetMeterReadings xmlns="{BASE}/GetMeterReadings#">{devices}'
        f"<ReadingType><mRID>{QUARTER_HOURS_WH}</mRID></ReadingType>"
        f"<TimeSchedule><scheduleInterval><end>{_utc(end)}</end><start>{_utc(start)}</start></scheduleInterval>"
        "</TimeSchedule></GetMeterReadings></Request></GetMeterReadings>"
    )


def acknowledgement(message_id: str, correlation_id: str | None, now: datetime) -> bytes:
    """What a late reply is answered."""
    answers = [("CorrelationID", correlation_id)] if correlation_id else []
    fields = [
        ("Verb", "reply"),
        ("Noun", "MeterReadings"),
        ("Timestamp", _utc(now)),
        ("Source", "toy MDM"),
        ("MessageID", message_id),
        *answers,
    ]
    return _envelope(
        f'<MeterReadingsResponseMessage xmlns="{BASE}/MeterReadingsMessage">{_header(fields)}'
        f'<Reply><m:Result xmlns:m="{MESSAGE}">OK</m:Result></Reply></MeterReadingsResponseMessage>'
    )


def _header(fields: Sequence[tuple[str, str | None]]) -> str:
    inside = "".join(_elements(fields))
    return f'<Header xmlns:m="{MESSAGE}">{inside}</Header>'


def _elements(fields: Sequence[tuple[str, str | None]]) -> Iterator[str]:
    for name, value in fields:
        yield f"<m:{name}>{value}</m:{name}>"


def _envelope(body: str) -> bytes:
    return f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{body}</soap:Body></soap:Envelope>'.encode()


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
