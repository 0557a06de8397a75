"""How the head end is to send wrongly: orders of those who test with it, and how often each has acted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, or_, select, update

from headend.store.schema import OrderingRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOrdering:
    """One order; what it does not name may be anything."""

    mrid: str
    number: int
    """In the order of asking; the oldest that fits is the one that acts."""
    kind: str
    noun: str | None = None
    verb: str | None = None
    meter_mrid: str | None = None
    meter_name: str | None = None
    destination: str | None = None
    """URL of the receiver."""
    correlation_id: str | None = None
    delay_s: float | None = None
    """None: the usual one of its kind."""
    times: int | None = None
    """How often it acts; None: always."""
    used: int = 0
    """How often it has acted."""
    created: datetime | None
    """Fleet time; None: it stands in the settings, and is not kept here."""

    @property
    def is_used_up(self) -> bool:
        """Whether it has acted as often as it was to."""
        return self.times is not None and self.used >= self.times


_COLUMNS = (
    OrderingRow.mrid,
    OrderingRow.number,
    OrderingRow.kind,
    OrderingRow.noun,
    OrderingRow.verb,
    OrderingRow.meter_mrid,
    OrderingRow.meter_name,
    OrderingRow.destination,
    OrderingRow.correlation_id,
    OrderingRow.delay_s,
    OrderingRow.times,
    OrderingRow.used,
    OrderingRow.created,
)
_IS_LEFT = or_(OrderingRow.times.is_(None), OrderingRow.used < OrderingRow.times)
_ALL = select(*_COLUMNS).order_by(OrderingRow.number)
_LEFT = _ALL.where(_IS_LEFT)
_ANY_LEFT = select(exists().where(_IS_LEFT))
_BY_MRID = select(*_COLUMNS).where(OrderingRow.mrid == bindparam("mrid"))
_LAST = select(func.max(OrderingRow.number))


class Orderings:
    """The orders. Every process reads them before it sends, so all know the same."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_number(self) -> int:
        """The number of the next order; nobody else gets it as long as this unit of work lasts."""
        take_turn(self._connection, "ordering")
        return (self._connection.scalar(_LAST) or 0) + 1

    def add(self, ordering: StoredOrdering) -> None:
        """Keeps an order."""
        self._connection.execute(insert(OrderingRow), asdict(ordering))

    def get(self, mrid: str) -> StoredOrdering | None:
        """The order with this mRID."""
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).mappings().one_or_none()
        return None if row is None else StoredOrdering(**row)

    def all(self) -> list[StoredOrdering]:
        """All of them, the oldest first, with those that are used up."""
        return [StoredOrdering(**row) for row in self._connection.execute(_ALL).mappings()]

    def left(self) -> list[StoredOrdering]:
        """Those that may still act, the oldest first."""
        return [StoredOrdering(**row) for row in self._connection.execute(_LEFT).mappings()]

    def any_left(self) -> bool:
        """Whether there is one that may still act."""
        return bool(self._connection.scalar(_ANY_LEFT))

    def use(self, mrid: str) -> bool:
        """Counts that an order acts once more; False, and it must not, where it is gone or used up meanwhile."""
        used = self._connection.execute(
            update(OrderingRow).where(OrderingRow.mrid == mrid, _IS_LEFT).values(used=OrderingRow.used + 1)
        )
        return used.rowcount == 1

    def remove(self, mrid: str) -> bool:
        """Forgets an order; whether there was one. What it has done to messages stays."""
        return self._connection.execute(delete(OrderingRow).where(OrderingRow.mrid == mrid)).rowcount == 1

    def forget_used_up(self, *, keep: int, limit: int) -> int:
        """Forgets the oldest orders that are used up, at most `limit`, but none of the last `keep` orders. How many."""
        too_many = self._connection.scalar(
            select(OrderingRow.number).order_by(OrderingRow.number.desc()).offset(keep).limit(1)
        )
        if too_many is None:
            return 0
        oldest = select(OrderingRow.mrid).where(OrderingRow.number <= too_many, ~_IS_LEFT).order_by(OrderingRow.number)
        oldest = oldest.limit(limit).with_for_update(skip_locked=True)  # what another process is forgetting is his
        return self._connection.execute(delete(OrderingRow).where(OrderingRow.mrid.in_(oldest))).rowcount

    def clear(self) -> None:
        """Forgets all of them."""
        self._connection.execute(delete(OrderingRow))
