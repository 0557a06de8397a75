"""The one place that says how the fleet's time hangs on the machine's, for all processes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from headend.store.schema import ClockAnchorRow
from headend.store.turns import take_turn
from simulator.clock import ClockAnchor


@dataclass(frozen=True, slots=True)
class StoredAnchor:
    """The anchor, and the words that it was made from."""

    spec: str
    """Such as real, x60 or stepped: a head end that is started again with the same words goes on where it
    was."""
    anchor: ClockAnchor


_GET = select(ClockAnchorRow.spec, ClockAnchorRow.machine, ClockAnchorRow.fleet, ClockAnchorRow.rate)


class ClockAnchors:
    """At most one anchor."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> StoredAnchor | None:
        """The anchor that holds; None in a new database.

        In a writing unit of work the answer stays true until its end, so "take it, else lay it" is safe.
        """
        take_turn(self._connection, "clock_anchor")
        row = self._connection.execute(_GET).one_or_none()
        return None if row is None else StoredAnchor(row.spec, ClockAnchor(row.machine, row.fleet, row.rate))

    def put(self, spec: str, anchor: ClockAnchor) -> None:
        """Lays the anchor, in place of the one before."""
        take_turn(self._connection, "clock_anchor")
        self._connection.execute(delete(ClockAnchorRow))
        self._connection.execute(
            insert(ClockAnchorRow),
            {"id": 1, "spec": spec, "machine": anchor.machine, "fleet": anchor.fleet, "rate": anchor.rate},
        )
