"""The rules of the contract and of the header that the messages of an exchange break."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from lxml import etree

from headend.contract import Contract, Violation
from headend.handlers.admission import Admission
from headend.handlers.violations import refusal_of
from headend.journal.entry import Direction, Entry, Message
from headend.journal.opened import charset_of, inflate
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from headend.soap.envelope import body_element
from headend.soap.faults import SoapFault
from headend.untrusted_xml import NotXml, parse_document

_DETAIL: Final = "detail/*"


class Part(StrEnum):
    """Which message of an exchange."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken."""

    part: Part
    code: str | None
    """Reply code that a head end has for it (61968-9:2013, Annex B); None for what no reply could say."""
    path: str | None
    """Of the element, from the body element on, such as /GetMeterReadings/Header/Verb; None: the message as a whole."""
    line: int | None
    """Of the element in the message."""
    rule: str

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.path, None if self.line is None else f"(line {self.line})"]))
        return f"{self.part}: {' '.join(filter(None, [self.code, where]))}: {self.rule}".replace(" : ", " ")


def request_findings(
    entry: Entry, contract: Contract, served: Collection[str], admission: Admission
) -> tuple[Finding, ...]:
    """What is wrong with the request, judged as a head end judges one that comes; of one that was not kept whole
    nothing can be said.
    """
    body = _body(entry.request, charset_of(entry.request_headers), Part.REQUEST)
    if not isinstance(body, etree._Element):
        return body
    if entry.direction is Direction.OUT:
        return _by_schema(body, contract, Part.REQUEST)
    description = contract.services.get(entry.service) if entry.service in served else None
    operation = None if description is None else description.operation(str(body.tag))
    if operation is None:
        sentence = contract.near_miss(str(body.tag), served).sentence
        return (Finding(Part.REQUEST, None, None, cast("int | None", body.sourceline), sentence),)
    try:
        admission.admit(operation, body, b"")
    except Refusal as refusal:
        return tuple(_refused(refusal.errors, contract.validate(body)))
    return ()


def response_findings(entry: Entry, contract: Contract) -> tuple[Finding, ...]:
    """What is wrong with the answer by the schema. Of one that was not kept whole, and of a page that is no SOAP
    message, nothing is said.
    """
    if entry.response is None or not entry.response.body.lstrip().startswith(b"<"):
        return ()
    body = _body(entry.response, charset_of(entry.response_headers), Part.RESPONSE)
    if not isinstance(body, etree._Element):
        return body
    return _by_schema(body, contract, Part.RESPONSE)


def _body(message: Message, charset: str | None, part: Part) -> etree._Element | tuple[Finding, ...]:
    """The body element, the element in the detail of a fault, or what is wrong with everything around them."""
    if not message.is_whole:
        return ()
    try:
        body = body_element(parse_document(message.body, charset))
    except (NotXml, SoapFault) as error:
        sentence = error.sentence if isinstance(error, SoapFault) else str(error)
        return (Finding(part, None, None, None, sentence),)
    if etree.QName(body).localname == "Fault" and part is Part.RESPONSE:
        detail = body.find(_DETAIL)
        return () if detail is None else detail
    return body


def _by_schema(body: etree._Element, contract: Contract, part: Part) -> tuple[Finding, ...]:
    inflate(body)
    violations = contract.validate(body)
    return tuple(_violated(violations, part)) if violations else ()


def _refused(errors: tuple[Error, ...], violations: list[Violation]) -> list[Finding]:
    if violations and len(violations) == len(errors):
        found = _violated(violations, Part.REQUEST)
        if all((error.details or "").endswith(one.rule) for error, one in zip(errors, found, strict=True)):
            return found
    return [Finding(Part.REQUEST, error.code, None, None, error.details or error.reason) for error in errors]


def _violated(violations: list[Violation], part: Part) -> list[Finding]:
    return [
        Finding(part, error.code, one.path, one.line, one.rule)
        for one, error in zip(violations, refusal_of(violations).errors, strict=True)
    ]
