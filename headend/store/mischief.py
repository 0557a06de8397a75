"""What the head end is to do wrong on purpose, and how often each has acted.

Mischief is what orderings and faults have in common: somebody who tests a client asks for it, it acts on what it
matches, so many times, and is forgotten. What their kinds do is said in operations: orderings.py, faults.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, or_, select, update

from headend.store.outbox_messages import Json
from headend.store.schema import MischiefRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMischief:
    """One piece of it; what it does not name may be anything."""

    mrid: str
    number: int
    """In the order of asking; the oldest that fits is the one that acts."""
    kind: str
    direction: str | None = None
    service: str | None = None
    operation: str | None = None
    noun: str | None = None
    verb: str | None = None
    meter_mrid: str | None = None
    meter_name: str | None = None
    destination: str | None = None
    """URL of the receiver."""
    correlation_id: str | None = None
    probability: float | None = None
    """Of acting on what it matches; None: certain."""
    delay_s: float | None = None
    """None: the usual one of its kind."""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    """What its kind takes besides."""
    times: int | None = None
    """How often it acts; None: always."""
    seen: int = 0
    """How often something came by that was left to chance."""
    used: int = 0
    """How often it has acted."""
    created: datetime | None
    """Fleet time; None: it stands in the settings, and is not kept here."""

    @property
    def is_used_up(self) -> bool:
        """Whether it has acted as often as it was to."""
        return self.times is not None and self.used >= self.times


_COLUMNS = (
    MischiefRow.mrid,
    MischiefRow.number,
    MischiefRow.kind,
    MischiefRow.direction,
    MischiefRow.service,
    MischiefRow.operation,
    MischiefRow.noun,
    MischiefRow.verb,
    MischiefRow.meter_mrid,
    MischiefRow.meter_name,
    MischiefRow.destination,
    MischiefRow.correlation_id,
    MischiefRow.probability,
    MischiefRow.delay_s,
    MischiefRow.parameters,
    MischiefRow.times,
    MischiefRow.seen,
    MischiefRow.used,
    MischiefRow.created,
)
_IS_LEFT = or_(MischiefRow.times.is_(None), MischiefRow.used < MischiefRow.times)
_ALL = select(*_COLUMNS).order_by(MischiefRow.number)
_LEFT = _ALL.where(_IS_LEFT)
_ANY_LEFT = select(exists().where(_IS_LEFT))
_BY_MRID = select(*_COLUMNS).where(MischiefRow.mrid == bindparam("mrid"))
_LAST = select(func.max(MischiefRow.number))


class Mischief:
    """All of it. Every process reads them before it sends, so all know the same."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_number(self) -> int:
        """The number of the next piece; nobody else gets it as long as this unit of work lasts."""
        take_turn(self._connection, "mischief")
        return (self._connection.scalar(_LAST) or 0) + 1

    def add(self, one: StoredMischief) -> None:
        """Keeps a piece."""
        self._connection.execute(insert(MischiefRow), asdict(one))

    def get(self, mrid: str) -> StoredMischief | None:
        """The piece with this mRID."""
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).mappings().one_or_none()
        return None if row is None else StoredMischief(**row)

    def all(self) -> list[StoredMischief]:
        """All of them, the oldest first, with those that are used up."""
        return [StoredMischief(**row) for row in self._connection.execute(_ALL).mappings()]

    def left(self) -> list[StoredMischief]:
        """Those that may still act, the oldest first."""
        return [StoredMischief(**row) for row in self._connection.execute(_LEFT).mappings()]

    def any_left(self) -> bool:
        """Whether there is one that may still act."""
        return bool(self._connection.scalar(_ANY_LEFT))

    def see(self, mrid: str) -> int:
        """Counts that something came by; how often before this. Nobody else counts as long as this unit lasts."""
        row = MischiefRow
        self._connection.execute(update(row).where(row.mrid == mrid).values(seen=row.seen + 1))
        return (self._connection.scalar(select(row.seen).where(row.mrid == mrid)) or 1) - 1

    def use(self, mrid: str) -> bool:
        """Counts that a piece acts once more; False, and it must not, where it is gone or used up meanwhile."""
        used = self._connection.execute(
            update(MischiefRow).where(MischiefRow.mrid == mrid, _IS_LEFT).values(used=MischiefRow.used + 1)
        )
        return used.rowcount == 1

    def remove(self, mrid: str) -> bool:
        """Forgets a piece; whether there was one. What it has done to messages stays."""
        return self._connection.execute(delete(MischiefRow).where(MischiefRow.mrid == mrid)).rowcount == 1

    def forget_used_up(self, *, keep: int, limit: int) -> int:
        """Forgets the oldest that is used up, at most `limit`, but none of the last `keep` pieces. How many."""
        too_many = self._connection.scalar(
            select(MischiefRow.number).order_by(MischiefRow.number.desc()).offset(keep).limit(1)
        )
        if too_many is None:
            return 0
        oldest = select(MischiefRow.mrid).where(MischiefRow.number <= too_many, ~_IS_LEFT).order_by(MischiefRow.number)
        oldest = oldest.limit(limit).with_for_update(skip_locked=True)  # what another process is forgetting is his
        return self._connection.execute(delete(MischiefRow).where(MischiefRow.mrid.in_(oldest))).rowcount

    def clear(self, kinds: Collection[str]) -> None:
        """Forgets all of these kinds."""
        self._connection.execute(delete(MischiefRow).where(MischiefRow.kind.in_(kinds)))
