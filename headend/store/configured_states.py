"""What became of the mischief of the settings: how often each has acted, and which was taken away until a reset."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from headend.store.schema import ConfiguredStateRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True)
class ConfiguredState:
    """The state of one; one without a row is as the settings have it."""

    mrid: str
    seen: int = 0
    """How often something came by that it was for, whether it acted or not."""
    used: int = 0
    """How often it has acted."""
    removed: bool = False


class ConfiguredStates:
    """The states. What is asked for stands in the settings; this is what all processes have to agree upon."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, ConfiguredState]:
        """By mRID."""
        row = ConfiguredStateRow
        found = self._connection.execute(select(row.mrid, row.seen, row.used, row.removed))
        return {one.mrid: ConfiguredState(*one) for one in found}

    def see(self, mrid: str) -> int:
        """Counts that something came by; how often before this."""
        self._begin(mrid)
        row = ConfiguredStateRow
        self._connection.execute(update(row).where(row.mrid == mrid).values(seen=row.seen + 1))
        return (self._connection.scalar(select(row.seen).where(row.mrid == mrid)) or 1) - 1

    def use(self, mrid: str, times: int | None) -> bool:
        """Counts that it acts once more; False, and it must not, where it is used up or taken away meanwhile."""
        self._begin(mrid)
        row = ConfiguredStateRow
        used = update(row).where(row.mrid == mrid, row.removed.is_(False)).values(used=row.used + 1)
        if times is not None:
            used = used.where(row.used < times)
        return self._connection.execute(used).rowcount == 1

    def remove(self, mrid: str) -> bool:
        """Takes it away; whether it was there until now."""
        self._begin(mrid)
        row = ConfiguredStateRow
        removed = self._connection.execute(
            update(row).where(row.mrid == mrid, row.removed.is_(False)).values(removed=True)
        )
        return removed.rowcount == 1

    def _begin(self, mrid: str) -> None:
        take_turn(self._connection, "configured_state", mrid)
        row = ConfiguredStateRow
        if self._connection.scalar(select(row.mrid).where(row.mrid == mrid)) is None:
            self._connection.execute(insert(row), {"mrid": mrid, "seen": 0, "used": 0, "removed": False})
