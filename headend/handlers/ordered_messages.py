"""A queued message, wrongly where an ordering says so: decided once, before it leaves for the first time.

What is decided is kept in the message's row, so retries and other processes go by it. A message is looked at when it is
claimed, whoever queued it; orderings act on what leaves from then on, also on what was queued before.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial

from headend.delivery import ComposeMessage, SoapRequest
from headend.delivery.dispatcher import ComposeRun
from headend.handlers.mischief_choice import MischiefChoice
from headend.handlers.ordered_answers import wrong_correlation_id
from headend.messages.named_objects import named_in_bytes
from headend.messages.partial_message import partial_message
from headend.operations.controls.publish_controls import NOUN as CONTROLS
from headend.operations.identifiers import identifier
from headend.operations.mischief import REPLY, Leaving
from headend.operations.orderings import Chosen, OrderingKind
from headend.store import Deviation, OutboxMessage, Store, UnitOfWork
from simulator.clock import Clock

log = logging.getLogger(__name__)


def leaving_message(message: OutboxMessage) -> Leaving:
    """What mischief asks of a message."""
    return Leaving(message.noun, (message.verb,), message.destination, message.correlation_id)


class OrderedMessages:
    """Stands between the outbox and whoever sends. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        choice: MischiefChoice,
        clock: Clock,
        machine: Clock,
        compose: ComposeMessage,
        compose_run: ComposeRun,
        seed: int,
    ) -> None:
        """clock: the fleet's. compose and compose_run: make messages as they should be, one and several."""
        self._store = store
        self._choice = choice
        self._clock = clock
        self._machine = machine
        self._compose = compose
        self._compose_run = compose_run
        self._seed = seed

    def request(self, message: OutboxMessage) -> SoapRequest:
        """The message as it leaves. Raises as `compose` does."""
        return self._as_it_leaves(message, self._compose)

    def requests(self, messages: Sequence[OutboxMessage]) -> ComposeMessage:
        """What makes these messages as they leave; it has read at once what they need."""
        return partial(self._as_it_leaves, compose=self._compose_run(messages))

    def may_act(self, work: UnitOfWork) -> bool:
        """Whether `before_sending` may do anything at all to what leaves now. Cheap."""
        return work.outbox.any_held() or self._choice.may_choose(work)

    def _as_it_leaves(self, message: OutboxMessage, compose: ComposeMessage) -> SoapRequest:
        request = compose(message)
        deviation = message.deviation
        if deviation is None or deviation.kind != OrderingKind.PARTIAL_FIRST or not deviation.is_extra:
            return request
        part = partial_message(_whole(request.body))
        return request if part is None else replace(request, body=part)

    def before_sending(self, message: OutboxMessage) -> OutboxMessage | None:
        """A claimed message as it is to leave now; None where it does not leave now, or never."""
        leaving = leaving_message(message)
        named = cache(partial(self.named, message))
        to_do, meters = None, frozenset[str]()
        with self._store.reading() as work:
            is_waited_for = work.outbox.any_held()
            is_decided = message.deviation is not None or message.attempts > 1
            candidates = None if is_decided else self._choice.candidates(self._choice.left(work), leaving, work)
            if candidates:
                to_do = self._choice.choose(candidates, leaving, named, self._clock.now(), work)
            if is_waited_for or (to_do is not None and to_do.kind is OrderingKind.SWAPPED):
                meters = self._choice.meter_names(named(work), self._clock.now(), work)
        if to_do is not None and to_do.kind is OrderingKind.PARTIAL_FIRST and not self._has_parts(message):
            to_do = None
        if to_do is None and not is_waited_for:
            return message
        with self._store.writing() as work:
            has_passed = is_waited_for and self._let_follow(message, meters, work)
            if to_do is None or (has_passed and to_do.kind is OrderingKind.SWAPPED):
                return message  # the second of a pair stays: else both would wait for each other
            if not self._choice.use(to_do, work):
                return message
            return self._done(to_do, message, meters, work)

    def _done(
        self, to_do: Chosen, message: OutboxMessage, meters: frozenset[str], work: UnitOfWork
    ) -> OutboxMessage | None:
        log.warning(
            "%s %s %s to %s is %s, by %s",
            message.verb,
            message.noun,
            message.message_id,
            message.destination,
            to_do.kind,
            to_do.cause,
        )
        deviation = Deviation(to_do.kind.value, to_do.cause)
        extra = replace(deviation, is_extra=True)
        later = self._clock.now() + timedelta(seconds=to_do.delay_s)
        leaves = replace(message, deviation=deviation)
        beside: OutboxMessage | None = None
        match to_do.kind:
            case OrderingKind.NEVER | OrderingKind.EVENT_ONLY | OrderingKind.REPLY_ONLY:
                work.outbox.never(message, self._machine.now(), deviation)
                return None
            case OrderingKind.LATE:
                work.outbox.postpone(message, later, deviation)
                return None
            case OrderingKind.SWAPPED:
                work.outbox.postpone(message, later, deviation, sorted(meters))
                return None
            case OrderingKind.WRONG_CORRELATION:
                wrong = wrong_correlation_id(self._seed, message.correlation_id or message.message_id)
                leaves = replace(leaves, correlation_id=wrong)
            case OrderingKind.PARTIAL_FIRST:
                beside = leaves
                leaves = replace(leaves, message_id=identifier(self._seed, "part", message.message_id), deviation=extra)
            case OrderingKind.TWICE:
                beside = replace(leaves, deviation=extra)
            case OrderingKind.TWICE_WITH_ANOTHER_ID:
                another = identifier(self._seed, "again", message.message_id)
                beside = replace(leaves, message_id=another, deviation=extra)
            case OrderingKind.BEFORE_ACKNOWLEDGEMENT:
                return message  # which is for the answer in a call
        if not work.outbox.deviate(leaves):
            return None  # it took too long to look at, and another dispatcher has it
        if beside is not None:
            work.outbox.add_copy(beside)
        return leaves

    def named(self, message: OutboxMessage, work: UnitOfWork) -> frozenset[str]:
        """What a message names."""
        named = named_in_bytes(self._compose(message).body)
        if message.verb != REPLY or message.noun != CONTROLS:
            return named
        # A reply about controls names nothing but them.
        return named | {outcome.device_mrid for text in named for outcome in work.controls.outcomes_of(text)}

    def _let_follow(self, message: OutboxMessage, meters: frozenset[str], work: UnitOfWork) -> bool:
        """Let those that wait to be passed by this message leave behind it; whether there were such."""
        passed = 0
        for row_id, its_meters in work.outbox.held(message.destination):
            if not meters.isdisjoint(its_meters):
                passed += work.outbox.move_behind(row_id, message)
        return passed > 0

    def _has_parts(self, message: OutboxMessage) -> bool:
        return partial_message(_whole(self._compose(message).body)) is not None


def _whole(body: bytes | Iterable[bytes]) -> bytes:
    return body if isinstance(body, bytes) else b"".join(body)
