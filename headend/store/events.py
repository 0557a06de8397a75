"""Events of end devices (EndDeviceEvents)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, false, func, insert, or_, select, true

from headend.store.errors import conflict_as
from headend.store.in_lists import IN_LIST_SIZE, in_lists
from headend.store.schema import EndDeviceEventRow


@dataclass(frozen=True, slots=True)
class EndDeviceEvent:
    """Something that happened at a device."""

    mrid: str
    device_mrid: str
    type_code: str
    """EndDeviceEventType, four parts such as 3.31.0.68 (61968-9:2013, Annex E)."""
    created: datetime
    """When it happened in the field, not when we heard of it."""
    usage_point_mrid: str | None = None
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None
    severity: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    """EndDeviceEventDetails: names and values."""
    correlation_id: str | None = None
    """Of the request that caused it, if one did."""
    user_id: str | None = None
    """Who was at work when it happened, such as the technician who opened a cover."""
    control_mrid: str | None = None
    """The EndDeviceControl that caused it, if one did."""


@dataclass(frozen=True, slots=True)
class EventSelection:
    """Which events are wanted. None in a field asks nothing of it; an empty collection is met by no event.

    `devices` and `usage_points` are places: an event is wanted if it happened at any of them. All other
    fields narrow the choice.
    """

    devices: Collection[str] | None = None
    usage_points: Collection[str] | None = None
    type_patterns: Collection[str] | None = None
    """Four-part codes in which 0 or * stands for any value of that part."""
    periods: Collection[tuple[datetime | None, datetime | None]] | None = None
    """[start, end], None for no bound. Both ends belong to it: on a stepped clock a client often asks up to
    the very instant of the event. Who polls periods that touch may get an event twice, known by its mRID,
    but misses none."""
    until: datetime | None = None
    """The last instant of interest, such as the fleet's now."""
    mrids: Collection[str] | None = None
    issuer_ids: Collection[str] | None = None
    issuer_tracking_ids: Collection[str] | None = None
    reasons: Collection[str] | None = None
    severities: Collection[str] | None = None


_COLUMNS = (
    EndDeviceEventRow.mrid,
    EndDeviceEventRow.device_mrid,
    EndDeviceEventRow.type_code,
    EndDeviceEventRow.created,
    EndDeviceEventRow.usage_point_mrid,
    EndDeviceEventRow.issuer_id,
    EndDeviceEventRow.issuer_tracking_id,
    EndDeviceEventRow.reason,
    EndDeviceEventRow.severity,
    EndDeviceEventRow.correlation_id,
    EndDeviceEventRow.control_mrid,
    EndDeviceEventRow.details,
    EndDeviceEventRow.user_id,
)

_OF_MRIDS = select(EndDeviceEventRow.sequence, *_COLUMNS).where(
    EndDeviceEventRow.mrid.in_(bindparam("mrids", expanding=True))
)

_PLANNED = (
    select(*_COLUMNS)
    .where(
        EndDeviceEventRow.device_mrid.in_(bindparam("devices", expanding=True)),
        EndDeviceEventRow.created > bindparam("after"),
        EndDeviceEventRow.control_mrid.is_not(None),
    )
    .order_by(EndDeviceEventRow.created, EndDeviceEventRow.sequence)
)


class Events:
    """All events, in the order in which they happened."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, events: Iterable[EndDeviceEvent]) -> None:
        """Keeps events. Raises Conflict where an mRID is taken."""
        rows = [
            {
                "mrid": event.mrid,
                "device_mrid": event.device_mrid,
                "type_code": event.type_code,
                "created": event.created,
                "usage_point_mrid": event.usage_point_mrid,
                "issuer_id": event.issuer_id,
                "issuer_tracking_id": event.issuer_tracking_id,
                "reason": event.reason,
                "severity": event.severity,
                "details": [{"name": name, "value": value} for name, value in event.details],
                "correlation_id": event.correlation_id,
                "user_id": event.user_id,
                "control_mrid": event.control_mrid,
            }
            for event in events
        ]
        if rows:
            with conflict_as("there is an EndDeviceEvent with one of these mRIDs already"):
                self._connection.execute(insert(EndDeviceEventRow), rows)

    def count(self) -> int:
        """How many there are."""
        return self._connection.scalars(select(func.count()).select_from(EndDeviceEventRow)).one()

    def of_mrids(self, mrids: Iterable[str]) -> list[EndDeviceEvent]:
        """These events, oldest first; unknown mRIDs are left out."""
        found = [
            (row.created, row.sequence, _event(row[1:]))
            for part in in_lists(mrids)
            for row in self._connection.execute(_OF_MRIDS, {"mrids": part})
        ]
        return [event for _, _, event in sorted(found, key=lambda each: each[:2])]

    def planned(self, device_mrids: Iterable[str], after: datetime) -> list[EndDeviceEvent]:
        """What controls have in store for these devices: their events that are created later than `after`."""
        return [
            _event(row)
            for part in in_lists(device_mrids)
            for row in self._connection.execute(_PLANNED, {"devices": part, "after": after})
        ]

    def remove(self, mrids: Iterable[str]) -> None:
        """Forgets events, as they will not happen."""
        for part in in_lists(mrids):
            self._connection.execute(delete(EndDeviceEventRow).where(EndDeviceEventRow.mrid.in_(part)))

    def forget_old(self, *, before: datetime, keep: int, needed: Collection[str], limit: int) -> int:
        """Forgets events that happened before `before`, and of the others all but the last `keep`; the oldest first,
        at most `limit` in all, and none of the mRIDs that are `needed`. How many it was.
        """
        row = EndDeviceEventRow
        too_many = self._connection.scalar(select(row.created).order_by(row.created.desc()).offset(keep).limit(1))
        old = row.created < before if too_many is None else or_(row.created < before, row.created <= too_many)
        # What another process is forgetting is his.
        oldest = select(row.mrid).where(old).order_by(row.created).limit(limit + len(needed))
        found = self._connection.scalars(oldest.with_for_update(skip_locked=True))
        forgotten = [mrid for mrid in found if mrid not in needed][:limit]
        self.remove(forgotten)
        return len(forgotten)

    def find(self, selection: EventSelection, limit: int | None = None) -> Iterator[EndDeviceEvent]:
        """The wanted events, oldest first, those of one instant in the order in which they were added.

        A stream: take it while the unit of work lasts. Raises ValueError for a type pattern that is none.
        """
        narrow, places = _sql_of(selection)
        statement = (
            select(*_COLUMNS)
            .where(*narrow)
            .order_by(EndDeviceEventRow.created, EndDeviceEventRow.sequence)
            .execution_options(yield_per=1000)
        )
        if places is not None:
            statement = statement.where(places)
        events: Iterator[EndDeviceEvent] = (_event(row) for row in self._connection.execute(statement))
        if places is None and (selection.devices is not None or selection.usage_points is not None):
            events = _at(events, frozenset(selection.devices or ()), frozenset(selection.usage_points or ()))
        return islice(events, limit)


def _sql_of(selection: EventSelection) -> tuple[list[ColumnElement[bool]], ColumnElement[bool] | None]:
    """What SQL can narrow down, and the places if they are few enough for it.

    Somebody who names thousands of meters wants most of what happened in his periods: then the rows are read
    in time order as ever, and places are looked up in a set.
    """
    row = EndDeviceEventRow
    narrow: list[ColumnElement[bool]] = [
        column.in_(wanted)
        for column, wanted in (
            (row.mrid, selection.mrids),
            (row.issuer_id, selection.issuer_ids),
            (row.issuer_tracking_id, selection.issuer_tracking_ids),
            (row.reason, selection.reasons),
            (row.severity, selection.severities),
        )
        if wanted is not None
    ]
    if selection.type_patterns is not None:
        narrow.append(or_(false(), *(_type_matches(pattern) for pattern in selection.type_patterns)))
    if selection.periods is not None:
        narrow.append(or_(false(), *(_within(start, end) for start, end in selection.periods)))
    if selection.until is not None:
        narrow.append(row.created <= selection.until)

    devices, usage_points = selection.devices, selection.usage_points
    if (devices is None and usage_points is None) or len(devices or ()) + len(usage_points or ()) > IN_LIST_SIZE:
        return narrow, None
    return narrow, or_(row.device_mrid.in_(devices or ()), row.usage_point_mrid.in_(usage_points or ()))


def _type_matches(pattern: str) -> ColumnElement[bool]:
    parts = pattern.split(".")
    if len(parts) != 4 or not all(part == "*" or (part.isascii() and part.isdigit()) for part in parts):
        raise ValueError(f"{pattern!r} is no event type pattern: four numbers, 0 or * for any, such as 3.31.0.68")
    # Codes have exactly three dots, and so has the pattern: no % can reach over one into the next part.
    parts = ["%" if part == "*" or int(part) == 0 else part for part in parts]
    return EndDeviceEventRow.type_code.like(".".join(parts))


def _within(start: datetime | None, end: datetime | None) -> ColumnElement[bool]:
    created = EndDeviceEventRow.created
    return and_(true() if start is None else created >= start, true() if end is None else created <= end)


def _at(
    events: Iterator[EndDeviceEvent], devices: frozenset[str], usage_points: frozenset[str]
) -> Iterator[EndDeviceEvent]:
    return (event for event in events if event.device_mrid in devices or event.usage_point_mrid in usage_points)


def _event(columns: Sequence[Any]) -> EndDeviceEvent:
    (
        mrid,
        device,
        type_code,
        created,
        usage_point,
        issuer,
        tracking,
        reason,
        severity,
        correlation,
        control,
        details,
        user,
    ) = columns
    return EndDeviceEvent(
        mrid=mrid,
        device_mrid=device,
        type_code=type_code,
        created=created,
        usage_point_mrid=usage_point,
        issuer_id=issuer,
        issuer_tracking_id=tracking,
        reason=reason,
        severity=severity,
        details=tuple((detail["name"], detail["value"]) for detail in details),
        correlation_id=correlation,
        user_id=user,
        control_mrid=control,
    )
