"""From the bytes of an answer to its values.

Not by zeep, which takes 15 s for the day of a thousand meters that lxml reads in one; zeep's object is at hand in the
exchange. Names are compared without their namespace, since head ends of other dialects use others; values that no
reader could make sense of raise NotUnderstood.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypedDict

from lxml import etree

from headend.client.answers import ControlsReply, EventsReply, ReadingsReply, Reply
from headend.client.errors import FaultReceived, NotUnderstood
from headend.client.exchange import Exchange
from headend.messages.compressed import NotInflated, TooLong, form_of, inflated
from headend.messages.read_told import (
    NotReadable,
    device_events,
    instant_of,
    meter_readings,
    reply_errors,
    reply_result,
    text_at,
)
from headend.messages.told import ReplyError

_MOST_INFLATED_BYTES = 2 * 1024**3
"""The day of two hundred thousand meters. Whoever calls a head end trusts it with that much, not with all there is."""

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


def reply_in(exchange: Exchange) -> Reply:
    """What every reply says, of an exchange of any kind. Raises FaultReceived or NotUnderstood."""
    with _understood():
        return Reply(**_common(_message(exchange), exchange))


def readings_reply(exchange: Exchange) -> ReadingsReply:
    """The answer to GetMeterReadings. Raises FaultReceived or NotUnderstood."""
    message = _message(exchange)
    with _understood():
        return ReadingsReply(**_common(message, exchange), readings=meter_readings(message))


def controls_reply(exchange: Exchange, tracking_id: str) -> ControlsReply:
    """The answer to CreateEndDeviceControls. Raises FaultReceived or NotUnderstood."""
    with _understood():
        return ControlsReply(**_common(_message(exchange), exchange), tracking_id=tracking_id)


def events_reply(exchange: Exchange) -> EventsReply:
    """The answer to GetEndDeviceEvents. Raises FaultReceived or NotUnderstood."""
    message = _message(exchange)
    with _understood():
        return EventsReply(**_common(message, exchange), events=device_events(message))


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except NotReadable as error:
        raise NotUnderstood(str(error)) from error


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
    stamp = text_at(header, "Timestamp")
    return _Common(
        result=result,
        errors=reply_errors(message),
        ids=tuple((element.text or "").strip() for element in reply.iterfind("{*}ID")),
        timestamp=None if stamp is None else instant_of(stamp),
        source=text_at(header, "Source"),
        message_id=text_at(header, "MessageID"),
        correlation_id=text_at(header, "CorrelationID"),
        exchange=exchange,
    )
