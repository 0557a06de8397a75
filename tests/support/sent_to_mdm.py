"""Messages as a head end sends them to an MDM, whole SOAP 1.1 messages as bytes, and what sends them.

Nothing here comes from the code under test: names, order and namespaces are spelled out as the contract has them.
"""

from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from tests.support.client import HeadEndClient
from tests.support.served import SocketExchange
from tests.support.soap_requests import BASE, DISCONNECTED, LOAD_PROFILE, MESSAGE, Fields, envelope, header


def message(
    element: str, noun: str, verb: str, content: str, *, fields: Fields | None = None, header_noun: str | None = None
) -> bytes:
    """A message whose body element is `element`, in the message namespace of `noun`; `content` stands behind Header."""
    return envelope(
        f'<{element} xmlns="{BASE}/{noun}Message">{header(verb, header_noun or noun, fields)}{content}</{element}>'
    )


def events(
    *told: tuple[str, str],
    verb: str = "created",
    element: str = "CreatedEndDeviceEvents",
    type_attribute: str = "ref",
    fields: Fields | None = None,
) -> bytes:
    """EndDeviceEvents: (meter's name, type) of each; one disconnect of M00000005 by default."""
    payload = "".join(
        "<EndDeviceEvent><createdDateTime>2026-03-02T11:00:00Z</createdDateTime>"
        f"<Assets><Names><name>{escape(meter)}</name></Names></Assets>"
        f'<EndDeviceEventType {type_attribute}="{code}"/></EndDeviceEvent>'
        for meter, code in told or (("M00000005", DISCONNECTED),)
    )
    content = f'<Payload><EndDeviceEvents xmlns="{BASE}/EndDeviceEvents#">{payload}</EndDeviceEvents></Payload>'
    return message(element, "EndDeviceEvents", verb, content, fields=fields)


def readings_payload(*meters: str, value: str = "12") -> str:
    """A Payload with one quarter of an hour of each meter, by its name."""
    each = "".join(
        "<MeterReading><IntervalBlocks><IntervalReadings><timeStamp>2026-03-02T11:15:00Z</timeStamp>"
        f"<value>{value}</value></IntervalReadings>"
        f'<ReadingType ref="{LOAD_PROFILE}"/></IntervalBlocks>'
        f"<Meter><Names><name>{escape(meter)}</name></Names></Meter></MeterReading>"
        for meter in meters
    )
    return f'<Payload><MeterReadings xmlns="{BASE}/MeterReadings#">{each}</MeterReadings></Payload>'


def readings(*meters: str, verb: str = "created", fields: Fields | None = None) -> bytes:
    """CreatedMeterReadings."""
    return message("CreatedMeterReadings", "MeterReadings", verb, readings_payload(*meters), fields=fields)


def late_reply(
    *meters: str, result: str = "OK", error: str = "", verb: str = "reply", fields: Fields | None = None
) -> bytes:
    """MeterReadingsResponseMessage, as a late reply; without meters it has no payload. error: a code."""
    told = f"<m:Error><m:code>{error}</m:code></m:Error>" if error else ""
    reply = f'<Reply xmlns:m="{MESSAGE}"><m:Result>{result}</m:Result>{told}</Reply>'
    payload = readings_payload(*meters) if meters else ""
    return message("MeterReadingsResponseMessage", "MeterReadings", verb, reply + payload, fields=fields)


def identified(message_id: str, correlation_id: str | None = None, source: str = "HES") -> Fields:
    """Header fields that tell a message from others."""
    return {"Source": source, "MessageID": message_id, "CorrelationID": correlation_id}


def sender_to(base_url: str) -> HeadEndClient:
    """Posts to an MDM what a head end would; whatever is answered keeps every rule of the wire."""
    address = urlsplit(base_url)
    return HeadEndClient(SocketExchange(address.hostname or "", address.port or 0))
