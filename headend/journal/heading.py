"""What an exchange is found by: read from its messages once, when it is kept."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from lxml import etree

from headend.journal.entry import Entry, Message
from headend.journal.opened import Opened, charset_of, opened
from headend.messages.named_objects import first_named
from headend.messages.xml_names import QualifiedName

FAULT: Final = "fault"
"""Result of an exchange that was answered by a SOAP fault."""

_MOST_NAMES: Final = 60
_MOST_CODES: Final = 20
_LONGEST: Final = 200
"""Characters of a name, an id or a code; longer ones are shortened, and found by their beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """None and empty is whatever could not be read."""

    operation: str = ""
    """Name of the body element of the request."""
    verb: str | None = None
    noun: str | None = None
    source: str | None = None
    message_id: str | None = None
    correlation_id: str | None = None
    result: str | None = None
    """Of the answer: OK, PARTIAL, FAILED, or fault."""
    codes: tuple[str, ...] = ()
    """Codes of the answer's Errors, each once."""
    names: tuple[str, ...] = ()
    """mRIDs, names and IDs of the objects in both messages, each once; of many the first."""

    @property
    def conversation(self) -> str | None:
        """What ties it to its late replies and events: CorrelationID, else MessageID (61968-100:2013)."""
        return self.correlation_id or self.message_id


def heading_of(entry: Entry) -> Heading:
    """Read what stands in both messages.

    It is done with every exchange: a few searches by a path would cost more than the parsing.
    """
    answered = Opened() if entry.response is None else _opened(entry.response, entry.response_headers)
    reply = _by_name(answered.body).get("Reply") if answered.fault is None else answered.fault.find("detail/*/{*}Reply")
    result = None if reply is None else _text(_by_name(reply).get("Result"))
    asked = _said(entry) or _read(entry)
    names = dict.fromkeys([*asked.names, *_names(answered.body)])
    return replace(
        asked,
        result=FAULT if answered.fault is not None else result,
        codes=_codes(reply),
        names=tuple(islice(names, _MOST_NAMES)),
    )


def _said(entry: Entry) -> Heading | None:
    """What stands in the request by the word of whoever wrote it."""
    said, message = entry.said, entry.request.body
    if said is None or said.message is not message:
        return None
    header = said.header
    texts = (header.verb, header.noun, header.source, header.message_id, header.correlation_id)
    verb, noun, source, message_id, correlation_id = (_short(text) or None if text else None for text in texts)
    return Heading(
        operation=_short(said.operation),
        verb=verb,
        noun=noun,
        source=source,
        message_id=message_id,
        correlation_id=correlation_id,
        names=tuple(_short(name) for name in first_named(message, _MOST_NAMES)),
    )


def _read(entry: Entry) -> Heading:
    """What stands in the request."""
    body = _opened(entry.request, entry.request_headers).body
    if body is None:
        return Heading()
    header = {name: _text(element) for name, element in _by_name(_by_name(body).get("Header")).items()}
    return Heading(
        operation=_short(QualifiedName.of(body.tag).local),
        verb=header.get("Verb"),
        noun=header.get("Noun"),
        source=header.get("Source"),
        message_id=header.get("MessageID"),
        correlation_id=header.get("CorrelationID"),
        names=_names(body),
    )


def _opened(message: Message, headers: tuple[tuple[str, str], ...]) -> Opened:
    return opened(message, charset_of(headers)) if message.body else Opened()


def _by_name(element: etree._Element | None) -> dict[str, etree._Element]:
    """Its children by their local names, the first of each."""
    found: dict[str, etree._Element] = {}
    if element is not None:
        for child in element:
            found.setdefault(_local(child), child)
    return found


def _codes(reply: etree._Element | None) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for error in () if reply is None else reply.iterchildren("{*}Error"):
        code = error.findtext("{*}code")
        if code and (code := "".join(code.split())):
            found[_short(code)] = None
            if len(found) == _MOST_CODES:
                break
    return tuple(found)


def _names(body: etree._Element | None) -> tuple[str, ...]:
    """Texts of whatever names an object outside the Header, each once."""
    found: dict[str, None] = {}
    for part in () if body is None else body:
        if _local(part) == "Header":
            continue
        for element in part.iter("{*}mRID", "{*}name", "{*}ID"):
            text = element.text
            if not text or not (text := text.strip()):
                continue
            if _local(element) == "name" and not _is_named(element):
                continue
            found[_short(text)] = None
            if len(found) == _MOST_NAMES:
                return tuple(found)
    return tuple(found)


def _is_named(name: etree._Element) -> bool:
    """Whether it is the name of an object: kinds of names have names, too."""
    parent = name.getparent()
    return parent is not None and _local(parent) == "Names"


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: etree._Element | None) -> str | None:
    text = None if element is None else element.text
    return _short(text.strip()) or None if text else None


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST and text.isprintable() else " ".join(text[:_LONGEST].split())
