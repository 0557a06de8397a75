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
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    TextClause,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from headend.store.in_lists import IN_LIST_SIZE
from headend.store.schema import OutboxRow

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class MessageState(StrEnum):
    PENDING = "pending"
    """Waits for its first sending."""
    RETRYING = "retrying"
    """Was sent in vain and waits for its retry. The table keeps it as pending: the attempts tell the two apart."""
    IN_FLIGHT = "in_flight"
    """A dispatcher has it; when its lease ends without a result, anyone may take it again."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up after too many failures, or refused for good by its receiver."""


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
class Deviation:
    """What was done to a message on purpose, so that it leaves wrongly; once and for all of its attempts."""

    kind: str
    """As operations/orderings.py names them."""
    cause: str
    """Who asked for it, in words."""
    is_extra: bool = False
    """It leaves beside the message that was queued, as its part or its repetition."""


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
    outcome: str | None = None
    """What the last finished attempt came to, in the words of delivery.OutcomeKind."""
    reply: str | None = None
    """The beginning of what the receiver answered to it; None where no answer came."""
    deviation: Deviation | None = None
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
    OutboxRow.outcome,
    OutboxRow.reply,
    OutboxRow.deviation,
    OutboxRow.subscription_mrid,
)


_LOOK_AHEAD = 3


@cache
def _first_of_each_destination(at_once: int) -> TextClause:
    """Ids, a row for each destination: its `at_once` first messages that were begun, then its first fresh ones that are
    due in fleet time; enough of them to find some of other correlations behind one that waits.

    The recursion hops from one destination to the next in the index over unfinished rows: a GROUP BY would read them
    all, on every poll, exactly when the backlog is long.
    """
    of_one = "SELECT id FROM outbox WHERE finished IS NULL AND destination = url"
    begun = f"{of_one} AND attempts > 0 ORDER BY id"
    fresh = f"{of_one} AND attempts = 0 AND not_before <= :fleet_now ORDER BY not_before, id"
    places = ((begun, at_once), (fresh, 1 if at_once == 1 else _LOOK_AHEAD * at_once))
    firsts = ", ".join(f"({ids} LIMIT 1 OFFSET {place})" for ids, number in places for place in range(number))
    return text(
        f"""
        WITH RECURSIVE destinations (url) AS (
            SELECT min(destination) FROM outbox WHERE finished IS NULL
            UNION ALL
            SELECT (SELECT min(destination) FROM outbox WHERE finished IS NULL AND destination > url)
            FROM destinations WHERE url IS NOT NULL
        )
        SELECT {firsts} FROM destinations WHERE url IS NOT NULL
        """
    ).bindparams(bindparam("fleet_now", type_=OutboxRow.not_before.type))


_IS_FREE = or_(
    and_(
        OutboxRow.state == MessageState.PENDING.value,
        or_(OutboxRow.retry_at.is_(None), OutboxRow.retry_at <= bindparam("machine_now")),
    ),
    and_(OutboxRow.state == MessageState.IN_FLIGHT.value, OutboxRow.lease_until <= bindparam("machine_now")),
)

_CLAIMABLE = (
    select(*_COLUMNS)
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

_CORRELATIONS = select(OutboxRow.id, OutboxRow.correlation_id).where(OutboxRow.id.in_(bindparam("ids", expanding=True)))

# Neither on its way, nor free to leave now: it failed and waits for its retry.
_BUSY = select(
    exists().where(
        OutboxRow.id.in_(bindparam("ids", expanding=True)),
        or_(OutboxRow.state == MessageState.IN_FLIGHT.value, _IS_FREE),
    )
)

_ANY_ATTEMPTS = 2**31 - 1

# What deviates was due already, and only is late.
_WAITING = select(OutboxRow.id, OutboxRow.recipe).where(
    OutboxRow.finished.is_(None),
    OutboxRow.noun == bindparam("noun"),
    OutboxRow.not_before > bindparam("now"),
    OutboxRow.deviation.is_(None),
)

_BY_ID = select(*_COLUMNS).where(OutboxRow.id == bindparam("id"))

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

_IS_RETRYING = and_(OutboxRow.state == MessageState.PENDING.value, OutboxRow.attempts > 0)
_STATE = case((_IS_RETRYING, MessageState.RETRYING.value), else_=OutboxRow.state)

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
        first_ids = self._next_ids(fleet_now, at_once)
        if not first_ids:
            return []
        rows = self._connection.execute(
            _CLAIMABLE,
            {
                "ids": first_ids,
                "machine_now": machine_now,
                "limit": limit,
                "most_attempts": 0 if fresh_only else _ANY_ATTEMPTS,
            },
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
            .values(
                state=MessageState.IN_FLIGHT.value,
                attempts=OutboxRow.attempts + 1,
                lease_until=lease_until,
                held_names=None,  # whether it was passed or not
            )
        )
        return claimed

    def delivered(
        self, message: OutboxMessage, at: datetime, *, outcome: str | None = None, reply: str | None = None
    ) -> bool:
        """The receiver has taken it. `at` is machine time; `outcome` and `reply`: see OutboxMessage.

        This and the two below return False, and change nothing, where the claim is no longer ours: the lease
        ended, and another dispatcher took the message.
        """
        return self._settle(
            message, state=MessageState.DELIVERED.value, finished=at, last_error=None, outcome=outcome, reply=reply
        )

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
            deviation=_deviation(message),
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
        self._connection.execute(insert(OutboxRow), _as_new(message))

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
        return None if row is None else _message(row)

    def find(
        self, *, state: MessageState | None = None, destination: str | None = None, after: int = 0, limit: int = 100
    ) -> list[OutboxMessage]:
        """Messages with an id above `after`, in the order of sending."""
        statement = select(*_COLUMNS).where(OutboxRow.id > after).order_by(OutboxRow.id).limit(limit)
        if state is not None:
            statement = statement.where(_is_in(state))
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

    def is_busy(self, *, fleet_now: datetime, machine_now: datetime, at_once: int = 1) -> bool:
        """Whether anything is on its way or free to leave; `at_once` as in `claim`.

        Not busy: all that is due was delivered or given up, or stands behind a failure that waits for its retry.
        """
        first_ids = self._next_ids(fleet_now, at_once)
        return bool(first_ids) and bool(self._connection.scalar(_BUSY, {"ids": first_ids, "machine_now": machine_now}))

    def counts(self) -> dict[MessageState, int]:
        """How many messages are in each state."""
        counted = self._connection.execute(select(_STATE, func.count()).group_by(_STATE))
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

    def _next_ids(self, fleet_now: datetime, at_once: int) -> list[int]:
        """The messages that may be begun, or be begun again, as far as their order is concerned."""
        rows = self._connection.execute(_first_of_each_destination(at_once), {"fleet_now": fleet_now}).all()
        # One that was begun takes a place, whether it is on its way or waits for its retry: a receiver that is down
        # is not tried with all that is there for it.
        if at_once == 1:
            return [begun or fresh for begun, fresh in rows if begun or fresh]
        ids = [row_id for row in rows for row_id in row if row_id]
        found = self._connection.execute(_CORRELATIONS, {"ids": ids})
        correlations = {row.id: row.correlation_id for row in found}
        chosen: list[int] = []
        for row in rows:
            places, begun = at_once, set[str]()
            for row_id in filter(None, row):
                correlation = correlations.get(row_id)
                if places and (correlation is None or correlation not in begun):
                    chosen.append(row_id)
                    places -= 1
                if correlation is not None:
                    begun.add(correlation)
        return chosen

    def _settle(self, message: OutboxMessage, **values: Any) -> bool:
        # `attempts` grows with every claim, so it names this one among all claims of the message.
        settled = self._connection.execute(
            update(OutboxRow)
            .where(
                OutboxRow.id == message.id,
                OutboxRow.attempts == message.attempts,
                OutboxRow.state == MessageState.IN_FLIGHT.value,
            )
            .values({"lease_until": None} | values)
        )
        return settled.rowcount == 1


def _is_in(state: MessageState) -> ColumnElement[bool]:
    """Whether a row is in a state; spelled so that an index on the column helps."""
    match state:
        case MessageState.RETRYING:
            return _IS_RETRYING
        case MessageState.PENDING:
            return and_(OutboxRow.state == state.value, OutboxRow.attempts == 0)
        case _:
            return OutboxRow.state == state.value


def _message(row: Row[Any]) -> OutboxMessage:
    columns = row._asdict()
    state = MessageState(columns["state"])
    if state is MessageState.PENDING and columns["attempts"]:
        state = MessageState.RETRYING
    deviation = columns["deviation"]
    return OutboxMessage(
        **columns | {"state": state, "deviation": None if deviation is None else Deviation(**deviation)}
    )


def _as_new(message: OutboxMessage) -> dict[str, Any]:
    """The columns of a message that begins anew."""
    return {
        "destination": message.destination,
        "verb": message.verb,
        "noun": message.noun,
        "message_id": message.message_id,
        "correlation_id": message.correlation_id,
        "subscription_mrid": message.subscription_mrid,
        "recipe": message.recipe,
        "state": MessageState.PENDING.value,
        "attempts": 0,
        "not_before": message.not_before,
        "created": message.created,
        "deviation": _deviation(message),
    }


def _deviation(message: OutboxMessage) -> dict[str, Any] | None:
    return None if message.deviation is None else asdict(message.deviation)
