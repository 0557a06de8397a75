"""An OperationSet as it stands in a Payload, read operation by operation (61968-9:2013, Annex K)."""

from dataclasses import dataclass

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.references import children
from headend.messages.xml_names import MESSAGE, QualifiedName
from headend.operations.refusal import Refusal

_MOST_DIGITS = 18
_TRUE = ("true", "1")


@dataclass(frozen=True, slots=True)
class OperationSetText:
    """An OperationSet whose operations are still to be read."""

    in_sequence: bool
    """enforceMsgSequence."""
    is_whole: bool
    """enforceTransactionalIntegrity."""
    operations: tuple[tuple[int, etree._Element], ...]
    """operationId and element of each, in the order of the message."""


@dataclass(frozen=True, slots=True)
class OperationText:
    """What one Operation says; nothing of it has been judged."""

    noun: str | None
    verb: str | None
    element_operation: bool
    payload: etree._Element
    """The root element of a noun."""

    @property
    def payload_noun(self) -> str:
        """The noun that the payload's root names."""
        return QualifiedName.of(self.payload.tag).local


def read_operation_set(body: etree._Element) -> OperationSetText:
    """The set in the Payload of a message that keeps its schema.

    Raises Refusal: 1.7 where there is none, 1.8 for an operationId that nobody could count to.
    """
    payload = child(body, "Payload")
    found = None if payload is None else child(payload, "OperationSet")
    if found is None:
        raise Refusal.because("1.7", "there is no OperationSet in the Payload")
    return OperationSetText(
        text(found, "enforceMsgSequence") in _TRUE,
        text(found, "enforceTransactionalIntegrity") in _TRUE,
        tuple((_read_id(element), element) for element in children(found, "Operation")),
    )


def read_operation(element: etree._Element) -> OperationText:
    """One Operation of the set. Raises Refusal (1.7) for one without payload."""
    roots = (one for one in element.iterchildren("*") if QualifiedName.of(one.tag).namespace != MESSAGE)
    payload = next(roots, None)
    if payload is None:
        raise Refusal.because(
            "1.7", f"the Operation (line {element.sourceline}) has no payload; it holds the root element of its noun"
        )
    return OperationText(
        text(element, "noun"), text(element, "verb"), text(element, "elementOperation") in _TRUE, payload
    )


def _read_id(operation: etree._Element) -> int:
    said = text(operation, "operationId") or "0"
    if len(said) > _MOST_DIGITS:
        raise Refusal.because(
            "1.8",
            f"OperationSet/Operation (line {operation.sourceline}): operationId has {len(said)} characters; no more "
            f"than {_MOST_DIGITS} are taken",
        )
    return int(said)
