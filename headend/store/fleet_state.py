"""Everything that the outside left on the fleet, taken away at once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete

from headend.store.schema import Row

KEPT: Final = frozenset({"clock_anchor", "subscription"})
"""Tables that say how the head end is set up, not what happened to its fleet. Every other one, also one that a later
version adds, is emptied: a table that is forgotten here costs a test its isolation."""


class FleetState:
    """All rows but those of KEPT."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def clear(self) -> None:
        """Takes the fleet back to what its settings say. Ids of the outbox go on counting: none comes a second time."""
        for table in reversed(Row.metadata.sorted_tables):  # rows before what they refer to
            if table.name not in KEPT:
                self._connection.execute(delete(table))
