"""Rules on what follows what in a run: resends, and the verbs on one object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.elements import children, local, text
from headend.lint.exchange import Exchange
from headend.lint.finding import Severity
from headend.lint.part import Part
from headend.lint.rule import OverRun, Remarks, Rule
from headend.lint.run_check import Memory, RunCheck

_ACTING = frozenset({"create", "change", "cancel", "close", "delete", "execute"})
_ENDED = {"cancel": "cancelled", "close": "closed", "delete": "deleted"}
_ON_ENDED = frozenset({"change", "cancel", "close"})
"""Verbs that mean nothing to what has been cancelled, closed or deleted; to delete it is still possible."""


class _ResendAnswered(RunCheck):
    """A resend has the bytes, the Source and the MessageID of a request before it."""

    def __init__(self) -> None:
        self._answers: Memory[tuple[str | None, str, bytes], tuple[str, int]] = Memory()

    def exchange(self, exchange: Exchange) -> Remarks:
        request, response = exchange.request, exchange.response
        if request is None or response is None or not request.is_whole or not response.is_whole:
            return
        said, operation = request.header.message_id, request.operation
        if said is None or operation is None or operation.verb not in _ACTING or response.reply is None:
            return
        digest = request.digest
        key = (request.header.source, said, digest)
        outcome = " ".join([response.reply.result or "?", *response.reply.codes])
        earlier = self._answers.get(key)
        if earlier is None:
            self._answers[key] = (outcome, exchange.entry.number)
        elif earlier[0] != outcome:
            sentence = f"a resend was answered {outcome}; exchange {earlier[1]} was answered {earlier[0]}"
            yield response.remark(sentence, response.reply.element)


@dataclass(frozen=True, slots=True)
class _End:
    verb: str
    entry: int


class _VerbOrder(RunCheck):
    """What was ended, by the noun and whatever a request called it: Request/ID, or the mRIDs in its payload."""

    def __init__(self) -> None:
        self._ended: Memory[tuple[str, str], _End] = Memory()

    def exchange(self, exchange: Exchange) -> Remarks:
        request, response = exchange.request, exchange.response
        operation = exchange.operation
        if request is None or operation is None or request.kind is not Kind.REQUEST or operation.verb not in _ACTING:
            return
        reply = None if response is None else response.reply
        if not request.is_whole or response is None or response.fault is not None or reply is None:
            return
        if reply.result != "OK":
            return
        for identifier in dict.fromkeys(_named(request)):
            key = (operation.noun, identifier)
            ended = self._ended.get(key)
            if ended is not None and operation.verb in _ON_ENDED:
                sentence = f"{operation.verb} of {identifier} was answered OK, after it was {_ENDED[ended.verb]}"
                yield request.remark(f"{sentence} in exchange {ended.entry}")
            if operation.verb in _ENDED:
                self._ended[key] = _End(operation.verb, exchange.entry.number)
            elif operation.verb == "create" and ended is not None:
                del self._ended[key]


def _named(part: Part) -> Iterator[str]:
    for one in children(part.request, "ID"):
        if one.text and one.text.strip():
            yield one.text.strip()
    for root in part.payload_roots:
        for element in root:
            if isinstance(element, etree._Element) and not local(element).endswith("Type"):
                identifier = text(element, "mRID")
                if identifier:
                    yield identifier


RULES = (
    Rule(
        "transaction.resend-answered", Severity.WARNING, clauses.JUDGEMENT,
        "A resend, equal to the byte, is answered as the request before it was, and acts no second time.",
        "a resend was answered FAILED 6.1; exchange 1 was answered OK", OverRun(_ResendAnswered),
    ),
    Rule(
        "transaction.verb-order", Severity.WARNING, clauses.VERBS,
        "What was cancelled, closed or deleted is not changed, cancelled or closed any more.",
        "cancel of 9ccd30f3-b178-80cf-b84b-78d322a38187 was answered OK, after it was deleted in exchange 1",
        OverRun(_VerbOrder),
    ),
)  # fmt: skip
