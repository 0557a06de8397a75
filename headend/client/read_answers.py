"""From the bytes of an answer to its values.

Not by zeep, which takes 15 s for the day of a thousand meters that lxml reads in one; zeep's object is at hand in the
exchange. Names are compared without their namespace, since head ends of other dialects use others; values that no
reader could make sense of raise NotUnderstood.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypedDict

from lxml import etree

from headend.client.answers import (
    ControlsReply,
    DeviceEvent,
    EventsReply,
    MeterReading,
    Moment,
    Reading,
    ReadingsReply,
    Reply,
    ReplyError,
)
from headend.client.errors import FaultReceived, NotUnderstood
from headend.client.exchange import Exchange
from headend.messages.compressed import NotInflated, TooLong, form_of, inflated

_TELLS_TIME = ".108.0"
"""How a reading type ends whose unit is an instant (Annex C, unit timeStamp)."""

_MOST_INFLATED_BYTES = 2 * 1024**3
"""The day of two hundred thousand meters. Whoever calls a head end trusts it with that much, not with all there is."""

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


def reply_in(exchange: Exchange) -> Reply:
    """What every reply says, of an exchange of any kind. Raises FaultReceived or NotUnderstood."""
    return Reply(**_common(_message(exchange), exchange))


def readings_reply(exchange: Exchange) -> ReadingsReply:
    """The answer to GetMeterReadings. Raises FaultReceived or NotUnderstood."""
    message = _message(exchange)
    return ReadingsReply(**_common(message, exchange), readings=meter_readings(message))


def controls_reply(exchange: Exchange, tracking_id: str) -> ControlsReply:
    """The answer to CreateEndDeviceControls. Raises FaultReceived or NotUnderstood."""
    return ControlsReply(**_common(_message(exchange), exchange), tracking_id=tracking_id)


def events_reply(exchange: Exchange) -> EventsReply:
    """The answer to GetEndDeviceEvents. Raises FaultReceived or NotUnderstood."""
    message = _message(exchange)
    return EventsReply(**_common(message, exchange), events=device_events(message))


def device_events(message: etree._Element) -> tuple[DeviceEvent, ...]:
    """The events in the Payload of any message: a reply, or one that is published. Raises NotUnderstood."""
    return tuple(_event(element) for element in message.iterfind("{*}Payload/{*}EndDeviceEvents/{*}EndDeviceEvent"))


def meter_readings(message: etree._Element) -> tuple[MeterReading, ...]:
    """The readings in the Payload of any message, meter by meter. Raises NotUnderstood."""
    return tuple(_meter_reading(element) for element in message.iterfind("{*}Payload/{*}MeterReadings/{*}MeterReading"))


def reply_result(message: etree._Element) -> str | None:
    """OK, PARTIAL or FAILED; None for a message without Reply."""
    return _text(message.find("{*}Reply"), "Result")


def reply_errors(message: etree._Element) -> tuple[ReplyError, ...]:
    """The Errors of a message's Reply, in its order."""
    return tuple(_error(element) for element in message.iterfind("{*}Reply/{*}Error"))


class _Common(TypedDict):
    result: str
    errors: tuple[ReplyError, ...]
    ids: tuple[str, ...]
    timestamp: datetime | None
    source: str | None
    message_id: str | None
    correlation_id: str | None
    exchange: Exchange


def _message(exchange: Exchange) -> etree._Element:
    """The one element of the Body; what is in it compressed stands there inflated."""
    where = f"{exchange.url} answers with HTTP {exchange.status}"
    try:
        root = etree.fromstring(exchange.response, _parser())
    except etree.XMLSyntaxError as error:
        raise NotUnderstood(f"{where} and no XML: {error.msg or 'the answer is empty'}") from error
    body = root.find(f"{_SOAP}Body")
    message: etree._Element | None = None if body is None else next(body.iterchildren("*"), None)
    if message is None:
        raise NotUnderstood(f"{where} and no SOAP 1.1 envelope with a message in it; its root is {root.tag}")
    if message.tag == f"{_SOAP}Fault":
        detail = message.find("detail")
        raise FaultReceived(
            (message.findtext("faultcode") or "").rpartition(":")[2],
            (message.findtext("faultstring") or "").strip(),
            None if detail is None else etree.tostring(detail),
        )
    for element in message.findall("{*}Payload/{*}Compressed"):
        _inflate(element)
    return message


def _parser() -> etree.XMLParser:
    # A day of a large fleet is a large document; entities stay unresolved, so nothing in it can grow.
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )


def _inflate(element: etree._Element) -> None:
    """Put what Compressed holds in its place."""
    payload = element.getparent()
    text = element.text or ""
    if payload is None or not text.strip():
        return
    where = f"line {element.sourceline}: Payload/Compressed cannot be read"
    try:
        form = form_of(payload.findtext("{*}Format"))
        payload.replace(element, etree.fromstring(inflated(text, form, _MOST_INFLATED_BYTES), _parser()))
    except NotInflated as error:
        raise NotUnderstood(f"{where}: {error}") from error
    except TooLong as error:
        raise NotUnderstood(f"{where}: there are more than {_MOST_INFLATED_BYTES} bytes in it") from error
    except etree.XMLSyntaxError as error:
        raise NotUnderstood(f"{where}: there is no XML in it: {error.msg or 'nothing'}") from error


def _common(message: etree._Element, exchange: Exchange) -> _Common:
    header, reply = message.find("{*}Header"), message.find("{*}Reply")
    result = reply_result(message)
    if header is None or reply is None or result is None:
        raise NotUnderstood(f"{exchange.url} answers with {message.tag}, which has no Header or no Reply/Result")
    stamp = _text(header, "Timestamp")
    return _Common(
        result=result,
        errors=reply_errors(message),
        ids=tuple((element.text or "").strip() for element in reply.iterfind("{*}ID")),
        timestamp=None if stamp is None else _instant(stamp),
        source=_text(header, "Source"),
        message_id=_text(header, "MessageID"),
        correlation_id=_text(header, "CorrelationID"),
        exchange=exchange,
    )


def _error(element: etree._Element) -> ReplyError:
    return ReplyError(
        code=_text(element, "code") or "",
        level=_text(element, "level"),
        reason=_text(element, "reason"),
        details=_text(element, "details"),
        object_id=_text(element, "ID"),
    )


def _meter_reading(element: etree._Element) -> MeterReading:
    meter, usage_point = element.find("{*}Meter"), element.find("{*}UsagePoint")
    values = list(_readings(element))
    return MeterReading(
        mrid=_text(meter, "mRID"),
        name=_text(meter, "Names/{*}name"),
        usage_point_mrid=_text(usage_point, "mRID"),
        usage_point_name=_text(usage_point, "Names/{*}name"),
        readings=tuple(value for value in values if isinstance(value, Reading)),
        moments=tuple(value for value in values if isinstance(value, Moment)),
    )


def _readings(meter: etree._Element) -> Iterator[Reading | Moment]:
    for block in meter.iterfind("{*}IntervalBlocks"):
        reading_type = _ref(block, "ReadingType")
        for reading in block.iterfind("{*}IntervalReadings"):
            yield _reading(reading, reading_type, True)
    for reading in meter.iterfind("{*}Readings"):
        yield _reading(reading, _ref(reading, "ReadingType"), False)


def _reading(element: etree._Element, reading_type: str, is_interval: bool) -> Reading | Moment:
    # Walked and not searched for: there may be a hundred thousand readings, and every search costs a path.
    texts = {child.tag.rpartition("}")[2]: child.text for child in element}
    stamp, value = texts.get("timeStamp"), texts.get("value")
    if not stamp or not value:
        raise NotUnderstood(f"line {element.sourceline}: a reading of {reading_type} has no timeStamp or no value")
    if reading_type.endswith(_TELLS_TIME):
        return Moment(reading_type, _instant(stamp.strip()), _instant(value.strip()))
    try:
        number = Decimal(value.strip())
    except InvalidOperation as error:
        raise NotUnderstood(f"line {element.sourceline}: value {value!r} of a reading is no number") from error
    if not number.is_finite():
        raise NotUnderstood(f"line {element.sourceline}: value {value!r} of a reading is not finite")
    qualities: tuple[str, ...] = ()
    if "ReadingQualities" in texts:
        qualities = tuple(_ref(quality, "ReadingQualityType") for quality in element.iterfind("{*}ReadingQualities"))
    return Reading(reading_type, _instant(stamp.strip()), number, is_interval, qualities)


def _event(element: etree._Element) -> DeviceEvent:
    created = _text(element, "createdDateTime")
    if created is None:
        raise NotUnderstood(f"line {element.sourceline}: an EndDeviceEvent has no createdDateTime")
    device, usage_point = element.find("{*}Assets"), element.find("{*}UsagePoint")
    return DeviceEvent(
        mrid=_text(element, "mRID"),
        created=_instant(created),
        type_code=_ref(element, "EndDeviceEventType"),
        device_mrid=_text(device, "mRID"),
        device_name=_text(device, "Names/{*}name"),
        usage_point_mrid=_text(usage_point, "mRID"),
        issuer_id=_text(element, "issuerID"),
        issuer_tracking_id=_text(element, "issuerTrackingID"),
        reason=_text(element, "reason"),
        severity=_text(element, "severity"),
        details=tuple(
            (_text(detail, "name") or "", _text(detail, "value") or "")
            for detail in element.iterfind("{*}EndDeviceEventDetails")
        ),
    )


def _ref(parent: etree._Element, local: str) -> str:
    element = parent.find(f"{{*}}{local}")
    return "" if element is None else element.get("ref", "")


def _text(parent: etree._Element | None, path: str) -> str | None:
    return None if parent is None else (parent.findtext(f"{{*}}{path}") or "").strip() or None


def _instant(text: str) -> datetime:
    """An xs:dateTime; one without a zone counts as UTC, as nothing in the message says otherwise."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotUnderstood(f"{text!r} is no instant that this client can read: {error}") from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
