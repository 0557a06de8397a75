"""Messages that somebody captured, as exchanges: nothing is known of them but their bytes and their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from headend.contract import Contract, Violation
from headend.journal.entry import Direction, Entry, Message
from headend.lint.bodies import Bodies, Kind
from headend.lint.elements import child, local
from headend.lint.finding import Side
from headend.lint.header_said import HeaderSaid
from headend.messages.compressed_payload import inflate_payload
from headend.messages.xml_names import SOAP_ENVELOPE, tag
from headend.operations.refusal import Refusal
from headend.untrusted_xml import NotXml, parse_document

_BODY, _FAULT = tag(SOAP_ENVELOPE, "Body"), tag(SOAP_ENVELOPE, "Fault")
_UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""For rules that need to know when a message travelled, and that are left out where nobody does."""
_MOST_INFLATED_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Captured:
    """An exchange, and which of the messages are in it."""

    entry: Entry
    request: int | None
    """Position of the request among the messages; None where there is none."""
    response: int | None

    def message(self, side: Side) -> int | None:
        """Position of the message on a side."""
        return self.request if side is Side.REQUEST else self.response


@dataclass(frozen=True, slots=True)
class _Seen:
    tag: str | None
    is_fault: bool
    header: HeaderSaid


def captured(messages: Iterable[bytes], contract: Contract) -> list[Captured]:
    """Exchanges of messages in the order in which they travelled.

    An answer or a fault right behind a request is the answer to it. Another response message is the late reply to an
    asynchronous request before it that has its CorrelationID; without one, it is an answer whose request is not known.
    """
    bodies = Bodies(contract)
    found: list[Captured] = []
    open_request: tuple[int, bytes, str | None] | None = None  # position, bytes, what would answer it
    late: set[str] = set()
    for position, data in enumerate(messages):
        seen = _look(data)
        is_answer = seen.is_fault or (seen.tag is not None and bodies.kind(seen.tag) is Kind.ANSWER)
        if open_request is not None:
            if is_answer and (seen.is_fault or seen.tag == open_request[2]):
                found.append(_exchange(len(found) + 1, open_request[:2], (position, data)))
                open_request = None
                continue
            found.append(_exchange(len(found) + 1, open_request[:2], None))
            open_request = None
        if is_answer and seen.header.correlation_id not in late:
            found.append(_exchange(len(found) + 1, None, (position, data)))
            continue
        if seen.header.asks_for_late_reply and seen.header.answer_correlation_id is not None:
            late.add(seen.header.answer_correlation_id)
        operation = None if seen.tag is None else bodies.operation(seen.tag)
        open_request = (position, data, seen.tag if operation is None else operation.output)
    if open_request is not None:
        found.append(_exchange(len(found) + 1, open_request[:2], None))
    return found


def contract_violations(data: bytes, contract: Contract) -> list[str]:
    """What the contract says of a captured message: of its body element, or of the element in the detail of a fault.

    What came compressed is inflated first. Each sentence says where. Empty: it is valid.
    """
    try:
        element = _message(parse_document(data))
    except NotXml as error:
        return [str(error)]
    if element is None:
        return ["it is no SOAP 1.1 envelope with one element in its Body"]
    if element.tag == _FAULT:
        detail = child(element, "detail")
        inside = [] if detail is None else [one for one in detail if isinstance(one.tag, str)]
        return [_sentence(one) for each in inside for one in contract.validate(each)]
    try:
        inflate_payload(element, _MOST_INFLATED_BYTES)
    except Refusal as refusal:
        return [error.details or error.reason for error in refusal.errors]
    return [_sentence(one) for one in contract.validate(element)]


def _sentence(violation: Violation) -> str:
    line = "" if violation.line is None else f" (line {violation.line})"
    return f"{violation.path}{line}: {violation.rule}"


def _look(data: bytes) -> _Seen:
    try:
        element = _message(parse_document(data))
    except NotXml:
        element = None
    if element is None:
        return _Seen(None, False, HeaderSaid())
    return _Seen(str(element.tag), element.tag == _FAULT, HeaderSaid.of(child(element, "Header")))


def _message(root: etree._Element) -> etree._Element | None:
    inside = list(_inside(root))
    return inside[0] if len(inside) == 1 else None


def _inside(root: etree._Element) -> Iterator[etree._Element]:
    for body in root if local(root) == "Envelope" else ():
        if body.tag == _BODY:
            yield from body


def _exchange(number: int, request: tuple[int, bytes] | None, response: tuple[int, bytes] | None) -> Captured:
    entry = Entry(
        number=number,
        direction=Direction.IN,
        at=_UNKNOWN_TIME,
        machine_at=_UNKNOWN_TIME,
        took_s=0.0,
        peer="",
        service="",
        operation="",
        status=None,
        request=Message.whole(b"" if request is None else request[1]),
        response=None if response is None else Message.whole(response[1]),
    )
    return Captured(entry, None if request is None else request[0], None if response is None else response[0])
