"""What master data made of the fleet, as a log: meters that came, went, were renamed or moved.

Every process keeps a fleet of its own in memory; by this log it learns what the others did, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, insert, select

from headend.store.schema import FleetChangeRow
from headend.store.turns import take_turn


class FleetChangeKind(StrEnum):
    """What happened to a meter."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    MOVED = "moved"
    """To another usage point."""
    NOT_MOVED = "not moved"
    """A move that was to come at `at` was taken back: entries before this one that tell of it do not count."""
    TAKEN_DOWN = "taken down"
    """It hangs nowhere."""
    POINT_RENAMED = "point renamed"
    """`mrid` and `name` are those of a usage point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetChange:
    """One entry; what its kind does not need is None."""

    kind: FleetChangeKind
    mrid: str
    at: datetime
    """From when on it holds; may lie ahead."""
    name: str | None = None
    usage_point_mrid: str | None = None
    usage_point_name: str | None = None
    meter_class: str | None = None
    installed: date | None = None
    firmware: str | None = None


_COLUMNS = (
    FleetChangeRow.kind,
    FleetChangeRow.mrid,
    FleetChangeRow.at,
    FleetChangeRow.name,
    FleetChangeRow.usage_point_mrid,
    FleetChangeRow.usage_point_name,
    FleetChangeRow.meter_class,
    FleetChangeRow.installed,
    FleetChangeRow.firmware,
)
_FIELDS = tuple(column.key for column in _COLUMNS)
_SINCE = (
    select(FleetChangeRow.sequence, *_COLUMNS)
    .where(FleetChangeRow.sequence > bindparam("seen"))
    .order_by(FleetChangeRow.sequence)
)
_NOT_MOVED = (
    select(FleetChangeRow.mrid, FleetChangeRow.at, func.max(FleetChangeRow.sequence))
    .where(FleetChangeRow.sequence > bindparam("seen"), FleetChangeRow.kind == FleetChangeKind.NOT_MOVED.value)
    .group_by(FleetChangeRow.mrid, FleetChangeRow.at)
)
# One query each: SQLite answers a single min() or max() from the index, and both in one by reading the whole log.
_BOUNDS = select(
    select(func.min(FleetChangeRow.sequence)).scalar_subquery(),
    select(func.max(FleetChangeRow.sequence)).scalar_subquery(),
)


class FleetChanges:
    """The log. Numbers are never given twice, also after everything was forgotten."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, changes: Iterable[FleetChange]) -> None:
        """Appends entries."""
        rows = [{name: getattr(one, name) for name in _FIELDS} for one in changes]
        if rows:
            take_turn(self._connection, "fleet_change")  # so that numbers become visible in their order
            self._connection.execute(insert(FleetChangeRow), rows)

    def bounds(self) -> tuple[int, int]:
        """The numbers of the first and the last entry; zeros where there is none."""
        first, last = self._connection.execute(_BOUNDS).one()
        return first or 0, last or 0

    def not_moved(self, seen: int) -> dict[tuple[str, datetime], int]:
        """The moves that entries after a number take back, by meter and instant; with the number of the last entry."""
        rows = self._connection.execute(_NOT_MOVED, {"seen": seen})
        return {(mrid, at): number for mrid, at, number in rows}

    def since(self, seen: int) -> Iterator[tuple[int, FleetChange]]:
        """The entries after a number, each with its own."""
        for row in self._connection.execute(_SINCE, {"seen": seen}):
            fields = dict(zip(_FIELDS, row[1:], strict=True))
            yield row[0], FleetChange(**{**fields, "kind": FleetChangeKind(fields["kind"])})
