"""When meters are to be read without being asked: the schedules, what they say, and how far they have been told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

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


NumberedSchedule = tuple[int, StoredSchedule]
"""Numbers are in the order of creation."""

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

    def over(
        self, *, before: datetime, keep: int, now: datetime, limit: int, after: int = -1
    ) -> list[NumberedSchedule]:
        """Schedules that have nothing to queue any more: those that ended, or were told for the last time, by `before`;
        and of those that did by `now`, all that are not among the last `keep` schedules.

        Only numbers above `after`, the oldest first, and never the newest of all. One without an end may only have been
        disabled.
        """
        row = MeterReadScheduleRow
        since = func.coalesce(row.ended, row.told_until)
        old = since <= before
        too_many = self._connection.scalar(select(row.number).order_by(row.number.desc()).offset(keep).limit(1))
        if too_many is not None:
            old = or_(old, and_(row.number <= too_many, since <= now))
        last = _LAST_NUMBER.scalar_subquery()
        statement = select(row.number, *_COLUMNS).where(row.next_due.is_(None), row.number > after, row.number < last)
        rows = self._connection.execute(statement.where(old).order_by(row.number).limit(limit))
        return [(one.number, StoredSchedule(*one[1:])) for one in rows]

    def forget(self, mrids: Collection[str]) -> int:
        """Forgets schedules with all they ever said; how many it was."""
        row, revision = MeterReadScheduleRow, MeterReadScheduleRevisionRow
        # What another process is forgetting is his. One that has become due again is not over.
        ours = select(row.mrid).where(row.mrid.in_(mrids), row.next_due.is_(None)).with_for_update(skip_locked=True)
        chosen = self._connection.scalars(ours).all()
        self._connection.execute(delete(revision).where(revision.schedule_mrid.in_(chosen)))
        return self._connection.execute(delete(row).where(row.mrid.in_(chosen))).rowcount

    def replaced(self, *, before: datetime, late_for: timedelta) -> dict[str, int]:
        """Revisions that do not count any more: by mRID of the schedule, the number of the last one that was replaced
        by `before`, and so long before all that the schedule has told that nothing late follows.

        Looks at all revisions.
        """
        row, next_one = MeterReadScheduleRow, aliased(MeterReadScheduleRevisionRow)
        revision = MeterReadScheduleRevisionRow
        rows = self._connection.execute(
            select(revision.schedule_mrid, revision.number, next_one.since, row.told_until)
            .join(row, row.mrid == revision.schedule_mrid)
            .join(
                next_one,
                and_(next_one.schedule_mrid == revision.schedule_mrid, next_one.number == revision.number + 1),
            )
            .where(next_one.since <= before)
            .order_by(revision.schedule_mrid, revision.number)
        )
        return {mrid: number for mrid, number, until, told_until in rows if until <= told_until - late_for}

    def forget_revisions(self, mrid: str, last: int, limit: int) -> int:
        """Forgets what a schedule said up to a revision; the oldest first, at most `limit`. How many it was."""
        revision = MeterReadScheduleRevisionRow
        old = select(revision.number).where(revision.schedule_mrid == mrid, revision.number <= last)
        numbers = self._connection.scalars(old.order_by(revision.number).limit(limit)).all()
        gone = delete(revision).where(revision.schedule_mrid == mrid, revision.number.in_(numbers))
        return self._connection.execute(gone).rowcount

    def has_due(self, now: datetime) -> bool:
        """Whether `due` would find any."""
        return bool(self._connection.scalar(_HAS_DUE, {"now": now}))


def _schedule(row: Any) -> StoredSchedule:
    return StoredSchedule(**row._asdict())
