"""When meters are to be read without being asked: the schedules, what they say, and how far they have been told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, or_, select, update

from headend.store.errors import conflict_as
from headend.store.schema import MeterReadScheduleRevisionRow, MeterReadScheduleRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """A MeterReadSchedule that the head end took on. All instants are the fleet's time."""

    mrid: str
    created: datetime
    told_until: datetime
    """What was due up to here has been queued."""
    next_due: datetime | None
    """When there is something to be queued again; None: never."""
    state: str
    """A word of the operations' own, such as active."""
    source: str | None = None
    """Header/Source of the request that created it."""
    correlation_id: str | None = None
    """Its CorrelationID, which messages of readings carry."""
    message_id: str | None = None
    reply_address: str | None = None
    """Where the readings go besides to subscribers."""
    ended: datetime | None = None
    """When somebody ended it."""
    subscription_mrid: str | None = None
    """Of the subscription whose own it is; None: of a client."""


@dataclass(frozen=True, slots=True)
class ScheduleRevision:
    """What a schedule says from an instant on, exclusive, until its next revision."""

    number: int
    """From 1 on."""
    since: datetime
    definition: Any
    """JSON in the operations' own words."""


_COLUMNS = (
    MeterReadScheduleRow.mrid,
    MeterReadScheduleRow.created,
    MeterReadScheduleRow.told_until,
    MeterReadScheduleRow.next_due,
    MeterReadScheduleRow.state,
    MeterReadScheduleRow.source,
    MeterReadScheduleRow.correlation_id,
    MeterReadScheduleRow.message_id,
    MeterReadScheduleRow.reply_address,
    MeterReadScheduleRow.ended,
    MeterReadScheduleRow.subscription_mrid,
)
_ALL = select(*_COLUMNS).order_by(MeterReadScheduleRow.number)
_OF_SUBSCRIPTIONS = _ALL.where(MeterReadScheduleRow.subscription_mrid.is_not(None))
_BY_MRID = select(*_COLUMNS).where(MeterReadScheduleRow.mrid == bindparam("mrid"))
_CORRELATED = (
    select(*_COLUMNS)
    .where(
        or_(
            MeterReadScheduleRow.correlation_id == bindparam("id"),
            MeterReadScheduleRow.message_id == bindparam("id"),
        )
    )
    .order_by(MeterReadScheduleRow.number.desc())
)
_DUE = _ALL.where(MeterReadScheduleRow.next_due <= bindparam("now"))
_HAS_DUE = select(exists().where(MeterReadScheduleRow.next_due <= bindparam("now")))
_LAST_NUMBER = select(func.max(MeterReadScheduleRow.number))
_REVISIONS = (
    select(
        MeterReadScheduleRevisionRow.number,
        MeterReadScheduleRevisionRow.since,
        MeterReadScheduleRevisionRow.definition,
    )
    .where(MeterReadScheduleRevisionRow.schedule_mrid == bindparam("mrid"))
    .order_by(MeterReadScheduleRevisionRow.number)
)


class MeterReadSchedules:
    """All schedules by their mRID, also those that have ended. Each has at least one revision."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_turn(self) -> None:
        """In a writing unit of work: what is asked afterwards stays true until its end."""
        take_turn(self._connection, "meter_read_schedule")

    def add(self, schedule: StoredSchedule, revision: ScheduleRevision) -> None:
        """Keeps a schedule. Raises Conflict where its mRID is taken."""
        self.take_turn()
        number = (self._connection.scalar(_LAST_NUMBER) or 0) + 1
        with conflict_as(f"there is a MeterReadSchedule {schedule.mrid} already"):
            self._connection.execute(insert(MeterReadScheduleRow), {**asdict(schedule), "number": number})
        self.add_revision(schedule.mrid, revision)

    def add_revision(self, mrid: str, revision: ScheduleRevision) -> None:
        """Keeps what a schedule says from now on. Raises Conflict for an unknown schedule, or a second revision of
        that number.
        """
        with conflict_as(f"MeterReadSchedule {mrid} is unknown, or has a revision {revision.number} already"):
            self._connection.execute(
                insert(MeterReadScheduleRevisionRow),
                {
                    "schedule_mrid": mrid,
                    "number": revision.number,
                    "since": revision.since,
                    "definition": revision.definition,
                },
            )

    def put(self, schedule: StoredSchedule) -> None:
        """Replaces what is kept of a schedule; its revisions stay."""
        self._connection.execute(
            update(MeterReadScheduleRow).where(MeterReadScheduleRow.mrid == schedule.mrid).values(**asdict(schedule))
        )

    def get(self, mrid: str) -> StoredSchedule | None:
        """The schedule with this mRID."""
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).one_or_none()
        return None if row is None else _schedule(row)

    def all(self) -> list[StoredSchedule]:
        """All of them, oldest first."""
        return [_schedule(row) for row in self._connection.execute(_ALL)]

    def of_clients(self) -> list[StoredSchedule]:
        """Those that are not of a subscription, oldest first."""
        return [one for one in self.all() if one.subscription_mrid is None]

    def of_subscriptions(self) -> list[StoredSchedule]:
        """Those that are of a subscription, oldest first."""
        return [_schedule(row) for row in self._connection.execute(_OF_SUBSCRIPTIONS)]

    def correlated(self, transaction_id: str) -> list[StoredSchedule]:
        """Those whose request had this CorrelationID or MessageID, newest first."""
        return [_schedule(row) for row in self._connection.execute(_CORRELATED, {"id": transaction_id})]

    def revisions(self, mrid: str) -> list[ScheduleRevision]:
        """What a schedule said and says, oldest first."""
        return [ScheduleRevision(*row) for row in self._connection.execute(_REVISIONS, {"mrid": mrid})]

    def due(self, now: datetime) -> list[StoredSchedule]:
        """Those that have something to be queued, oldest first. In a writing unit of work each is ours until its end:
        who queues and moves the marks does so once, whatever other processes do.
        """
        self.take_turn()
        return [_schedule(row) for row in self._connection.execute(_DUE, {"now": now})]

    def has_due(self, now: datetime) -> bool:
        """Whether `due` would find any."""
        return bool(self._connection.scalar(_HAS_DUE, {"now": now}))


def _schedule(row: Any) -> StoredSchedule:
    return StoredSchedule(**row._asdict())
