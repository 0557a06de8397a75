"""Outages of nodes of the network: one row each, however many meters a node feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from headend.store.errors import Conflict, conflict_as
from headend.store.outbox_messages import Json
from headend.store.schema import OutageRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutage:
    """Power was lost at `start`; from `end` on it came back, everywhere by `restored`. Both are None while it lasts."""

    mrid: str
    node_class: str
    """CIM class of what failed: Substation, Feeder, TransformerTank, UsagePoint or Meter."""
    node_mrid: str
    start: datetime
    end: datetime | None = None
    restored: datetime | None = None
    course: Mapping[str, Json] = field(default_factory=dict)
    """How power was lost and comes back, and how meters tell of it; words of the operations' own."""
    reason: str | None = None


_COLUMNS = (
    OutageRow.mrid,
    OutageRow.node_class,
    OutageRow.node_mrid,
    OutageRow.start,
    OutageRow.end,
    OutageRow.restored,
    OutageRow.course,
    OutageRow.reason,
)
_ALL = select(*_COLUMNS).order_by(OutageRow.start, OutageRow.mrid)
_BY_MRID = select(*_COLUMNS).where(OutageRow.mrid == bindparam("mrid"))
_TOUCHING = _ALL.where(
    OutageRow.start <= bindparam("until"), or_(OutageRow.restored.is_(None), OutageRow.restored >= bindparam("since"))
)


class Outages:
    """All outages by their mRID. They may overlap: a transformer can fail while its feeder is out."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, outage: StoredOutage) -> None:
        """Keeps an outage. Raises Conflict where its mRID is taken."""
        with conflict_as(f"there is an outage {outage.mrid} already"):
            self._connection.execute(insert(OutageRow), asdict(outage))

    def get(self, mrid: str) -> StoredOutage | None:
        """The outage with this mRID. In a writing unit of work it stays as it is until the end of the unit."""
        take_turn(self._connection, "outage")
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).one_or_none()
        return None if row is None else StoredOutage(**row._asdict())

    def all(self) -> list[StoredOutage]:
        """All of them, the oldest first."""
        return [StoredOutage(**row._asdict()) for row in self._connection.execute(_ALL)]

    def touching(self, since: datetime, until: datetime) -> list[StoredOutage]:
        """Those during which an instant of [since, until] lies, the oldest first; restoration is part of them."""
        rows = self._connection.execute(_TOUCHING, {"since": since, "until": until})
        return [StoredOutage(**row._asdict()) for row in rows]

    def change(self, outage: StoredOutage) -> None:
        """Keeps what an outage is now instead of what it was. Raises Conflict where there is none with its mRID."""
        statement = update(OutageRow).where(OutageRow.mrid == outage.mrid).values(**asdict(outage))
        if self._connection.execute(statement).rowcount != 1:
            raise Conflict(f"there is no outage {outage.mrid} to change")

    def remove(self, mrid: str) -> bool:
        """Forgets an outage, as if it had never been; whether there was one."""
        return self._connection.execute(delete(OutageRow).where(OutageRow.mrid == mrid)).rowcount == 1
