"""An answer as a test looks at it."""

from dataclasses import dataclass
from typing import Self

from lxml import etree

from tests.support.compressed import inflated
from tests.support.raw_http import HttpAnswer
from tests.support.soap_requests import MESSAGE


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault."""

    code: str
    """Client, Server, VersionMismatch or MustUnderstand."""
    sentence: str
    detail: etree._Element | None


@dataclass(frozen=True, slots=True)
class ReplyError:
    """One Error of a Reply."""

    code: str
    level: str
    reason: str
    details: str
    object_id: str | None
    operation_id: int | None = None
    """Of the operation of a set that it is about."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response message, or a fault with or without the message in its detail. It keeps every rule of the wire."""

    result: str | None
    """OK, PARTIAL or FAILED; None for a fault without detail."""
    errors: tuple[ReplyError, ...]
    ids: tuple[str, ...]
    header: dict[str, str]
    """The message Header's texts by name; empty in a fault."""
    element: etree._Element
    """The message, or the soap:Fault where there is none."""
    raw: bytes
    fault: Fault | None
    answer: HttpAnswer

    @classmethod
    def of(cls, answer: HttpAnswer, element: etree._Element, fault: Fault | None) -> Self:
        reply = element.find("{*}Reply")
        header = element.find("{*}Header")
        return cls(
            result=None if reply is None else reply.findtext(_name("Result")),
            errors=() if reply is None else tuple(_error(error) for error in reply.iterfind(_name("Error"))),
            ids=() if reply is None else tuple(found.text or "" for found in reply.iterfind(_name("ID"))),
            header={} if header is None else {str(child.tag).rpartition("}")[2]: child.text or "" for child in header},
            element=element,
            raw=answer.body,
            fault=fault,
            answer=answer,
        )

    @property
    def codes(self) -> list[str]:
        """The codes of all Errors, in their order."""
        return [error.code for error in self.errors]

    @property
    def said(self) -> str:
        """All that it says in words: the fault's sentence, or the details of its errors."""
        return "\n".join([*([self.fault.sentence] if self.fault else []), *(error.details for error in self.errors)])

    @property
    def payload(self) -> etree._Element:
        """The noun's root element, inflated where it comes compressed. Fails a test in which there is none."""
        payload = self.element.find("{*}Payload")
        assert payload is not None, f"the reply has no Payload: {self.raw[:1000]!r}"
        if self.is_compressed:
            return inflated(payload)
        assert len(payload) == 1, f"the Payload holds {len(payload)} elements"
        return payload[0]

    @property
    def is_compressed(self) -> bool:
        return self.element.find("{*}Payload/{*}Compressed") is not None

    @property
    def has_payload(self) -> bool:
        return self.element.find("{*}Payload") is not None


def _error(element: etree._Element) -> ReplyError:
    def text(local: str) -> str:
        return element.findtext(_name(local)) or ""

    operation_id = text("operationId")
    return ReplyError(
        text("code"),
        text("level"),
        text("reason"),
        text("details"),
        element.findtext(_name("ID")),
        int(operation_id) if operation_id else None,
    )


def _name(local: str) -> str:
    return f"{{{MESSAGE}}}{local}"
