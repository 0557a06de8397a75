"""Sends what is in the outbox.

One round: claim a run of messages of one receiver in a short transaction, make and POST them one after the other
outside any transaction (each is made while the one before is on its way), record what came of them and claim the next.
Any number of dispatchers, in threads and processes, may run on one database; the claim keeps them apart. That is also
how a slow receiver is kept from holding up the others: it occupies one thread, and the next one takes the next
destination's messages.

Delivery is at least once. Between a POST that succeeded and its record the process may die; then the lease
ends, and the message is sent again with the same MessageID. A run is bounded by number and by time, and so is what may
come twice.

Two clocks: a message may leave when the fleet's clock has reached its `not_before`, but retries and leases
are counted on the machine's clock. A receiver restarts in its own time. On a clock of x1000 a retry "in five
minutes" of fleet time would hammer it three times a second, and on a stopped clock it would never come.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest
from typing import Final

from headend.delivery.made_ahead import ComposeMessage, MadeAhead
from headend.delivery.outcome import DeliveryOutcome, OutcomeKind
from headend.delivery.retry import RETRY_DELAYS_S, jitter_of, next_attempt
from headend.delivery.soap_post import Sender
from headend.store import NewMessage, OutboxMessage, Store, StoreError, UnitOfWork
from simulator.clock import Clock

log = logging.getLogger(__name__)

ComposeRun = Callable[[Sequence[OutboxMessage]], ComposeMessage]
"""Gives what makes the messages of a run: it may read at once what they are all made from."""

BeforeSending = Callable[[OutboxMessage], OutboxMessage | None]
"""Looks at a claimed message, outside any transaction: how it is to leave, or None where it is kept back."""

MayAct = Callable[[UnitOfWork], bool]
"""Whether `BeforeSending` or `Spoil` may do anything to any message; where they may, each is claimed alone, and
looked at.
"""

Spoil = Callable[[ComposeMessage], ComposeMessage]
"""Gives what makes messages as they leave where something may be broken on purpose; the argument makes them right."""

MOST_A_RUN: Final = 64
"""So many messages are sent before what came of them is recorded, at most."""
LONGEST_RUN: Final = timedelta(milliseconds=50)
"""No further message of a run is begun after this time of the machine's."""
_FIRST_RUN: Final = 8


class Dispatcher:
    """Sends messages of one outbox. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        compose_message: ComposeMessage,
        sender: Sender,
        clock: Clock,
        machine: Clock,
        *,
        retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
        jitter: Callable[[str, int], float] = jitter_of,
        lease_s: float = 120.0,
        at_once: int = 1,
        look_for_news: Callable[[], None] = lambda: None,
        successor: Callable[[OutboxMessage], NewMessage | None] = lambda _message: None,
        before_sending: BeforeSending = lambda message: message,
        may_act: MayAct = lambda _work: False,
        compose_run: ComposeRun | None = None,
        spoil: Spoil = lambda compose: compose,
    ) -> None:
        """`clock` is the fleet's, `machine` the real one; `lease_s` must exceed the longest time that a POST
        can take, and `LONGEST_RUN`.

        `jitter` gives for a MessageID and its attempts a number in [0, 1) that spreads retries; see retry.py.
        `at_once`: so many messages of one destination may be on their way; see Outbox.claim. `look_for_news` is
        called before each round: it queues what nobody's request caused. `successor` gives what comes after a message
        that arrived: it is queued with the record of that. `before_sending` and `spoil` are asked only while they
        `may_act`.
        """
        self._store = store
        self._compose_message = compose_message
        self._sender = sender
        self._clock = clock
        self._machine = machine
        self._retry_delays_s = retry_delays_s
        self._jitter = jitter
        self._lease_s = lease_s
        self._at_once = at_once
        self.look_for_news = look_for_news
        self._successor = successor
        self._before_sending = before_sending
        self._may_act = may_act
        self._compose_run = compose_run
        self._spoil = spoil

    def take_over(self) -> None:
        """Frees what others had begun, for the only dispatcher there is: they are gone, whatever their leases say.

        Raises StoreError.
        """
        with self._store.writing() as work:
            work.outbox.end_leases(self._machine.now())

    def deliver_due(self) -> int:
        """Sends until nothing is due; how many messages arrived. Raises StoreError where the store fails."""
        self.look_for_news()
        return self.deliver_waiting()

    def deliver_waiting(
        self,
        *,
        fresh_only: bool = False,
        is_enough: Callable[[], bool] = lambda: False,
        on_claimed: Callable[[], None] = lambda: None,
    ) -> int:
        """Sends what is queued, one after the other, until nothing is due or it `is_enough`; how many arrived.

        is_enough: asked after each message. fresh_only: none that was tried before. on_claimed: called before a run
        leaves, whose receiver may take its time. Raises StoreError where the store fails.
        """
        arrived, most = 0, _FIRST_RUN
        # Writers take turns: who finds nothing keeps nobody waiting.
        with self._store.reading() as work:
            is_any_free = work.outbox.is_any_free(
                fleet_now=self._clock.now(),
                machine_now=self._machine.now(),
                at_once=self._at_once,
                fresh_only=fresh_only,
            )
        if not is_any_free:
            return 0
        with self._store.writing() as work:
            run = self._claim(work, fresh_only, most)
        while run.messages:
            on_claimed()
            sent, stop = self._send_run(run, is_enough)
            # As many as this receiver takes in the time of a run, felt for from below.
            is_whole = len(sent) == len(run.messages)
            most = min(MOST_A_RUN, len(sent) + len(sent) // 2 + 1) if is_whole else len(sent)
            # The records of one run and the claim of the next share a transaction: it is commits that small messages
            # cost.
            with self._store.writing() as work:
                records = self._record_run(work, sent)
                work.outbox.hand_back(run.messages[len(sent) :])
                run = _Run((), False) if stop else self._claim(work, fresh_only, most)
            for record in records:
                record.log()
                arrived += record.has_arrived
        return arrived

    def _claim(self, work: UnitOfWork, fresh_only: bool, most: int) -> _Run:
        fleet_now, machine_now = self._clock.now(), self._machine.now()
        if self._at_once > 1:
            claimed = work.outbox.claim(
                fleet_now=fleet_now,
                machine_now=machine_now,
                lease_s=self._lease_s,
                at_once=self._at_once,
                fresh_only=fresh_only,
            )
            return _Run(claimed, bool(claimed) and self._may_act(work))
        alone = self._may_act(work)
        claimed = work.outbox.claim_run(
            fleet_now=fleet_now,
            machine_now=machine_now,
            lease_s=self._lease_s,
            most=1 if alone else most,
            fresh_only=fresh_only,
        )
        # Once more: what was asked for before a message came to be acts on it, also where both came between our look
        # and our claim.
        if claimed and not alone and self._may_act(work):
            work.outbox.hand_back(claimed[1:])
            return _Run(claimed[:1], True)
        return _Run(claimed, alone)

    def _send_run(self, run: _Run, is_enough: Callable[[], bool]) -> tuple[list[_Sent], bool]:
        """What came of the messages that were sent, from the first on; and whether it is enough."""
        until = self._machine.now() + LONGEST_RUN
        compose = self._composer(run.messages)
        if run.is_ordered:
            compose = self._spoil(compose)
        ahead = MadeAhead(compose)
        sent: list[_Sent] = []
        for message, next_one in zip_longest(run.messages, run.messages[1:]):
            leaving = self._ordered(message) if run.is_ordered else message
            if leaving is None:
                sent.append(_Sent(message, None))
            else:
                outcome = self._send(leaving, ahead, next_one)
                sent.append(_Sent(leaving, outcome, self._following(leaving) if outcome.delivered else None))
            if is_enough():
                return sent, True
            if sent[-1].is_end_of_run or self._machine.now() >= until:
                break
        return sent, False

    def _composer(self, messages: Sequence[OutboxMessage]) -> ComposeMessage:
        if self._compose_run is None or len(messages) == 1:
            return self._compose_message
        try:
            return self._compose_run(messages)
        except Exception:
            # Each for itself then, so that it hits the right one.
            log.exception("%d messages could not be prepared together", len(messages))
            return self._compose_message

    def _following(self, message: OutboxMessage) -> NewMessage | None:
        # What leaves beside a message on purpose, such as its repetition, is not what others follow.
        is_extra = message.deviation is not None and message.deviation.is_extra
        return None if is_extra else self._successor(message)

    def _ordered(self, message: OutboxMessage) -> OutboxMessage | None:
        try:
            return self._before_sending(message)
        except StoreError:
            raise
        except Exception:
            # It cannot be made, which sending it will find out, too, and record.
            log.exception("message %s could not be looked at", message.message_id)
            return message

    def _send(self, message: OutboxMessage, ahead: MadeAhead, next_one: OutboxMessage | None) -> DeliveryOutcome:
        meanwhile = None if next_one is None else partial(ahead.make, next_one)
        try:
            return self._sender.post(message.destination, ahead.taken(message), meanwhile)
        except Exception as error:
            # Whatever goes wrong while a message is made is a bug. It must not stop the messages behind it
            # for good: this one is tried again like any other, and given up in the end.
            log.exception("message %s could not be made", message.message_id)
            return DeliveryOutcome(OutcomeKind.NOT_COMPOSED, f"internal error: {type(error).__name__}")

    def _record_run(self, work: UnitOfWork, sent: Sequence[_Sent]) -> list[_Record]:
        now = self._machine.now()
        arrived = [
            (one.message, one.outcome.kind.value, one.outcome.reply)
            for one in sent
            if one.outcome is not None and one.outcome.delivered
        ]
        ours = work.outbox.all_delivered(arrived, now) if arrived else frozenset()
        records = []
        for message, outcome, following in ((one.message, one.outcome, one.following) for one in sent):
            if outcome is None:
                continue
            if not outcome.delivered:
                records.append(self._record_failure(work, message, outcome, now))
                continue
            is_ours = message.id in ours
            if is_ours and following is not None:
                work.outbox.hand_on(message, following)
            records.append(_Record(message, is_ours, logging.INFO, f"delivered: {outcome.sentence}", True))
        return records

    def _record_failure(
        self, work: UnitOfWork, message: OutboxMessage, outcome: DeliveryOutcome, now: datetime
    ) -> _Record:
        error = f"{outcome.kind}: {outcome.sentence}"
        told = {"outcome": outcome.kind.value, "reply": outcome.reply}
        again = None
        if not outcome.is_final:
            jitter = self._jitter(message.message_id, message.attempts)
            again = next_attempt(message.attempts, now, self._retry_delays_s, jitter)
        if again is None:
            ours = work.outbox.dead(message, now, error, **told)
            why = "is refused for good" if outcome.is_final else f"given up after {message.attempts} attempts"
            return _Record(message, ours, logging.ERROR, f"{why}: {error}")
        ours = work.outbox.retry(message, again, error, **told)
        return _Record(message, ours, logging.WARNING, f"will be sent again at {again:%H:%M:%S}: {error}")


@dataclass(frozen=True, slots=True)
class _Run:
    """Claimed messages, to be sent one after the other."""

    messages: Sequence[OutboxMessage]
    is_ordered: bool
    """Whether something may be done to them before they leave."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """What came of one message of a run."""

    message: OutboxMessage
    outcome: DeliveryOutcome | None
    """None: it was kept back, which is recorded already."""
    following: NewMessage | None = None

    @property
    def is_end_of_run(self) -> bool:
        """Whether those behind it have to wait: for its retry, or for what follows it."""
        if self.outcome is None or self.following is not None:
            return True
        return not (self.outcome.delivered or self.outcome.is_final)


@dataclass(frozen=True, slots=True)
class _Record:
    """What was recorded of a sending, for the log once it is kept."""

    message: OutboxMessage
    is_ours: bool
    level: int
    news: str
    has_arrived: bool = False

    def log(self) -> None:
        if log.isEnabledFor(self.level):
            message = self.message
            what = f"{message.verb} {message.noun} {message.message_id} to {message.destination}"
            log.log(self.level, "%s %s", what, self.news)
        if not self.is_ours:
            log.warning(
                "%s to %s took longer than its lease and was claimed by another dispatcher",
                self.message.message_id,
                self.message.destination,
            )
