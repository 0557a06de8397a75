"""Messages that have to reach a receiver.

A row is written in the transaction that causes the message, so the fact and the duty to tell it are kept
together or not at all. It holds the recipe of the message, not its text: the body is made while it is sent.

Two clocks meet here, and every column belongs to one of them. `created` and `not_before` are the fleet's
time: when the message came to be in the fleet's world, and when it may leave. `retry_at`, `lease_until` and
`finished` are the machine's: a receiver that is down needs its half minute of real time, however fast, slow
or frozen the fleet's clock is.

A destination gets its messages one by one in the order of their ids, among those that may leave. While the
first of them is in flight or waits for its retry, the later ones wait too; other destinations do not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, func, insert, or_, select, text, update

from headend.store.in_lists import IN_LIST_SIZE
from headend.store.schema import OutboxRow

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class MessageState(StrEnum):
    PENDING = "pending"
    """Waits for its first sending or for a retry."""
    IN_FLIGHT = "in_flight"
    """A dispatcher has it; when its lease ends without a result, anyone may take it again."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up after too many failures."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be sent."""

    destination: str
    """URL of the receiver."""
    verb: str
    noun: str
    message_id: str
    """Stable over retries, so that the receiver can drop repeats."""
    recipe: Json
    """What the body is made from, such as the mRIDs of events."""
    created: datetime
    not_before: datetime | None = None
    """Fleet time at which it may leave; None: as soon as it is created."""
    correlation_id: str | None = None
    subscription_mrid: str | None = None
    """Whose it is; None: it goes to somebody who asked for it otherwise."""


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message of the outbox as it was read."""

    id: int
    destination: str
    verb: str
    noun: str
    message_id: str
    correlation_id: str | None
    recipe: Json
    state: MessageState
    attempts: int
    """Sendings that were begun, with the one at hand. Also tells whose claim it is, see Outbox.delivered."""
    not_before: datetime
    retry_at: datetime | None
    lease_until: datetime | None
    last_error: str | None
    created: datetime
    finished: datetime | None
    subscription_mrid: str | None = None


_COLUMNS = (
    OutboxRow.id,
    OutboxRow.destination,
    OutboxRow.verb,
    OutboxRow.noun,
    OutboxRow.message_id,
    OutboxRow.correlation_id,
    OutboxRow.recipe,
    OutboxRow.state,
    OutboxRow.attempts,
    OutboxRow.not_before,
    OutboxRow.retry_at,
    OutboxRow.lease_until,
    OutboxRow.last_error,
    OutboxRow.created,
    OutboxRow.finished,
    OutboxRow.subscription_mrid,
)

# The first message of every destination that is due in fleet time. The recursion hops from one destination
# to the next in the index over unfinished rows: a GROUP BY would read them all, on every poll, exactly when
# the backlog is long.
_FIRST_OF_EACH_DESTINATION = text(
    """
    WITH RECURSIVE destinations (url) AS (
        SELECT min(destination) FROM outbox WHERE finished IS NULL
        UNION ALL
        SELECT (SELECT min(destination) FROM outbox WHERE finished IS NULL AND destination > url)
        FROM destinations WHERE url IS NOT NULL
    )
    SELECT (
        SELECT id FROM outbox
        WHERE finished IS NULL AND destination = url AND not_before <= :fleet_now
        ORDER BY id LIMIT 1
    ) FROM destinations WHERE url IS NOT NULL
    """
).bindparams(bindparam("fleet_now", type_=OutboxRow.not_before.type))

_CLAIMABLE = (
    select(*_COLUMNS)
    .where(
        OutboxRow.id.in_(bindparam("ids", expanding=True)),
        OutboxRow.finished.is_(None),
        or_(
            and_(
                OutboxRow.state == MessageState.PENDING.value,
                or_(OutboxRow.retry_at.is_(None), OutboxRow.retry_at <= bindparam("machine_now")),
            ),
            and_(
                OutboxRow.state == MessageState.IN_FLIGHT.value,
                OutboxRow.lease_until <= bindparam("machine_now"),
            ),
        ),
    )
    .order_by(OutboxRow.id)
    .limit(bindparam("limit"))
    # A row that another process is claiming in this very moment is his.
    .with_for_update(skip_locked=True)
)

# Neither on its way, nor free to leave now: it failed and waits for its retry.
_BUSY = select(
    exists().where(
        OutboxRow.id.in_(bindparam("ids", expanding=True)),
        or_(
            OutboxRow.state == MessageState.IN_FLIGHT.value,
            OutboxRow.retry_at.is_(None),
            OutboxRow.retry_at <= bindparam("machine_now"),
        ),
    )
)

_WAITING = select(OutboxRow.id, OutboxRow.recipe).where(
    OutboxRow.finished.is_(None), OutboxRow.noun == bindparam("noun"), OutboxRow.not_before > bindparam("now")
)

_BY_ID = select(*_COLUMNS).where(OutboxRow.id == bindparam("id"))


class Outbox:
    """All messages, sent and unsent."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, *messages: NewMessage) -> None:
        """Keeps messages for sending. Their order here is the order of sending to one destination."""
        if messages:
            self._connection.execute(
                insert(OutboxRow),
                [
                    {
                        "destination": message.destination,
                        "verb": message.verb,
                        "noun": message.noun,
                        "message_id": message.message_id,
                        "correlation_id": message.correlation_id,
                        "recipe": message.recipe,
                        "state": MessageState.PENDING.value,
                        "attempts": 0,
                        "not_before": message.not_before or message.created,
                        "created": message.created,
                        "subscription_mrid": message.subscription_mrid,
                    }
                    for message in messages
                ],
            )

    def claim(
        self, *, fleet_now: datetime, machine_now: datetime, lease_s: float, limit: int = 1
    ) -> list[OutboxMessage]:
        """Takes the next message of up to `limit` destinations, so that no other dispatcher sends it
        meanwhile.

        One message a destination, since the second must not leave before the first arrived. The lease must
        outlast the sending; a message whose lease ended (its process died) is claimed again.
        """
        found = self._connection.scalars(_FIRST_OF_EACH_DESTINATION, {"fleet_now": fleet_now})
        first_ids = [first for first in found if first is not None]
        if not first_ids:
            return []
        rows = self._connection.execute(
            _CLAIMABLE, {"ids": first_ids, "machine_now": machine_now, "limit": limit}
        ).all()
        if not rows:
            return []
        lease_until = machine_now + timedelta(seconds=lease_s)
        claimed = [
            replace(
                message,
                state=MessageState.IN_FLIGHT,
                attempts=message.attempts + 1,
                lease_until=lease_until,
            )
            for message in map(_message, rows)
        ]
        self._connection.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_([message.id for message in claimed]))
            .values(state=MessageState.IN_FLIGHT.value, attempts=OutboxRow.attempts + 1, lease_until=lease_until)
        )
        return claimed

    def delivered(self, message: OutboxMessage, at: datetime) -> bool:
        """The receiver has taken it. `at` is machine time.

        This and the two below return False, and change nothing, where the claim is no longer ours: the lease
        ended, and another dispatcher took the message.
        """
        return self._settle(message, state=MessageState.DELIVERED.value, finished=at, last_error=None)

    def hand_on(self, message: OutboxMessage, successor: NewMessage) -> None:
        """Queues what comes after a message that was delivered. The recipe goes with it: no row keeps what it needs no
        more, and a series may be made from a large one.
        """
        self._connection.execute(update(OutboxRow).where(OutboxRow.id == message.id).values(recipe=None))
        self.add(successor)

    def retry(self, message: OutboxMessage, at: datetime, error: str) -> bool:
        """It did not arrive; it may be claimed again from `at` on, machine time."""
        return self._settle(message, state=MessageState.PENDING.value, retry_at=at, last_error=error)

    def dead(self, message: OutboxMessage, at: datetime, error: str) -> bool:
        """It did not arrive and is given up; the destination's next message gets its turn."""
        return self._settle(message, state=MessageState.DEAD.value, finished=at, last_error=error)

    def get(self, row_id: int) -> OutboxMessage | None:
        """The message with this id."""
        row = self._connection.execute(_BY_ID, {"id": row_id}).one_or_none()
        return None if row is None else _message(row)

    def find(
        self, *, state: MessageState | None = None, destination: str | None = None, after: int = 0, limit: int = 100
    ) -> list[OutboxMessage]:
        """Messages with an id above `after`, in the order of sending."""
        statement = select(*_COLUMNS).where(OutboxRow.id > after).order_by(OutboxRow.id).limit(limit)
        if state is not None:
            statement = statement.where(OutboxRow.state == state.value)
        if destination is not None:
            statement = statement.where(OutboxRow.destination == destination)
        return [_message(row) for row in self._connection.execute(statement)]

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

    def is_busy(self, *, fleet_now: datetime, machine_now: datetime) -> bool:
        """Whether anything is on its way or free to leave.

        Not busy: all that is due was delivered or given up, or stands behind a failure that waits for its retry.
        """
        found = self._connection.scalars(_FIRST_OF_EACH_DESTINATION, {"fleet_now": fleet_now})
        first_ids = [first for first in found if first is not None]
        return bool(first_ids) and bool(self._connection.scalar(_BUSY, {"ids": first_ids, "machine_now": machine_now}))

    def counts(self) -> dict[MessageState, int]:
        """How many messages are in each state."""
        counted = self._connection.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
        return dict.fromkeys(MessageState, 0) | {MessageState(state): count for state, count in counted}

    def _settle(self, message: OutboxMessage, **values: datetime | str | None) -> bool:
        # `attempts` grows with every claim, so it names this one among all claims of the message.
        settled = self._connection.execute(
            update(OutboxRow)
            .where(
                OutboxRow.id == message.id,
                OutboxRow.attempts == message.attempts,
                OutboxRow.state == MessageState.IN_FLIGHT.value,
            )
            .values(lease_until=None, **values)
        )
        return settled.rowcount == 1


def _message(row: Row[Any]) -> OutboxMessage:
    columns = row._asdict()
    return OutboxMessage(**columns | {"state": MessageState(columns["state"])})
