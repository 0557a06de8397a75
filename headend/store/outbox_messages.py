"""The messages of the outbox as values, and as rows; see outbox.py for what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, and_, case

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


COLUMNS = (
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

_IS_RETRYING = and_(OutboxRow.state == MessageState.PENDING.value, OutboxRow.attempts > 0)
STATE = case((_IS_RETRYING, MessageState.RETRYING.value), else_=OutboxRow.state)
"""The state of a row as MessageState names it."""


def is_in(state: MessageState) -> ColumnElement[bool]:
    """Whether a row is in a state; spelled so that an index on the column helps."""
    match state:
        case MessageState.RETRYING:
            return _IS_RETRYING
        case MessageState.PENDING:
            return and_(OutboxRow.state == state.value, OutboxRow.attempts == 0)
        case _:
            return OutboxRow.state == state.value


def message_of(row: Row[Any]) -> OutboxMessage:
    """The message of a row with COLUMNS."""
    columns = row._asdict()
    state = MessageState(columns["state"])
    if state is MessageState.PENDING and columns["attempts"]:
        state = MessageState.RETRYING
    return _message(columns, state)


def begun_message(row: Row[Any], lease_until: datetime) -> OutboxMessage:
    """The message of a row that is being claimed, as it is from then on."""
    columns = row._asdict()
    columns["attempts"] += 1
    columns["lease_until"] = lease_until
    return _message(columns, MessageState.IN_FLIGHT)


def _message(columns: dict[str, Any], state: MessageState) -> OutboxMessage:
    deviation = columns["deviation"]
    columns["state"] = state
    columns["deviation"] = None if deviation is None else Deviation(**deviation)
    return OutboxMessage(**columns)


def new_row(message: NewMessage) -> dict[str, Any]:
    """The columns of a message that is to be kept."""
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
        "not_before": message.not_before or message.created,
        "created": message.created,
    }


def as_new(message: OutboxMessage) -> dict[str, Any]:
    """The columns of a message that begins anew."""
    again = NewMessage(**{field.name: getattr(message, field.name) for field in fields(NewMessage)})
    return new_row(again) | {"deviation": deviation_of(message)}


def deviation_of(message: OutboxMessage) -> dict[str, Any] | None:
    """The column of a message's deviation."""
    return None if message.deviation is None else asdict(message.deviation)
