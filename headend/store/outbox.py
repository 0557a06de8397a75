"""Messages that have to reach a receiver.

A row is written in the transaction that causes the message, so the fact and the duty to tell it are kept
together or not at all. It holds the recipe of the message, not its text: the body is made while it is sent.

Two clocks meet here, and every column belongs to one of them. `created` and `not_before` are the fleet's
time: when the message came to be in the fleet's world, and when it may leave. `retry_at`, `lease_until` and
`finished` are the machine's: a receiver that is down needs its half minute of real time, however fast, slow
or frozen the fleet's clock is.

A destination gets its messages in the order in which they may leave, those of one instant in the order of their
ids; so it is the same however long the strides of the fleet's clock are. One that was begun comes first until it is
finished: while it is in flight or waits for its retry, the later ones wait too; other destinations do not. Where a
destination may have several at once, that holds for the messages of each CorrelationID.

Transactions are what small messages cost. So a dispatcher may take a run: the next messages of one destination, which
it sends one after the other and records together. What it does not get to it hands back as if it had never had it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from headend.store.in_lists import IN_LIST_SIZE
from headend.store.outbox_messages import (
    COLUMNS,
    STATE,
    Deviation,
    Json,
    MessageState,
    NewMessage,
    OutboxMessage,
    as_new,
    begun_message,
    deviation_of,
    is_in,
    message_of,
    new_row,
)
from headend.store.outbox_order import due_ids, next_ids
from headend.store.schema import OutboxRow

_IS_FREE = or_(
    and_(
        OutboxRow.state == MessageState.PENDING.value,
        or_(OutboxRow.retry_at.is_(None), OutboxRow.retry_at <= bindparam("machine_now")),
    ),
    and_(OutboxRow.state == MessageState.IN_FLIGHT.value, OutboxRow.lease_until <= bindparam("machine_now")),
)

_CLAIMABLE = (
    select(*COLUMNS)
    .where(
        OutboxRow.id.in_(bindparam("ids", expanding=True)),
        OutboxRow.finished.is_(None),
        OutboxRow.attempts <= bindparam("most_attempts"),
        _IS_FREE,
    )
    .order_by(OutboxRow.id)
    .limit(bindparam("limit"))
    # A row that another process is claiming in this very moment is his.
    .with_for_update(skip_locked=True)
)

_ANY_CLAIMABLE = select(
    exists().where(
        OutboxRow.id.in_(bindparam("ids", expanding=True)),
        OutboxRow.finished.is_(None),
        OutboxRow.attempts <= bindparam("most_attempts"),
        _IS_FREE,
    )
)

_BEGIN = (
    update(OutboxRow)
    .where(OutboxRow.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=MessageState.IN_FLIGHT.value,
        attempts=OutboxRow.attempts + 1,
        lease_until=bindparam("until"),
        held_names=None,  # whether it was passed or not
    )
)

# `attempts` grows with every claim, so it names one among all claims of a message.
_IS_CLAIM = (
    OutboxRow.id == bindparam("claimed_id"),
    OutboxRow.attempts == bindparam("claimed_attempts"),
    OutboxRow.state == MessageState.IN_FLIGHT.value,
)
_DELIVERED = (
    update(OutboxRow)
    .where(*_IS_CLAIM)
    .values(
        state=MessageState.DELIVERED.value,
        lease_until=None,
        last_error=None,
        finished=bindparam("at"),
        outcome=bindparam("told_outcome"),
        reply=bindparam("told_reply"),
    )
)
_HANDED_BACK = (
    update(OutboxRow)
    .where(*_IS_CLAIM)
    .values(state=MessageState.PENDING.value, attempts=OutboxRow.attempts - 1, lease_until=None)
)
_CLAIMS = (
    select(OutboxRow.id, OutboxRow.attempts)
    .where(OutboxRow.id.in_(bindparam("ids", expanding=True)), OutboxRow.state == MessageState.IN_FLIGHT.value)
    .with_for_update()
)

# Neither on its way, nor free to leave now: it failed and waits for its retry.
_BUSY = select(
    exists().where(
        OutboxRow.id.in_(bindparam("ids", expanding=True)),
        or_(OutboxRow.state == MessageState.IN_FLIGHT.value, _IS_FREE),
    )
)

_ANY_ATTEMPTS = 2**31 - 1
_ADDED_AT_ONCE = 500

# What deviates was due already, and only is late.
_WAITING = select(OutboxRow.id, OutboxRow.recipe).where(
    OutboxRow.finished.is_(None),
    OutboxRow.noun == bindparam("noun"),
    OutboxRow.not_before > bindparam("now"),
    OutboxRow.deviation.is_(None),
)

_BY_ID = select(*COLUMNS).where(OutboxRow.id == bindparam("id"))

_UNSENT_RECIPES = (
    select(OutboxRow.recipe)
    .where(
        OutboxRow.noun == bindparam("noun"),
        or_(
            OutboxRow.finished.is_(None),
            and_(OutboxRow.finished.is_not(None), OutboxRow.state == MessageState.DEAD.value),
        ),
    )
    .limit(bindparam("limit"))
)


_HELD = (
    select(OutboxRow.id, OutboxRow.held_names)
    .where(OutboxRow.destination == bindparam("destination"), OutboxRow.held_names.is_not(None))
    .order_by(OutboxRow.id)
)
_ANY_HELD = select(exists().where(OutboxRow.held_names.is_not(None)))

_UNSENT = select(exists().where(OutboxRow.finished.is_(None), OutboxRow.correlation_id == bindparam("correlation_id")))


class Outbox:
    """All messages, sent and unsent."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, *messages: NewMessage) -> None:
        """Keeps messages for sending. Their order here is the order of sending to one destination."""
        self.add_all(messages)

    def add_all(self, messages: Iterable[NewMessage]) -> None:
        """The same of any number of messages, some hundred at a time in memory."""
        stream = iter(messages)
        while part := list(islice(stream, _ADDED_AT_ONCE)):
            self._connection.execute(insert(OutboxRow), [new_row(message) for message in part])

    def claim(
        self,
        *,
        fleet_now: datetime,
        machine_now: datetime,
        lease_s: float,
        limit: int = 1,
        at_once: int = 1,
        fresh_only: bool = False,
    ) -> list[OutboxMessage]:
        """Takes up to `limit` messages that are next at their destinations, so that no other dispatcher sends them
        meanwhile.

        `at_once` messages of a destination may be begun and unfinished: with one, the second does not leave before
        the first arrived; with more, that holds for those of equal CorrelationID only. `fresh_only`: none that was
        begun before. The lease must outlast the sending; a message whose lease ended (its process died) is claimed
        again.
        """
        first_ids = next_ids(self._connection, fleet_now, at_once)
        return self._begin(self._free(first_ids, machine_now, limit, fresh_only), machine_now, lease_s)

    def claim_run(
        self, *, fleet_now: datetime, machine_now: datetime, lease_s: float, most: int, fresh_only: bool = False
    ) -> list[OutboxMessage]:
        """Takes up to `most` messages that are next at one destination, in their order, where one at a time may be on
        its way; see `claim`.

        They are all in flight until they are recorded or handed back, so nobody else sends to that destination. One
        that was begun before comes alone. The lease must outlast the sending of all of them.
        """
        rows = self._free(next_ids(self._connection, fleet_now, 1), machine_now, 1, fresh_only)
        if rows and most > 1 and rows[0].attempts == 0:
            # Whoever has the first has the destination. A row in between that somebody is at in this moment ends the
            # run: those behind it do not pass it.
            due = due_ids(self._connection, rows[0].destination, fleet_now, most)
            free = {row.id: row for row in self._free(due, machine_now, most, fresh_only=True)}
            run = [free[row_id] for row_id in takewhile(free.__contains__, due)]
            rows = run or rows
        return self._begin(rows, machine_now, lease_s)

    def is_any_free(
        self, *, fleet_now: datetime, machine_now: datetime, at_once: int = 1, fresh_only: bool = False
    ) -> bool:
        """Whether a claim would take anything; for a unit of work that only reads, as writers take turns."""
        ids = next_ids(self._connection, fleet_now, at_once)
        asked = {"ids": ids, "machine_now": machine_now, "most_attempts": 0 if fresh_only else _ANY_ATTEMPTS}
        return bool(ids) and bool(self._connection.scalar(_ANY_CLAIMABLE, asked))

    def hand_back(self, messages: Sequence[OutboxMessage]) -> None:
        """Lets claimed messages that were not sent be claimed again, in their place and as if nobody had had them."""
        if messages:
            self._connection.execute(_HANDED_BACK, [_claim_of(one) for one in messages])

    def end_leases(self, at: datetime) -> None:
        """Lets all that is in flight be claimed again from `at` on, machine time: nobody is sending it any more."""
        self._connection.execute(
            update(OutboxRow)
            .where(
                OutboxRow.finished.is_(None),
                OutboxRow.attempts > 0,
                OutboxRow.state == MessageState.IN_FLIGHT.value,
                OutboxRow.lease_until > at,
            )
            .values(lease_until=at)
        )

    def delivered(
        self, message: OutboxMessage, at: datetime, *, outcome: str | None = None, reply: str | None = None
    ) -> bool:
        """The receiver has taken it. `at` is machine time; `outcome` and `reply`: see OutboxMessage.

        This and the two below return False, and change nothing, where the claim is no longer ours: the lease
        ended, and another dispatcher took the message.
        """
        values = {**_claim_of(message), "at": at, "told_outcome": outcome, "told_reply": reply}
        return self._connection.execute(_DELIVERED, values).rowcount == 1

    def all_delivered(
        self, arrived: Sequence[tuple[OutboxMessage, str | None, str | None]], at: datetime
    ) -> frozenset[int]:
        """The same of several messages, each with its outcome and reply: the ids of those whose claim was ours."""
        ids = [message.id for message, _, _ in arrived]
        claims = {(row_id, attempts) for row_id, attempts in self._connection.execute(_CLAIMS, {"ids": ids})}
        ours = [one for one in arrived if (one[0].id, one[0].attempts) in claims]
        if ours:
            self._connection.execute(
                _DELIVERED,
                [
                    {**_claim_of(message), "at": at, "told_outcome": outcome, "told_reply": reply}
                    for message, outcome, reply in ours
                ],
            )
        return frozenset(message.id for message, _, _ in ours)

    def hand_on(self, message: OutboxMessage, successor: NewMessage) -> None:
        """Queues what comes after a message that was delivered. The recipe goes with it: no row keeps what it needs no
        more, and a series may be made from a large one.
        """
        self._connection.execute(update(OutboxRow).where(OutboxRow.id == message.id).values(recipe=None))
        self.add(successor)

    def retry(
        self, message: OutboxMessage, at: datetime, error: str, *, outcome: str | None = None, reply: str | None = None
    ) -> bool:
        """It did not arrive; it may be claimed again from `at` on, machine time."""
        return self._settle(
            message, state=MessageState.PENDING.value, retry_at=at, last_error=error, outcome=outcome, reply=reply
        )

    def dead(
        self, message: OutboxMessage, at: datetime, error: str, *, outcome: str | None = None, reply: str | None = None
    ) -> bool:
        """It did not arrive and is given up; the destination's next message gets its turn."""
        return self._settle(
            message, state=MessageState.DEAD.value, finished=at, last_error=error, outcome=outcome, reply=reply
        )

    # What is sent wrongly on purpose. All of these work on a message that the caller has claimed; False, and nothing
    # changes, where the claim is no longer the caller's.

    def deviate(self, message: OutboxMessage) -> bool:
        """It leaves now, with the MessageID, CorrelationID and deviation that it has here."""
        return self._settle(
            message,
            lease_until=message.lease_until,
            deviation=deviation_of(message),
            correlation_id=message.correlation_id,
            message_id=message.message_id,
        )

    def never(self, message: OutboxMessage, at: datetime, deviation: Deviation) -> bool:
        """It does not leave. `at` is machine time."""
        error = f"never sent, by {deviation.cause}"
        return self._settle(
            message, state=MessageState.DEAD.value, finished=at, last_error=error, deviation=asdict(deviation)
        )

    def postpone(
        self,
        message: OutboxMessage,
        not_before: datetime,
        deviation: Deviation,
        held_names: Sequence[str] | None = None,
    ) -> bool:
        """It leaves later, in fleet time, and others to the same destination pass it meanwhile.

        held_names: it waits to be passed by a message that has one of these; see `held` and `move_behind`.
        """
        return self._settle(
            message,
            state=MessageState.PENDING.value,
            attempts=message.attempts - 1,
            not_before=not_before,
            deviation=asdict(deviation),
            held_names=None if held_names is None else list(held_names),
        )

    def add_copy(self, message: OutboxMessage) -> None:
        """Queues a message once more as it is here, behind all others."""
        self._connection.execute(insert(OutboxRow), as_new(message))

    def any_held(self) -> bool:
        """Whether any message waits to be passed."""
        return bool(self._connection.scalar(_ANY_HELD))

    def held(self, destination: str) -> list[tuple[int, list[str]]]:
        """Ids and names of the messages to a destination that wait to be passed, the oldest first."""
        return [(row_id, names) for row_id, names in self._connection.execute(_HELD, {"destination": destination})]

    def move_behind(self, row_id: int, passing: OutboxMessage) -> bool:
        """Lets a message that waits to be passed leave directly behind the claimed one that passes it.

        It gets another id and the instant of that one, which give its place. False where it was taken meanwhile.
        """
        message = self.get(row_id)
        if message is None or message.state is not MessageState.PENDING or not self.remove(row_id):
            return False
        self.add_copy(replace(message, not_before=passing.not_before))
        return True

    def has_unsent(self, correlation_id: str) -> bool:
        """Whether a message with this CorrelationID is yet to be delivered or given up."""
        return bool(self._connection.scalar(_UNSENT, {"correlation_id": correlation_id}))

    def get(self, row_id: int) -> OutboxMessage | None:
        """The message with this id."""
        row = self._connection.execute(_BY_ID, {"id": row_id}).one_or_none()
        return None if row is None else message_of(row)

    def find(
        self, *, state: MessageState | None = None, destination: str | None = None, after: int = 0, limit: int = 100
    ) -> list[OutboxMessage]:
        """Messages with an id above `after`, in the order of sending."""
        statement = select(*COLUMNS).where(OutboxRow.id > after).order_by(OutboxRow.id).limit(limit)
        if state is not None:
            statement = statement.where(is_in(state))
        if destination is not None:
            statement = statement.where(OutboxRow.destination == destination)
        return [message_of(row) for row in self._connection.execute(statement)]

    def send_again(self, row_id: int) -> bool:
        """Lets a message that waits for its retry, or was given up, leave at once.

        One that was given up gets one more attempt: attempts go on counting, since they tell claims apart. False, and
        nothing changes, where it is in flight, delivered or unknown.
        """
        changed = self._connection.execute(
            update(OutboxRow)
            .where(OutboxRow.id == row_id, OutboxRow.state.in_((MessageState.PENDING.value, MessageState.DEAD.value)))
            .values(state=MessageState.PENDING.value, retry_at=None, finished=None)
        )
        return changed.rowcount == 1

    def remove(self, row_id: int) -> bool:
        """Forgets a message, sent or unsent; False, and nothing changes, where it is in flight or unknown."""
        removed = self._connection.execute(
            delete(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.state != MessageState.IN_FLIGHT.value)
        )
        return removed.rowcount == 1

    def withdraw(self, noun: str, items: Collection[str], now: datetime) -> None:
        """Takes items out of the recipes of messages that may not leave yet; a message that is left with none goes.

        The recipes of these messages are lists, such as the mRIDs of events.
        """
        waiting = self._connection.execute(_WAITING, {"noun": noun, "now": now}).all() if items else []
        for row_id, recipe in waiting:
            rest = [item for item in recipe if item not in items]
            if not rest:
                self._connection.execute(delete(OutboxRow).where(OutboxRow.id == row_id))
            elif len(rest) < len(recipe):
                self._connection.execute(update(OutboxRow).where(OutboxRow.id == row_id).values(recipe=rest))

    def withdraw_messages(self, noun: str, is_void: Callable[[Json], bool], now: datetime) -> None:
        """Takes back the messages that may not leave yet and whose recipe is void."""
        waiting = self._connection.execute(_WAITING, {"noun": noun, "now": now}).all()
        void = [row_id for row_id, recipe in waiting if is_void(recipe)]
        for first in range(0, len(void), IN_LIST_SIZE):
            self._connection.execute(delete(OutboxRow).where(OutboxRow.id.in_(void[first : first + IN_LIST_SIZE])))

    def move(self, noun: str, due: Callable[[Json], datetime | None], now: datetime) -> None:
        """Lets messages that may not leave yet do so at another instant of the fleet's time, which is theirs from then
        on; `due` gives it for a recipe, None where it stays.
        """
        for row_id, recipe in self._connection.execute(_WAITING, {"noun": noun, "now": now}).all():
            at = due(recipe)
            if at is not None:
                self._connection.execute(
                    update(OutboxRow).where(OutboxRow.id == row_id).values(not_before=at, created=at)
                )

    def is_busy(self, *, fleet_now: datetime, machine_now: datetime, at_once: int = 1) -> bool:
        """Whether anything is on its way or free to leave; `at_once` as in `claim`.

        Not busy: all that is due was delivered or given up, or stands behind a failure that waits for its retry.
        """
        first_ids = next_ids(self._connection, fleet_now, at_once)
        return bool(first_ids) and bool(self._connection.scalar(_BUSY, {"ids": first_ids, "machine_now": machine_now}))

    def counts(self) -> dict[MessageState, int]:
        """How many messages are in each state."""
        counted = self._connection.execute(select(STATE, func.count()).group_by(STATE))
        return dict.fromkeys(MessageState, 0) | {MessageState(state): count for state, count in counted}

    def unsent_recipes(self, noun: str, limit: int) -> list[Json]:
        """Recipes of messages that were not delivered, also of those that were given up: they may be made again."""
        return list(self._connection.scalars(_UNSENT_RECIPES, {"noun": noun, "limit": limit}))

    def forget_finished(self, state: MessageState, *, before: datetime, keep: int, limit: int) -> int:
        """Forgets delivered or dead messages that were finished before `before`, machine time, and of the others all
        but the `keep` that were finished last; the oldest first, at most `limit` in all. How many it was.
        """
        finished = OutboxRow.finished.is_not(None), OutboxRow.state == state.value
        # The finish of the last one too many; those of the same instant go with it.
        too_many = self._connection.scalar(
            select(OutboxRow.finished).where(*finished).order_by(OutboxRow.finished.desc()).offset(keep).limit(1)
        )
        old = OutboxRow.finished < before
        if too_many is not None:
            old = or_(old, OutboxRow.finished <= too_many)
        oldest = select(OutboxRow.id).where(*finished, old).order_by(OutboxRow.finished).limit(limit)
        oldest = oldest.with_for_update(skip_locked=True)  # what another process is forgetting is his
        return self._connection.execute(delete(OutboxRow).where(OutboxRow.id.in_(oldest))).rowcount

    def _free(self, ids: Sequence[int], machine_now: datetime, limit: int, fresh_only: bool) -> Sequence[Row[Any]]:
        """Those of some messages that may leave now, locked; those that somebody else is at are left out."""
        if not ids:
            return []
        asked = {
            "ids": ids,
            "machine_now": machine_now,
            "limit": limit,
            "most_attempts": 0 if fresh_only else _ANY_ATTEMPTS,
        }
        return self._connection.execute(_CLAIMABLE, asked).all()

    def _begin(self, rows: Sequence[Row[Any]], machine_now: datetime, lease_s: float) -> list[OutboxMessage]:
        if not rows:
            return []
        until = machine_now + timedelta(seconds=lease_s)
        self._connection.execute(_BEGIN, {"ids": [row.id for row in rows], "until": until})
        return [begun_message(row, until) for row in rows]

    def _settle(self, message: OutboxMessage, **values: Any) -> bool:
        settled = self._connection.execute(
            update(OutboxRow).where(*_IS_CLAIM).values({"lease_until": None} | values), _claim_of(message)
        )
        return settled.rowcount == 1


def _claim_of(message: OutboxMessage) -> dict[str, int]:
    return {"claimed_id": message.id, "claimed_attempts": message.attempts}
