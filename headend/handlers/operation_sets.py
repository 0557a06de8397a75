"""Execute...OperationSet and Executed...OperationSet of every noun of master data: one machine for all of them.

Which noun's service a set came to does not matter: its operations may be about any (61968-9:2013, Annex K).
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, tzinfo
from functools import partial

from lxml import etree

from headend.contract import Contract, Violation, ViolationKind
from headend.handlers.exchange import Answer, Handler, Request
from headend.handlers.master_data import REQUESTED_NOUNS, TOLD_NOUNS
from headend.handlers.violations import payload_refusal_of
from headend.messages.master_data import read_master_root
from headend.messages.operation_set import OperationText, read_operation, read_operation_set
from headend.operations.master_data.operation_sets import (
    Operation,
    OperationSet,
    OperationSets,
    UnreadOperation,
    verb_of,
)
from headend.operations.reply import Reply
from headend.store import UnitOfWork

_Act = Callable[[OperationSet, str | None, datetime, UnitOfWork], Reply]


def operation_set_handlers(contract: Contract, sets: OperationSets, zone: tzinfo) -> Mapping[str, Handler]:
    """The handlers of all operations on sets, by operation."""
    executing = _handler(contract, zone, frozenset(REQUESTED_NOUNS), sets.carry_out)
    following = _handler(contract, zone, frozenset((*REQUESTED_NOUNS, *TOLD_NOUNS)), sets.take_in)
    return {
        **{f"Execute{noun}OperationSet": executing for noun in REQUESTED_NOUNS},
        **{f"Executed{noun}OperationSet": following for noun in REQUESTED_NOUNS},
    }


def _handler(contract: Contract, zone: tzinfo, nouns: Collection[str], act: _Act) -> Handler:
    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        said = read_operation_set(request.body)
        operations = [
            UnreadOperation(operation_id, partial(_read, element, contract, zone, nouns))
            for operation_id, element in said.operations
        ]
        operation_set = OperationSet(operations, said.in_sequence, said.is_whole)
        return Answer(act(operation_set, request.header.answer_correlation_id, now, work))

    return handle


def _read(element: etree._Element, contract: Contract, zone: tzinfo, nouns: Collection[str]) -> Operation:
    """An operation whose payload keeps its noun's profile. Raises Refusal."""
    said = read_operation(element)
    verb = verb_of(said.noun, said.verb, said.payload_noun, nouns)
    violations = operation_violations(said, verb == "delete", contract)
    if violations:
        raise payload_refusal_of(violations)
    return Operation(verb, read_master_root(said.payload, said.payload_noun, zone), said.element_operation)


def operation_violations(said: OperationText, deletes: bool, contract: Contract) -> list[Violation]:
    """What is wrong with the payload of an operation, which the schema of the set passes over.

    deletes: whether the operation's verb is delete, whichever way it is spelt.
    """
    violations = contract.validate_payload(said.payload)
    if said.element_operation and deletes:
        return [one for one in violations if not _is_only_named(one)]
    return violations


def _is_only_named(violation: Violation) -> bool:
    """What an elementOperation takes away is named by an element, which need not hold anything that fits it."""
    return violation.kind in (ViolationKind.BAD_VALUE, ViolationKind.MISSING_ELEMENT)
