"""OperationSet: many operations on master data in one message (61968-9:2013, Annex K; 61968-100:2013, clause 6).

A set is worked on in parts of some hundred operations. What a part names is fetched at once and what it changed is
written at once, so that neither memory nor the number of statements grows with the set.

Our readings of the standard, where it is silent:

    enforceMsgSequence             true: by ascending operationId; one that fails does not keep later ones from being
                                   carried out. false: any order, which is that of the message; what is refused is tried
                                   again after the others, since it may refer to what they bring (`MOST_ROUNDS`).
    enforceTransactionalIntegrity  true: all are tried, so that every culprit is told at once; then nothing is kept.
                                   false: each operation stands alone, and so does each object of one.
    an operationId that is used twice    refuses all operations that have it: a reply could not tell them apart.
    elementOperation               means something with delete only; elsewhere it is passed over, with a remark.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from headend.operations.master_data.payload import LINKAGE_NOUN, MasterPayload, Outcome
from headend.operations.master_data.verbs import EVENT_VERBS, MasterDataVerbs
from headend.operations.master_data.working_set import WorkingSet
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId, Reply, Result
from headend.store import UnitOfWork

T = TypeVar("T")

AT_ONCE: Final = 500
"""Operations that are fetched for, and written, together."""
MOST_ROUNDS: Final = 10
"""How often what was refused is tried again in a set of any order. Master data is not as deep as that."""

_VERBS: Final = {
    **{verb: verb for verb in EVENT_VERBS},
    **{event_verb: verb for verb, event_verb in EVENT_VERBS.items()},
    "update": "change",
    "updated": "change",
}
"""The verbs of operations; update is an old word for change."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation that can be carried out."""

    verb: str
    """create, change, cancel, close or delete."""
    payload: MasterPayload
    element_operation: bool = False
    """A delete takes the listed elements and links away, and keeps the objects."""


@dataclass(frozen=True, slots=True)
class UnreadOperation:
    """One operation as it came."""

    operation_id: int
    read: Callable[[], Operation]
    """Raises Refusal for one that cannot be carried out."""


@dataclass(frozen=True, slots=True)
class OperationSet:
    """Operations in the order of their message."""

    operations: Sequence[UnreadOperation]
    in_sequence: bool = False
    is_whole: bool = False
    """All of them or none."""


def verb_of(noun: str | None, verb: str | None, payload_noun: str, nouns: Collection[str]) -> str:
    """The verb of the request that an operation is; nouns: those that a set may be about.

    Raises Refusal: 1.7 without a verb, 2.5 for the noun, 2.9 for the verb.
    """
    if noun is not None and noun != payload_noun:
        raise Refusal.because("2.5", f"Operation/noun is {noun!r}, but its payload is {payload_noun}")
    if payload_noun not in nouns:
        raise Refusal.because(
            "2.5", f"an OperationSet is about master data, not {payload_noun}; its nouns are {', '.join(sorted(nouns))}"
        )
    if verb is None:
        raise Refusal.because("1.7", f"Operation/verb is missing; the verbs are {', '.join(EVENT_VERBS)}")
    if verb not in _VERBS:
        raise Refusal.because("2.9", f"Operation/verb is {verb!r}; the verbs are {', '.join(EVENT_VERBS)}")
    return _VERBS[verb]


_Told = Sequence[tuple[str, Outcome]]
"""What was done, by the verb that did it."""
_Act = Callable[[Operation, WorkingSet], tuple[_Told, Sequence[Error]]]


class OperationSets:
    """Carries sets out, and follows those that others carried out."""

    def __init__(self, verbs: MasterDataVerbs, most_operations: int) -> None:
        """most_operations: of one set; a longer one is refused."""
        self._verbs = verbs
        self._most_operations = most_operations

    def carry_out(
        self, operation_set: OperationSet, correlation_id: str | None, now: datetime, work: UnitOfWork
    ) -> Reply:
        """Do what a set says: an ID for each object that was done, Errors with the operationId of what was not.

        Raises Refusal where nothing is kept: 1.7 for an empty set, 3.1 for one that is too long, otherwise the errors
        of all operations; 5.9 is that of those which only had to be taken back.
        """
        run = self._run(operation_set, self._apply, correlation_id, now, work)
        errors = _in_order(run.errors)
        refused = {position for position, _ in run.errors}
        if operation_set.is_whole and refused:
            taken_back = (
                Error("5.9", "taken back, because other operations of the set failed", operation_id=one.operation_id)
                for position, one in enumerate(run.operations)
                if position not in refused
            )
            raise Refusal(*errors, *taken_back)
        if not run.ids:
            raise Refusal(*errors)
        return Reply.of_parts(True, errors, _in_order(run.ids), remarks=_in_order(run.remarks))

    def take_in(
        self, operation_set: OperationSet, correlation_id: str | None, now: datetime, work: UnitOfWork
    ) -> Reply:
        """Follow a set that another system tells that it executed; acknowledged as `MasterDataVerbs.take_in` has it.

        It was kept whole or in part over there, so here each operation stands alone. Raises Refusal as `carry_out` does
        for a set that is empty or too long.
        """
        run = self._run(operation_set, self._follow, correlation_id, now, work)
        told = [replace(error, level=Level.WARNING) for error in _in_order([*run.errors, *run.remarks])]
        return Reply(Result.OK, (Error("0.3", "taken note of", Level.INFORM), *told), tuple(_in_order(run.ids)))

    def _run(
        self, operation_set: OperationSet, act: _Act, correlation_id: str | None, now: datetime, work: UnitOfWork
    ) -> "_Run":
        count = len(operation_set.operations)
        if not count:
            raise Refusal.because("1.7", "the OperationSet holds no Operation")
        if count > self._most_operations:
            raise Refusal.because(
                "3.1", f"the OperationSet holds {count} operations; the limit here is {self._most_operations}"
            )
        operations = operation_set.operations
        if operation_set.in_sequence:
            operations = sorted(operations, key=lambda one: one.operation_id)
        run = _Run(self._verbs, operations, act, self._verbs.working_set(now, work), correlation_id)
        run.carry_out(1 if operation_set.in_sequence else MOST_ROUNDS)
        return run

    def _apply(self, operation: Operation, working: WorkingSet) -> tuple[_Told, Sequence[Error]]:
        verb = operation.verb
        outcome = self._verbs.apply(verb, operation.payload, working, element_operation=operation.element_operation)
        return ((verb, outcome),), ()

    def _follow(self, operation: Operation, working: WorkingSet) -> tuple[_Told, Sequence[Error]]:
        return self._verbs.follow(
            operation.verb, operation.payload, working, element_operation=operation.element_operation
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """An operation at its place in the order of the set."""

    position: int
    operation: Operation


@dataclass(slots=True)
class _Run:
    """One set on its way: what was done, and what was not."""

    verbs: MasterDataVerbs
    operations: Sequence[UnreadOperation]
    """In the order in which they are carried out."""
    act: _Act
    working: WorkingSet
    correlation_id: str | None
    ids: list[tuple[int, ObjectId]] = field(default_factory=list)
    errors: list[tuple[int, Error]] = field(default_factory=list)
    remarks: list[tuple[int, Error]] = field(default_factory=list)
    """All with the position of their operation, since some are tried again behind the others."""
    told: "_News" = field(init=False)

    def __post_init__(self) -> None:
        self.told = _News(self.verbs, self.working, self.correlation_id)

    def carry_out(self, rounds: int) -> None:
        """Every operation; what is refused again, in further rounds, as long as that leads anywhere."""
        waiting: Iterable[_Step] = self._read()
        has_another = rounds > 1
        while True:
            postponed: list[_Step] = []
            before = len(self.ids)
            for part in _parts(waiting):
                self.verbs.expect(((one.operation.verb, one.operation.payload) for one in part), self.working)
                postponed += [one for one in part if not self._is_finished(one, may_wait=has_another)]
                self.told.send()
                self.working.flush()
                self.working.forget()
            if not postponed:
                return
            rounds -= 1
            has_another = rounds > 1 and len(self.ids) > before
            waiting = postponed

    def _read(self) -> Iterator[_Step]:
        used = Counter(one.operation_id for one in self.operations)
        for position, one in enumerate(self.operations):
            try:
                if used[one.operation_id] > 1:
                    raise Refusal.because(
                        "1.8",
                        f"operationId {one.operation_id} is that of {used[one.operation_id]} operations of the set; "
                        "none of them is carried out",
                    )
                yield _Step(position, one.read())
            except Refusal as refusal:
                self.errors += self._of_operation(position, refusal.errors)

    def _is_finished(self, step: _Step, *, may_wait: bool) -> bool:
        """Carry an operation out; False: nothing of it was done, and it may be tried again later."""
        operation = step.operation
        if may_wait and self.verbs.would_be_torn(operation.verb, operation.payload, self.working):
            return False
        try:
            told, errors = self.act(operation, self.working)
        except Refusal as refusal:
            told, errors = (), refusal.errors
        errors = [*errors, *(error for _, outcome in told for error in outcome.errors)]
        ids = [(step.position, one) for _, outcome in told for one in outcome.ids]
        if may_wait and errors and not ids:
            return False
        self.ids += ids
        self.errors += self._of_operation(step.position, errors)
        self.remarks += self._of_operation(step.position, [one for _, outcome in told for one in outcome.remarks])
        operation_id = self.operations[step.position].operation_id
        for verb, outcome in told:
            self.told.add(operation_id, verb, operation.payload.noun, outcome)
        if operation.element_operation and operation.verb != "delete":
            remark = Error("1.8", "elementOperation means something with delete only; passed over", Level.INFORM)
            self.remarks += self._of_operation(step.position, [remark])
        return True

    def _of_operation(self, position: int, errors: Iterable[Error]) -> list[tuple[int, Error]]:
        operation_id = self.operations[position].operation_id
        return [(position, replace(error, operation_id=operation_id)) for error in errors]


class _News:
    """Tells subscribers what a set did: one message for operations of a noun and verb that follow each other.

    A MasterDataLinkageConfig links every object with every other that fits, so each of them is a message of its own.
    """

    def __init__(self, verbs: MasterDataVerbs, working: WorkingSet, correlation_id: str | None) -> None:
        self._verbs = verbs
        self._working = working
        self._correlation_id = correlation_id
        self._has_readers: dict[str, bool] = {}
        self._verb = self._noun = ""
        self._first_id = 0
        self._outcome = Outcome()

    def add(self, operation_id: int, verb: str, noun: str, outcome: Outcome) -> None:
        """Take what an operation did into the message at hand, or begin another."""
        if noun not in self._has_readers:
            self._has_readers[noun] = self._verbs.is_told(noun, self._working.work)
        if not outcome.done or not self._has_readers[noun]:
            return
        if (verb, noun) != (self._verb, self._noun) or noun == LINKAGE_NOUN:
            self.send()
            self._verb, self._noun, self._first_id = verb, noun, operation_id
        self._outcome.done += outcome.done
        self._outcome.ids += outcome.ids

    def send(self) -> None:
        """Queue the message at hand."""
        if self._outcome.done:
            self._verbs.publish(
                self._verb, self._noun, self._outcome, self._correlation_id, self._working, (self._first_id,)
            )
        self._verb = self._noun = ""
        self._outcome = Outcome()


def _parts(steps: Iterable[_Step]) -> Iterator[list[_Step]]:
    following = iter(steps)
    while part := list(islice(following, AT_ONCE)):
        yield part


def _in_order(found: Iterable[tuple[int, T]]) -> list[T]:
    """What belongs to operations, in their order; of one operation in the order in which it came."""
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]
