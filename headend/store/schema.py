"""The tables. One class a table, seen only inside this package.

Statements are written against these classes (so mypy knows the column types) but run on plain connections:
identity maps and lazy loading would cost more than they give where rows only pass through.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from headend.store.instants import UtcInstant

REVISION: Final = "0017"
"""The revision of migrations/versions that leads to exactly these tables."""

REVISION_TABLE: Final = "headend_schema"
"""Where a database says which revision it has. Not Alembic's usual name: a schema may be shared with other
programs."""

# SQLite numbers rows by itself only in a column declared as plain INTEGER, which is 64 bits wide there
# anyway.
_Sequence = BigInteger().with_variant(Integer, "sqlite")


class Row(DeclarativeBase):
    metadata = MetaData(
        # Named constraints are the same on every database and can be dropped by a later migration.
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map: ClassVar[dict[Any, TypeEngine[Any]]] = {
        datetime: UtcInstant(),
        str: Text(),
        bytes: LargeBinary(),
    }


class InterruptionRow(Row):
    """Energy does not flow through a device in [start, end); end is empty as long as it lasts."""

    __tablename__ = "interruption"

    device_mrid: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    end: Mapped[datetime | None]
    cause: Mapped[str]

    __table_args__ = (
        CheckConstraint('"end" > start', name="order"),
        # A device is interrupted once at a time, also when two processes say so in the same moment.
        Index(
            "interruption_open",
            "device_mrid",
            unique=True,
            sqlite_where=text('"end" IS NULL'),
        ),
    )


class DefectRow(Row):
    """Something wrong with the readings of one device, from start to end (see `simulator.defects`)."""

    __tablename__ = "defect"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    device_mrid: Mapped[str]
    kind: Mapped[str] = mapped_column(String(64))
    start: Mapped[datetime]
    end: Mapped[datetime]
    parameters: Mapped[Any] = mapped_column(JSON)
    marked: Mapped[bool]

    __table_args__ = (
        CheckConstraint('"end" > start', name="order"),
        Index(None, "device_mrid", "start"),
    )


class EndDeviceControlRow(Row):
    """A command that the head end accepted, for one device or many."""

    __tablename__ = "end_device_control"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    type_code: Mapped[str]
    issuer_id: Mapped[str | None]
    issuer_tracking_id: Mapped[str | None]
    reason: Mapped[str | None]
    correlation_id: Mapped[str | None]
    source: Mapped[str | None]
    accepted: Mapped[datetime]
    scheduled: Mapped[datetime | None]
    executed: Mapped[datetime | None]
    parameters: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    number: Mapped[int | None] = mapped_column(index=True)
    changed: Mapped[datetime | None]
    closed: Mapped[datetime | None]
    deleted: Mapped[datetime | None]
    document: Mapped[str | None]

    __table_args__ = (Index(None, "correlation_id"), Index(None, "issuer_tracking_id"))


class ControlOutcomeRow(Row):
    """What became of a control at one of its devices."""

    __tablename__ = "control_outcome"

    control_mrid: Mapped[str] = mapped_column(
        ForeignKey("end_device_control.mrid", ondelete="CASCADE"), primary_key=True
    )
    device_mrid: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str]
    event_code: Mapped[str | None]
    done: Mapped[datetime | None]
    reaches: Mapped[datetime | None]
    begins: Mapped[datetime | None]
    ends: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "device_mrid"),
        # Only commands that outlast their acceptance: those of a prompt device never slow the search down.
        Index(
            "control_outcome_live",
            "device_mrid",
            "reaches",
            sqlite_where=text("reaches IS NOT NULL"),
        ),
    )


class DeviceTransitionRow(Row):
    """From an instant on, one side of a device's state is something (simulator.device); not that of its switch."""

    __tablename__ = "device_transition"

    sequence: Mapped[int] = mapped_column(_Sequence, primary_key=True)
    device_mrid: Mapped[str]
    aspect: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    control_mrid: Mapped[str | None]

    __table_args__ = (Index(None, "device_mrid", "at"),)


class EndDeviceEventRow(Row):
    """Something that happened at a device."""

    __tablename__ = "end_device_event"

    sequence: Mapped[int] = mapped_column(_Sequence, primary_key=True)
    mrid: Mapped[str] = mapped_column(unique=True)
    device_mrid: Mapped[str]
    usage_point_mrid: Mapped[str | None]
    type_code: Mapped[str]
    created: Mapped[datetime]
    issuer_id: Mapped[str | None]
    issuer_tracking_id: Mapped[str | None]
    reason: Mapped[str | None]
    severity: Mapped[str | None]
    details: Mapped[Any] = mapped_column(JSON)
    correlation_id: Mapped[str | None]
    control_mrid: Mapped[str | None]
    user_id: Mapped[str | None]

    __table_args__ = (
        Index(None, "device_mrid", "created"),
        Index(None, "created"),
    )


class OutboxRow(Row):
    """A message that has to reach a receiver (see outbox.py for what the columns mean together)."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(_Sequence, primary_key=True)
    destination: Mapped[str]
    verb: Mapped[str] = mapped_column(String(16))
    noun: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[str]
    correlation_id: Mapped[str | None]
    recipe: Mapped[Any] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    not_before: Mapped[datetime]
    retry_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created: Mapped[datetime]
    finished: Mapped[datetime | None]
    subscription_mrid: Mapped[str | None]
    outcome: Mapped[str | None] = mapped_column(String(32))
    reply: Mapped[str | None]
    deviation: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    held_names: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'in_flight', 'delivered', 'dead')", name="state"),
        CheckConstraint("(finished IS NULL) = (state IN ('pending', 'in_flight'))", name="finished"),
        # What is still to be sent, however much has been: finding the next message slows down neither with history
        # nor with what lies ahead.
        Index(
            "outbox_unfinished",
            "destination",
            "not_before",
            "id",
            sqlite_where=text("finished IS NULL"),
        ),
        # What is on its way or failed, a handful of rows.
        Index(
            "outbox_begun",
            "destination",
            "id",
            sqlite_where=text("finished IS NULL AND attempts > 0"),
        ),
        # For retention, which forgets the oldest of what is finished.
        Index(
            "outbox_finished",
            "state",
            "finished",
            sqlite_where=text("finished IS NOT NULL"),
        ),
        # Next to none at any time, and every sending asks for them.
        Index(
            "outbox_held",
            "destination",
            sqlite_where=text("held_names IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},  # of one instant, order of sending is order of id: none may come a second time
    )


class MischiefRow(Row):
    """What the head end is to do wrong on purpose: orderings and faults (see mischief.py)."""

    __tablename__ = "mischief"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    direction: Mapped[str | None] = mapped_column(String(16))
    service: Mapped[str | None] = mapped_column(String(64))
    operation: Mapped[str | None] = mapped_column(String(64))
    noun: Mapped[str | None] = mapped_column(String(64))
    verb: Mapped[str | None] = mapped_column(String(16))
    meter_mrid: Mapped[str | None]
    meter_name: Mapped[str | None]
    destination: Mapped[str | None]
    correlation_id: Mapped[str | None]
    probability: Mapped[float | None] = mapped_column(Double)
    delay_s: Mapped[float | None] = mapped_column(Double)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    times: Mapped[int | None]
    seen: Mapped[int]
    used: Mapped[int]
    created: Mapped[datetime]


class ConfiguredStateRow(Row):
    """What became of mischief of the settings (see configured_states.py)."""

    __tablename__ = "configured_state"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[int]
    used: Mapped[int]
    removed: Mapped[bool]


class HandledRequestRow(Row):
    """A request that was acted on, with the reply that it got; the last one under its MessageID."""

    __tablename__ = "handled_request"

    source: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    reply: Mapped[bytes]
    handled: Mapped[datetime] = mapped_column(index=True)


class ReplayNonceRow(Row):
    """A nonce that a client has used up."""

    __tablename__ = "replay_nonce"

    source: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[datetime] = mapped_column(index=True)


class ClockAnchorRow(Row):
    """How the fleet's time hangs on the machine's: one row, shared by all processes."""

    __tablename__ = "clock_anchor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    spec: Mapped[str]
    machine: Mapped[datetime]
    fleet: Mapped[datetime]
    rate: Mapped[float] = mapped_column(Double)

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class OutageRow(Row):
    """A node of the network without power from start on; from end on it comes back, everywhere by restored."""

    __tablename__ = "outage"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    node_class: Mapped[str] = mapped_column(String(32))
    node_mrid: Mapped[str]
    start: Mapped[datetime] = mapped_column(index=True)
    end: Mapped[datetime | None]
    restored: Mapped[datetime | None]
    course: Mapped[Any] = mapped_column(JSON)
    reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint('"end" > start', name="order"),
        CheckConstraint('("end" IS NULL) = (restored IS NULL)', name="restored"),
    )


class SubscriptionRow(Row):
    """Somebody who asked a running head end to be told; those of the settings are not kept here.

    One that has `ended` is kept only as long as something is still to be sent with its credentials.
    """

    __tablename__ = "subscription"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    noun: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]
    wanted: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    http_headers: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    ended: Mapped[bool | None]


class FieldProgressRow(Row):
    """How far the events that happen by themselves have been told: one row, shared by all processes."""

    __tablename__ = "field_progress"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    told_until: Mapped[datetime]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class MasterObjectRow(Row):
    """An object of master data: what was said of it, as one document."""

    __tablename__ = "master_object"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    object_type: Mapped[str] = mapped_column(String(64))
    family: Mapped[str] = mapped_column(String(64))
    document: Mapped[Any] = mapped_column(JSON)
    revision: Mapped[int]
    created: Mapped[datetime]
    changed: Mapped[datetime]
    closed: Mapped[datetime | None]
    deleted: Mapped[bool]

    __table_args__ = (
        Index(None, "family", "created", "mrid"),
        # Few are closed, and every read of a changed fleet asks which.
        Index(
            "master_object_closed",
            "family",
            "closed",
            sqlite_where=text("closed IS NOT NULL"),
        ),
    )


class MasterNameRow(Row):
    """A name of an object; several are aliases."""

    __tablename__ = "master_name"

    sequence: Mapped[int] = mapped_column(_Sequence, primary_key=True)
    family: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    name_type: Mapped[str | None]
    authority: Mapped[str | None]
    mrid: Mapped[str] = mapped_column(index=True)

    __table_args__ = (Index(None, "family", "name"),)


class MasterLinkRow(Row):
    """Two objects belong together in [start, end); end is empty as long as nobody set one."""

    __tablename__ = "master_link"

    one: Mapped[str] = mapped_column(primary_key=True)
    association: Mapped[str] = mapped_column(String(64), primary_key=True)
    other: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    end: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint('"end" > start', name="order"),
        Index(None, "other", "association"),
    )


class FleetChangeRow(Row):
    """What master data made of the fleet (see fleet_changes.py); only ever appended to."""

    __tablename__ = "fleet_change"

    sequence: Mapped[int] = mapped_column(_Sequence, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    mrid: Mapped[str]
    at: Mapped[datetime]
    name: Mapped[str | None]
    usage_point_mrid: Mapped[str | None]
    usage_point_name: Mapped[str | None]
    meter_class: Mapped[str | None] = mapped_column(String(64))
    installed: Mapped[date | None] = mapped_column(Date)
    firmware: Mapped[str | None]

    __table_args__ = ({"sqlite_autoincrement": True},)  # a number that was seen may not come a second time


class MeterReadScheduleRow(Row):
    """Meters that are to be read at set times, and how far that has been done."""

    __tablename__ = "meter_read_schedule"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    created: Mapped[datetime]
    told_until: Mapped[datetime]
    next_due: Mapped[datetime | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str | None]
    correlation_id: Mapped[str | None] = mapped_column(index=True)
    message_id: Mapped[str | None] = mapped_column(index=True)
    reply_address: Mapped[str | None]
    ended: Mapped[datetime | None]
    subscription_mrid: Mapped[str | None] = mapped_column(index=True)


class MeterReadScheduleRevisionRow(Row):
    """What a schedule says from `since` on; a message that waits for its retry is still made from an older one."""

    __tablename__ = "meter_read_schedule_revision"

    schedule_mrid: Mapped[str] = mapped_column(
        ForeignKey("meter_read_schedule.mrid", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime]
    definition: Mapped[Any] = mapped_column(JSON)


class MeterServiceWorkRow(Row):
    """Work at a meter that was asked for, and what becomes of it (see service_works.py)."""

    __tablename__ = "meter_service_work"

    mrid: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    document: Mapped[Any] = mapped_column(JSON)
    revision: Mapped[int]
    accepted: Mapped[datetime]
    changed: Mapped[datetime]
    wanted: Mapped[datetime | None]
    begins: Mapped[datetime | None]
    ends: Mapped[datetime | None]
    result: Mapped[str | None]
    remark: Mapped[str | None]
    control_mrid: Mapped[str | None] = mapped_column(index=True)
    effects: Mapped[Any] = mapped_column(JSON)
    correlation_id: Mapped[str | None] = mapped_column(index=True)
    source: Mapped[str | None]
    reply_address: Mapped[str | None]
    cancelled: Mapped[datetime | None]
    closed: Mapped[datetime | None]
    deleted: Mapped[datetime | None]


class MeterServiceObjectRow(Row):
    """What a work is found by: its own names, and the mRIDs of the objects that it is about."""

    __tablename__ = "meter_service_object"

    work_mrid: Mapped[str] = mapped_column(primary_key=True)
    relation: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "value", "relation"),)


def keep_indexes_partial_on_postgresql() -> None:
    """Let indexes that hold some rows on SQLite hold the same ones on PostgreSQL.

    Not said where they are declared: SQLAlchemy would import all of its PostgreSQL to check the word, which takes a
    tenth of a second, also where nobody has a PostgreSQL.
    """
    for table in Row.metadata.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
