"""Exchanges that break no rule, as text, and ways to spoil them: one change at a time.

Names, order and namespaces are spelled out as the contract has them; nothing comes from the code that makes messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from headend.journal import Direction, Entry, Message
from tests.conftest import NOON
from tests.support.operation_sets import meters as meter_config
from tests.support.operation_sets import operation, operation_set
from tests.support.soap_requests import (
    BASE,
    DISCONNECTED,
    ENERGY,
    LOAD_PROFILE,
    MESSAGE,
    SOAP,
    Fields,
    create_end_device_controls,
    created_end_device_events,
    envelope,
    event,
    get_end_device_events,
    get_meter_readings,
    header,
    meter_read_schedule,
    time_schedule,
)

METER = "M00000003"
MRID = "d7d81100-b626-8001-9fb5-000000000003"
OTHER = "M00000009"
STAMP = "2026-03-02T12:00:00Z"
MDM_REPLIES = "http://mdm.test/replies"
FAILED_POWER = "3.26.0.85"

Change = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """Exchanges that keep a rule, and the same with one thing changed that breaks it."""

    good: Sequence[Entry]
    bad: Sequence[Entry]


# Messages


def fields(number: int = 1, source: str = "MDM", **more: str | None) -> Fields:
    """A Header as it should be; what is None is left out."""
    given: dict[str, str | None] = {
        "Timestamp": STAMP,
        "Source": source,
        "MessageID": f"m-{number}",
        "CorrelationID": f"c-{number}",
    }
    return {**given, **more}


def answer(
    noun: str,
    reply: str = "<m:Result>OK</m:Result>",
    payload: str = "",
    *,
    name: str | None = None,
    wrapper: str | None = None,
    correlates: str | None = "c-1",
    number: int = 1,
) -> bytes:
    """A response message of a head end; `payload` is the content of Payload.

    name: that the body element begins with, unless it is the noun. wrapper: of the message namespace.
    """
    within = f"<w:Payload>{payload}</w:Payload>" if payload else ""
    element = f"{name or noun}ResponseMessage"
    return document(
        f'<w:{element} xmlns:w="{BASE}/{wrapper or name or noun}Message" xmlns:m="{MESSAGE}">'
        f"{_header('reply', noun, f'r-{number}', correlates)}<w:Reply>{reply}</w:Reply>{within}</w:{element}>"
    )


def _header(verb: str, noun: str, message_id: str, correlates: str | None) -> str:
    """A Header of a head end, prefix w."""
    said = fields(0, "HES", MessageID=message_id, CorrelationID=correlates)
    return header(verb, noun, said).replace("<Header", "<w:Header", 1).replace("</Header>", "</w:Header>")


def document(body: str) -> bytes:
    """An envelope as a head end sends it."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    ).encode()


def fault(noun: str = "MeterReadings", wrapper: str = "GetMeterReadings", code: str = "1.8") -> bytes:
    """A typed fault."""
    return document(
        "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>it is not valid</faultstring><detail>"
        f'<w:{noun}FaultMessage xmlns:w="{BASE}/{wrapper}Message" xmlns:m="{MESSAGE}"><w:Reply>'
        f"<m:Result>FAILED</m:Result>{error(code)}</w:Reply></w:{noun}FaultMessage></detail></soap:Fault>"
    )


def error(
    code: str, level: str = "FATAL", object_id: str | None = None, *, related: str | None = None, after: str = ""
) -> str:
    """An Error in a Reply, prefix m."""
    own = "" if object_id is None else f'<m:ID kind="name">{object_id}</m:ID>'
    other = "" if related is None else f'<m:relatedID kind="name">{related}</m:relatedID>'
    said = f"<m:code>{code}</m:code><m:level>{level}</m:level><m:reason>why</m:reason>"
    return f"<m:Error>{said}{own}{other}{after}</m:Error>"


def result(said: str, *errors: str) -> str:
    """What stands in a Reply."""
    return f"<m:Result>{said}</m:Result>{''.join(errors)}"


ACKNOWLEDGED = result("OK", error("0.3", "INFORM"))


def named(element: str, name: str, mrid: str = "") -> str:
    """An element that names an object."""
    identity = f"<mRID>{mrid}</mRID>" if mrid else ""
    return f"<{element}>{identity}<Names><name>{name}</name></Names></{element}>"


def readings(*meter_readings: str) -> str:
    """The root element of MeterReadings."""
    return f'<MeterReadings xmlns="{BASE}/MeterReadings#">{"".join(meter_readings)}</MeterReadings>'


def of_meter(inside: str, meter: str = METER, *, interval: tuple[str, str] | None = None, mrid: str = "") -> str:
    """A MeterReading of blocks and then registers. interval: start and end of valuesInterval, at this hour."""
    span = ""
    if interval is not None:
        start, end = (f"2026-03-02T{hour}:00Z" for hour in interval)
        span = f"<valuesInterval><end>{end}</end><start>{start}</start></valuesInterval>"
    blocks, tag, registers = inside.partition("<Readings>")
    return f"<MeterReading>{blocks}{named('Meter', meter, mrid)}{tag}{registers}{span}</MeterReading>"


def quarters(*stamps: str, value: str = "12", quality: str = "", kind: str = LOAD_PROFILE) -> str:
    """An IntervalBlock; each stamp is a time of the day, such as 10:15."""
    rated = "".join(
        f'<ReadingQualities><ReadingQualityType ref="{one}"/></ReadingQualities>' for one in quality.split()
    )
    each = "".join(
        f"<IntervalReadings><timeStamp>2026-03-02T{one}:00Z</timeStamp><value>{value}</value>{rated}</IntervalReadings>"
        for one in stamps
    )
    return f'<IntervalBlocks>{each}<ReadingType ref="{kind}"/></IntervalBlocks>'


def register(value: str = "100.5", stamp: str = "10:00", kind: str = ENERGY, *, before: str = "") -> str:
    """A Reading of a register; `before` stands before its timeStamp."""
    return (
        f"<Readings>{before}<timeStamp>2026-03-02T{stamp}:00Z</timeStamp><value>{value}</value>"
        f'<ReadingType ref="{kind}"/></Readings>'
    )


HOUR = ("10:15", "10:30", "10:45", "11:00")
PERIOD = ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z")


# Exchanges


def exchange(
    request: bytes,
    response: bytes | None,
    service: str,
    *,
    number: int = 1,
    direction: Direction = Direction.IN,
    status: int | None = 200,
    peer: str = "127.0.0.1:40001",
    later: timedelta = timedelta(),
) -> Entry:
    """An entry; it begins at noon, or so much later."""
    return Entry(
        number=number,
        direction=direction,
        at=NOON + later,
        machine_at=NOON + later,
        took_s=0.1,
        peer=peer,
        service=service,
        operation="",
        status=status,
        request=Message.whole(request),
        response=None if response is None else Message.whole(response),
    )


def spoiled(entry: Entry, *, request: Change | None = None, response: Change | None = None, **others: object) -> Entry:
    """The entry with a text of a message replaced where it stands first, and with other fields."""
    changed = replace(entry, **others)  # type: ignore[arg-type]
    if request is not None:
        changed = replace(changed, request=Message.whole(_replaced(entry.request.body, *request)))
    if response is not None:
        assert entry.response is not None
        changed = replace(changed, response=Message.whole(_replaced(entry.response.body, *response)))
    return changed


def _replaced(body: bytes, old: str, new: str) -> bytes:
    assert old.encode() in body, f"{old!r} is not in {body!r}"
    return body.replace(old.encode(), new.encode(), 1)


def read(
    payload: str | None = None,
    *,
    meters: Sequence[str] = (METER,),
    period: tuple[str, str] | None = PERIOD,
    reply: str = result("OK"),
    number: int = 1,
    reading_types: Sequence[str] = (),
    **more: str | None,
) -> Entry:
    """A read of a period, and four quarters of an hour; or another payload."""
    request = get_meter_readings(*meters, period=period, reading_types=reading_types, fields=fields(number, **more))
    if payload is None:
        payload = readings(of_meter(quarters(*HOUR), interval=("10:00", "11:00")))
    response = answer(
        "MeterReadings", reply, payload, wrapper="GetMeterReadings", correlates=f"c-{number}", number=number
    )
    return exchange(request, response, "GetMeterReadings", number=number)


def refused(reply: str, *, number: int = 1) -> Entry:
    """A read that is answered by a Reply without a payload."""
    request = get_meter_readings(METER, fields=fields(number))
    response = answer("MeterReadings", reply, wrapper="GetMeterReadings", correlates=f"c-{number}", number=number)
    return exchange(request, response, "GetMeterReadings", number=number)


def faulted(request: bytes | None = None, response: bytes | None = None) -> Entry:
    """A read that is answered by a fault."""
    asked = get_meter_readings(METER, fields=fields()) if request is None else request
    return exchange(asked, fault() if response is None else response, "GetMeterReadings", status=500)


def asked_late(number: int = 1, reply: str = ACKNOWLEDGED, **more: str | None) -> Entry:
    """An asynchronous read and its acknowledgement."""
    given = {"AsyncReplyFlag": "true", "ReplyAddress": MDM_REPLIES, **more}
    request = get_meter_readings(METER, fields=fields(number, **given))
    response = answer("MeterReadings", reply, wrapper="GetMeterReadings", correlates=f"c-{number}", number=number)
    return exchange(request, response, "GetMeterReadings", number=number)


def late_reply(
    number: int = 2, correlation: int = 1, reply: str = result("OK"), *, noun: str = "MeterReadings"
) -> Entry:
    """A late reply, and what the MDM says to it."""
    payload = ""
    if noun == "MeterReadings":
        payload = f"<w:Payload>{readings(of_meter(register()))}</w:Payload>"
    request = document(
        f'<w:{noun}ResponseMessage xmlns:w="{BASE}/{noun}Message" xmlns:m="{MESSAGE}">'
        f"{_header('reply', noun, f'l-{number}', f'c-{correlation}')}"
        f"<w:Reply>{reply}</w:Reply>{payload}</w:{noun}ResponseMessage>"
    )
    response = answer(noun, ACKNOWLEDGED, correlates=f"c-{correlation}", number=number)
    later = timedelta(minutes=1)
    return exchange(
        request, response, f"Reply{noun}", number=number, direction=Direction.OUT, peer=MDM_REPLIES, later=later
    )


def control(text: str | None = None, *, number: int = 1, meters: Sequence[str] = (METER,)) -> Entry:
    """A disconnect, or the text of another control, and its answer."""
    request = create_end_device_controls(*meters, controls=text or "", fields=fields(number))
    identified = f'{result("OK")}<m:ID kind="uuid">9ccd30f3-b178-80cf-b84b-78d322a38187</m:ID>'
    response = answer("EndDeviceControls", identified, correlates=f"c-{number}", number=number)
    return exchange(request, response, "ExecuteEndDeviceControls", number=number)


def told_events(*events: str, number: int = 1, correlation: str | None = None) -> Entry:
    """Events that a head end publishes, and what the MDM says to them."""
    said = fields(0, "HES", MessageID=f"p-{number}", CorrelationID=correlation)
    request = created_end_device_events(*(events or (event(DISCONNECTED, STAMP, METER),)), fields=said)
    response = answer("EndDeviceEvents", ACKNOWLEDGED, correlates=correlation or f"p-{number}", number=number)
    return exchange(
        request, response, "ReceiveEndDeviceEvents", number=number, direction=Direction.OUT, peer="http://mdm.test/in"
    )


def told_readings(payload: str, *, number: int = 1, correlation: str | None = None) -> Entry:
    """Readings that a head end publishes, and what the MDM says to them."""
    said = fields(0, "HES", MessageID=f"p-{number}", CorrelationID=correlation)
    request = envelope(
        f'<CreatedMeterReadings xmlns="{BASE}/MeterReadingsMessage">{header("created", "MeterReadings", said)}'
        f"<Payload>{payload}</Payload></CreatedMeterReadings>"
    )
    response = answer("MeterReadings", ACKNOWLEDGED, correlates=correlation or f"p-{number}", number=number)
    return exchange(
        request, response, "ReceiveMeterReadings", number=number, direction=Direction.OUT, peer="http://mdm.test/in"
    )


def asked_events(*events: str, period: tuple[str, str] | None = PERIOD, profile: str = "") -> Entry:
    """A request for events of a meter, and its answer."""
    request = get_end_device_events(METER, period=period, profile=profile, fields=fields())
    payload = f'<EndDeviceEvents xmlns="{BASE}/EndDeviceEvents#">{"".join(events)}</EndDeviceEvents>'
    response = answer("EndDeviceEvents", payload=payload, wrapper="GetEndDeviceEvents")
    return exchange(request, response, "GetEndDeviceEvents")


def scheduled(
    *, times: str | None = None, meters: Sequence[str] = (METER,), reading_types: Sequence[str] = (), number: int = 1
) -> Entry:
    """A schedule that is created, and its answer."""
    when = time_schedule(before="<recurrencePattern>daily</recurrencePattern>") if times is None else times
    request = meter_read_schedule("Create", *meters, times=when, reading_types=reading_types, fields=fields(number))
    identified = f'{result("OK")}<m:ID kind="uuid">1d3c3a52-6b0e-8c11-a5f3-6a7f0d0c9b21</m:ID>'
    response = answer("MeterReadSchedule", identified, correlates=f"c-{number}", number=number)
    return exchange(request, response, "ExecuteMeterReadSchedule", number=number)


def executed_set(*operations: str, reply: str = result("OK"), in_sequence: bool | None = None) -> Entry:
    """A set of operations, and its answer."""
    wanted = operations or (operation(1, meter_config("E-1")), operation(2, meter_config("E-2")))
    request = operation_set(*wanted, in_sequence=in_sequence, fields=fields())
    response = answer("OperationSet", reply, name="MeterConfigOperationSet")
    return exchange(request, response, "ExecuteMeterConfigOperationSet")
