"""How far the events of the field have been told: one mark, shared by all processes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from headend.store.schema import FieldProgressRow
from headend.store.turns import take_turn

_GET = select(FieldProgressRow.told_until)


class FieldProgress:
    """At most one mark."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def told_until(self) -> datetime | None:
        """What the head end heard of up to here, fleet time, has been queued; None before the first mark.

        In a writing unit of work the answer stays true until its end: who queues more and moves the mark does so
        once, whatever other processes do.
        """
        take_turn(self._connection, "field_progress")
        return self._connection.scalars(_GET).one_or_none()

    def move(self, told_until: datetime) -> None:
        """Puts the mark somewhere else."""
        take_turn(self._connection, "field_progress")
        self._connection.execute(delete(FieldProgressRow))
        self._connection.execute(insert(FieldProgressRow), {"id": 1, "told_until": told_until})
