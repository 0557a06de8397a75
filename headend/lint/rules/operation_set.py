"""Rules on OperationSets and what is answered to them."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.elements import child, children, local, text
from headend.lint.finding import Severity
from headend.lint.part import Part
from headend.lint.rule import OnAnswer, OnMessage, Remarks, Rule

REQUESTS = frozenset({"create", "change", "cancel", "close", "delete"})
EVENTS = frozenset({"created", "changed", "canceled", "closed", "deleted"})
_TRUE = ("true", "1")
_OF_THE_SET = frozenset({"operationId", "noun", "verb", "elementOperation"})


def _operations(part: Part) -> Iterator[etree._Element]:
    found = child(part.payload, "OperationSet")
    yield from children(found, "Operation")
    if part.inflated is not None and local(part.inflated) == "OperationSet":
        yield from children(part.inflated, "Operation")


def _number(element: etree._Element) -> str:
    return text(element, "operationId") or "?"


def _ids_unique(part: Part) -> Remarks:
    seen: set[str] = set()
    for element in _operations(part):
        number = _number(element)
        if number in seen:
            yield part.remark(f"operationId {number} is there more than once", element)
        seen.add(number)


def _in_sequence(part: Part) -> Remarks:
    if text(child(part.payload, "OperationSet"), "enforceMsgSequence") not in _TRUE:
        return
    last = None
    for element in _operations(part):
        number = _number(element)
        if not number.lstrip("-").isdigit():
            continue
        if last is not None and int(number) < last:
            yield part.remark(
                f"operation {number} stands behind operation {last}, and the sequence is enforced", element
            )
        last = int(number)


def _verb_fits(part: Part) -> Remarks:
    wanted = EVENTS if part.kind is Kind.EVENT else REQUESTS
    for element in _operations(part):
        verb = text(element, "verb")
        if verb is not None and verb not in wanted:
            words = ", ".join(sorted(wanted))
            yield part.remark(f"operation {_number(element)} has verb {verb!r}; in this message it is {words}", element)


def _elements_of_delete(part: Part) -> Remarks:
    for element in _operations(part):
        verb = text(element, "verb") or ""
        if text(element, "elementOperation") in _TRUE and not verb.startswith("delete"):
            yield part.remark(f"operation {_number(element)} has elementOperation and verb {verb!r}", element)


def _payload_noun(part: Part) -> Remarks:
    for element in _operations(part):
        payload = [local(one) for one in element if local(one) not in _OF_THE_SET]
        noun = text(element, "noun")
        if len(payload) != 1:
            yield part.remark(
                f"operation {_number(element)} has {len(payload) or 'no'} payload{'s' * (len(payload) > 1)}", element
            )
        elif noun and noun != payload[0]:
            yield part.remark(f"operation {_number(element)} has noun {noun!r} and holds {payload[0]}", element)


def _errors_numbered(request: Part, response: Part) -> Remarks:
    reply = response.reply
    if request.noun != "OperationSet" or reply is None or response.element is None or reply.operation_id is not None:
        return
    known = {_number(one) for one in _operations(request)}
    for error in reply.faults:
        if error.operation_id is not None and error.operation_id not in known:
            yield response.remark(
                f"an Error is about operation {error.operation_id}, which the set has not", error.element
            )
        elif error.operation_id is None and error.id is not None:
            yield response.remark(f"the Error {error.code} about {error.id.value} has no operationId", error.element)


RULES = (
    Rule(
        "set.ids-unique", Severity.ERROR, clauses.OPERATION_SETS,
        "Every operation of a set has an operationId of its own.", "operationId 1 is there more than once",
        OnMessage(_ids_unique),
    ),
    Rule(
        "set.in-sequence", Severity.NOTE, clauses.OPERATION_SETS,
        "Where the sequence is enforced, the operations stand in it: by ascending operationId.",
        "operation 1 stands behind operation 2, and the sequence is enforced", OnMessage(_in_sequence),
    ),
    Rule(
        "set.verb-fits", Severity.ERROR, clauses.OPERATION_SETS,
        "The verb of an operation is one of a request in a set that is to be executed, and one of an event in one that "
        "was.",
        "operation 1 has verb 'created'; in this message it is cancel, change, close, create, delete",
        OnMessage(_verb_fits),
    ),
    Rule(
        "set.elements-of-delete", Severity.WARNING, clauses.OPERATION_SETS,
        "elementOperation means something with delete only.", "operation 1 has elementOperation and verb 'create'",
        OnMessage(_elements_of_delete),
    ),
    Rule(
        "set.payload-noun", Severity.ERROR, clauses.OPERATION_SETS,
        "Every operation holds one payload, and that is of its noun.",
        "operation 1 has noun 'MeterConfig' and holds UsagePointConfig", OnMessage(_payload_noun),
    ),
    Rule(
        "set.errors-numbered", Severity.WARNING, clauses.OPERATION_SETS,
        "An Error about something in a set says in operationId in which operation it stands.",
        "the Error 2.4 about E-1 has no operationId", OnAnswer(_errors_numbered),
    ),
)  # fmt: skip
