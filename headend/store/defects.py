"""Defects that somebody put into the readings of single meters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from headend.store.errors import conflict_as
from headend.store.in_lists import in_lists
from headend.store.schema import DefectRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDefect:
    """One defect of one device."""

    mrid: str
    device_mrid: str
    kind: str
    start: datetime
    end: datetime
    parameters: Mapping[str, int] = field(default_factory=dict)
    marked: bool = True
    """Whether readings carry the qualities that go with it."""


_COLUMNS = (
    DefectRow.mrid,
    DefectRow.device_mrid,
    DefectRow.kind,
    DefectRow.start,
    DefectRow.end,
    DefectRow.parameters,
    DefectRow.marked,
)
_ALL = select(*_COLUMNS).order_by(DefectRow.start, DefectRow.mrid)
_BY_MRID = select(*_COLUMNS).where(DefectRow.mrid == bindparam("mrid"))
_OF_SOME = _ALL.where(DefectRow.device_mrid.in_(bindparam("devices", expanding=True)))


class Defects:
    """All defects by their mRID. They may overlap, on one device too."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, defect: StoredDefect) -> None:
        """Keeps a defect. Raises Conflict where its mRID is taken."""
        with conflict_as(f"there is a defect {defect.mrid} already"):
            self._connection.execute(insert(DefectRow), asdict(defect))

    def get(self, mrid: str) -> StoredDefect | None:
        """The defect with this mRID."""
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).mappings().one_or_none()
        return None if row is None else StoredDefect(**row)

    def all(self) -> list[StoredDefect]:
        """All of them, the oldest first."""
        return [StoredDefect(**row) for row in self._connection.execute(_ALL).mappings()]

    def of(self, device_mrids: Iterable[str]) -> list[StoredDefect]:
        """Those of some devices, the oldest first within each list that the database was asked for."""
        return [
            StoredDefect(**row)
            for devices in in_lists(device_mrids)
            for row in self._connection.execute(_OF_SOME, {"devices": devices}).mappings()
        ]

    def remove(self, mrid: str) -> bool:
        """Forgets a defect; whether there was one."""
        return self._connection.execute(delete(DefectRow).where(DefectRow.mrid == mrid)).rowcount == 1
