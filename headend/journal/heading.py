"""What an exchange is found by: read from its messages once, when it is kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from headend.journal.entry import Entry, Message
from headend.journal.opened import Opened, charset_of, opened
from headend.messages.read_told import text_at
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
    """Read what stands in both messages."""
    asked = _opened(entry.request, entry.request_headers)
    answered = Opened() if entry.response is None else _opened(entry.response, entry.response_headers)
    header = None if asked.body is None else asked.body.find("{*}Header")
    reply = _reply(answered)
    result = text_at(reply, "Result")
    named: dict[str, None] = {}
    for body in (asked.body, answered.body):
        if body is not None and len(named) < _MOST_NAMES:
            for name in _named(body):
                named[_short(name)] = None
                if len(named) == _MOST_NAMES:
                    break
    return Heading(
        operation="" if asked.body is None else _short(QualifiedName.of(asked.body.tag).local),
        verb=_header(header, "Verb"),
        noun=_header(header, "Noun"),
        source=_header(header, "Source"),
        message_id=_header(header, "MessageID"),
        correlation_id=_header(header, "CorrelationID"),
        result=FAULT if answered.fault is not None else None if result is None else _short(result),
        codes=tuple(_codes(() if reply is None else reply.iterfind("{*}Error/{*}code"))),
        names=tuple(named),
    )


def _opened(message: Message, headers: tuple[tuple[str, str], ...]) -> Opened:
    return opened(message, charset_of(headers)) if message.body else Opened()


def _reply(answered: Opened) -> etree._Element | None:
    if answered.fault is not None:
        return answered.fault.find("detail/*/{*}Reply")
    return None if answered.body is None else answered.body.find("{*}Reply")


def _codes(elements: Iterable[etree._Element]) -> Iterator[str]:
    seen = dict.fromkeys("".join((element.text or "").split()) for element in elements)
    return (_short(code) for code in list(seen)[:_MOST_CODES] if code)


def _named(body: etree._Element) -> Iterator[str]:
    """Texts of whatever names an object outside the Header."""
    for part in body.iterchildren("*"):
        if QualifiedName.of(part.tag).local == "Header":
            continue
        for element in part.iter("{*}mRID", "{*}Names", "{*}ID"):
            text = text_at(element, "name") if len(element) else element.text
            if text and (text := text.strip()):
                yield text


def _header(header: etree._Element | None, local: str) -> str | None:
    text = text_at(header, local)
    return None if text is None else _short(text)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST and text.isprintable() else " ".join(text[:_LONGEST].split())
