"""Work at meters that was asked for, and what becomes of it (MeterServiceRequests)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, true, update

from headend.store.errors import conflict_as
from headend.store.in_lists import in_lists
from headend.store.schema import MeterServiceObjectRow, MeterServiceWorkRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWork:
    """One MeterServiceWork."""

    mrid: str
    """Folded for comparison; the document has it as it was spelled."""
    kind: str
    """Such as disconnect or meter."""
    document: Mapping[str, Any]
    """What its client said of it; see headend.operations.master_data.documents."""
    revision: int
    """1 when it is created, one more with every change."""
    accepted: datetime
    changed: datetime
    wanted: datetime | None = None
    """When its client wants it done; None: at once."""
    begins: datetime | None = None
    """When it is begun; None: whoever does it has not told."""
    ends: datetime | None = None
    """When its result is known; may lie ahead."""
    result: str | None = None
    """A word of the operations' own, such as completed or failed; as of `ends`."""
    remark: str | None = None
    """What there is to say of the result."""
    control_mrid: str | None = None
    """The EndDeviceControl that carries it out."""
    effects: Mapping[str, Any] = field(default_factory=dict)
    """What it does, also ahead of time, in the operations' own words."""
    correlation_id: str | None = None
    """Of the request that created it."""
    source: str | None = None
    reply_address: str | None = None
    """Who is told of the result beside the subscribers."""
    cancelled: datetime | None = None
    closed: datetime | None = None


NAME = "name"
"""The relation of a work to its own names; the others are named as the elements are, such as OldMeter."""

_ROW = MeterServiceWorkRow
_COLUMNS = (
    _ROW.mrid,
    _ROW.kind,
    _ROW.document,
    _ROW.revision,
    _ROW.accepted,
    _ROW.changed,
    _ROW.wanted,
    _ROW.begins,
    _ROW.ends,
    _ROW.result,
    _ROW.remark,
    _ROW.control_mrid,
    _ROW.effects,
    _ROW.correlation_id,
    _ROW.source,
    _ROW.reply_address,
    _ROW.cancelled,
    _ROW.closed,
)
_KEPT = select(*_COLUMNS).where(_ROW.deleted.is_(None)).order_by(_ROW.number)
_OBJECT = MeterServiceObjectRow


_HAS_ENDED = or_(*(one.is_not(None) for one in (_ROW.ends, _ROW.cancelled, _ROW.closed, _ROW.deleted)))


def _is_quiet_since(at: datetime) -> ColumnElement[bool]:
    """Whether nothing of a work happens after an instant."""
    steps = (_ROW.accepted, _ROW.changed, _ROW.begins, _ROW.ends, _ROW.cancelled, _ROW.closed)
    return and_(
        or_(_ROW.wanted.is_(None), _ROW.wanted <= at, _HAS_ENDED), *(or_(one.is_(None), one <= at) for one in steps)
    )


class ServiceWorks:
    """All works by their mRID."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_number(self) -> int:
        """Higher than that of any work ever. In a writing unit of work no other one takes it until its end."""
        take_turn(self._connection, "meter_service_work")
        last = self._connection.scalar(select(func.max(_ROW.number)))
        return 0 if last is None else last + 1

    def add(self, work: ServiceWork, objects: Mapping[str, Collection[str]]) -> None:
        """Keeps a work, with what it is found by: values by relation. Raises Conflict where its mRID is taken."""
        with conflict_as(f"there is a MeterServiceWork {work.mrid} already"):
            self._connection.execute(insert(_ROW), {**asdict(work), "number": self.next_number()})
        self._add_objects(work.mrid, objects)

    def change(self, work: ServiceWork, objects: Mapping[str, Collection[str]] | None = None) -> None:
        """Replaces what is kept of a work; objects: what it is found by from now on, if that changes."""
        values = asdict(work)
        del values["mrid"]
        self._connection.execute(update(_ROW).where(_ROW.mrid == work.mrid).values(**values))
        if objects is not None:
            self._forget_objects(work.mrid)
            self._add_objects(work.mrid, objects)

    def delete(self, mrid: str, at: datetime) -> None:
        """Forgets a work, but for its mRID: that is not given a second time."""
        self._forget_objects(mrid)
        self._connection.execute(
            update(_ROW).where(_ROW.mrid == mrid).values(deleted=at, document={}, effects={}, control_mrid=None)
        )

    def is_taken(self, mrid: str) -> bool:
        """Whether there is a work of this mRID, or was one."""
        return self._connection.scalar(select(_ROW.mrid).where(_ROW.mrid == mrid)) is not None

    def get(self, mrid: str) -> ServiceWork | None:
        """The work of this mRID."""
        return next(iter(self._found(_ROW.mrid == mrid)), None)

    def of_control(self, control_mrid: str) -> ServiceWork | None:
        """The work that a control carries out."""
        return next(iter(self._found(_ROW.control_mrid == control_mrid)), None)

    def of_transaction(self, source: str | None, correlation_id: str) -> list[ServiceWork]:
        """The works that a source created under a CorrelationID, in the order in which they were accepted."""
        return self._found(_ROW.correlation_id == correlation_id, _ROW.source.is_not_distinct_from(source))

    def about(self, relation: str, values: Iterable[str]) -> set[str]:
        """mRIDs of the works that are found by one of these values."""
        return {
            mrid
            for part in in_lists(values)
            for mrid in self._connection.scalars(
                select(_OBJECT.work_mrid).where(_OBJECT.value.in_(part), _OBJECT.relation == relation)
            )
        }

    def of_mrids(self, mrids: Iterable[str]) -> list[ServiceWork]:
        """These works; unknown ones are left out."""
        return [work for part in in_lists(mrids) for work in self._found(_ROW.mrid.in_(part))]

    def all(self) -> list[ServiceWork]:
        """All works, in the order in which they were accepted."""
        return self._found()

    def over(self, *, before: datetime, keep: int, now: datetime, limit: int, after: int = -1) -> list[tuple[int, str]]:
        """Numbers and mRIDs of works of which nothing happened after `before`, also of those that others do and tell no
        more of; and of those that are over by `now`, all that are not among the last `keep` works.

        Only numbers above `after`, the oldest first, deleted ones among them; never the newest of all, from which
        numbers go on.
        """
        first_kept = self._connection.scalar(
            select(_ROW.number).where(_ROW.accepted > before).order_by(_ROW.number).limit(1)
        )
        too_many = self._connection.scalar(select(_ROW.number).order_by(_ROW.number.desc()).offset(keep).limit(1))
        old = and_(true() if first_kept is None else _ROW.number < first_kept, _is_quiet_since(before))
        if too_many is not None:
            old = or_(old, and_(_ROW.number <= too_many, _is_quiet_since(now), _HAS_ENDED))
        last = select(func.max(_ROW.number)).scalar_subquery()
        statement = select(_ROW.number, _ROW.mrid).where(_ROW.number > after, _ROW.number < last, old)
        rows = self._connection.execute(statement.order_by(_ROW.number).limit(limit))
        return [(number, mrid) for number, mrid in rows]

    def forget(self, mrids: Collection[str]) -> int:
        """Forgets works, mRIDs and all; how many it was."""
        # What another process is forgetting is his.
        ours = select(_ROW.mrid).where(_ROW.mrid.in_(mrids)).with_for_update(skip_locked=True)
        chosen = self._connection.scalars(ours).all()
        self._connection.execute(delete(_OBJECT).where(_OBJECT.work_mrid.in_(chosen)))
        return self._connection.execute(delete(_ROW).where(_ROW.mrid.in_(chosen))).rowcount

    def _found(self, *conditions: ColumnElement[bool]) -> list[ServiceWork]:
        return [ServiceWork(**row._asdict()) for row in self._connection.execute(_KEPT.where(*conditions))]

    def _add_objects(self, mrid: str, objects: Mapping[str, Collection[str]]) -> None:
        rows = [
            {"work_mrid": mrid, "relation": relation, "value": value}
            for relation, values in objects.items()
            for value in dict.fromkeys(values)
        ]
        if rows:
            self._connection.execute(insert(_OBJECT), rows)

    def _forget_objects(self, mrid: str) -> None:
        self._connection.execute(delete(_OBJECT).where(_OBJECT.work_mrid == mrid))
