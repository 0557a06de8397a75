"""A message that crossed the wire, opened for whoever wants to know what it says. Never fails: strangers wrote it."""

from dataclasses import dataclass
from typing import Any

from lxml import etree

from headend.journal.entry import Message
from headend.messages.compressed import NotInflated, TooLong, form_of, inflated
from headend.messages.xml_names import SOAP_ENVELOPE
from headend.untrusted_xml import NotXml, declared_charset, parse_document

_MOST_INFLATED = 4 * 1024 * 1024
_SHORT = 64 * 1024
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}
_SOAP = f"{{{SOAP_ENVELOPE}}}"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in the envelope; all None for what is no XML, or no envelope with a message in it."""

    body: etree._Element | None = None
    """The body element; of a message that was not kept whole as much of it as there is."""
    fault: etree._Element | None = None
    """In its place: a SOAP fault."""


def opened(message: Message, charset: str | None = None) -> Opened:
    """Open an envelope. charset: from its Content-Type."""
    try:
        root = _root(message, charset)
    except NotXml:
        return Opened()
    body = None if root is None else next(root.iterchildren(f"{_SOAP}Body"), None)
    element = None if body is None else next(body.iterchildren("*"), None)
    if element is not None and element.tag == f"{_SOAP}Fault":
        return Opened(fault=element)
    return Opened(body=element)


def charset_of(headers: tuple[tuple[str, str], ...]) -> str | None:
    """The charset that the headers of HTTP declare."""
    return declared_charset(next((value for name, value in headers if name.lower() == "content-type"), None))


def inflate(body: etree._Element) -> None:
    """Put what Payload/Compressed holds in its place; what cannot be inflated stays as it is."""
    for element in body.findall("{*}Payload/{*}Compressed"):
        payload = element.getparent()
        if payload is None or not (element.text or "").strip():
            continue
        try:
            document = inflated(element.text or "", form_of(payload.findtext("{*}Format")), _MOST_INFLATED)
            payload.replace(element, parse_document(document))
        except (NotInflated, TooLong, NotXml):
            continue


def _root(message: Message, charset: str | None) -> etree._Element | None:
    """Raises NotXml for what is no XML to its end; of a message that was not kept whole there is a beginning."""
    body = message.body
    if not message.is_whole:
        return _parsed(body, etree.XMLParser(recover=True, **_SAFE))
    if len(body) > _SHORT or b"<!" in body or charset not in (None, "utf-8", "UTF-8"):
        return parse_document(body, charset)
    # Nearly every message comes here, with every exchange. What makes strangers' documents dear takes more room, or
    # begins with <!.
    return _parsed(body, etree.XMLParser(**_SAFE))


def _parsed(data: bytes, parser: etree.XMLParser) -> etree._Element | None:
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
