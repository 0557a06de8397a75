"""Nonces that clients have used up (Header/ReplayDetection): each is good once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, insert, select

from headend.store.errors import conflict_as
from headend.store.schema import ReplayNonceRow
from headend.store.turns import take_turn

_SEEN = select(exists().where(ReplayNonceRow.source == bindparam("source"), ReplayNonceRow.nonce == bindparam("nonce")))


class Nonces:
    """The nonces of each source, for as long as they are remembered."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen(self, source: str, nonce: str) -> bool:
        """Whether this source used this nonce before.

        In a writing unit of work the answer stays true until its end: a second message with the nonce waits
        here.
        """
        take_turn(self._connection, "replay_nonce", source, nonce)
        return bool(self._connection.scalar(_SEEN, {"source": source, "nonce": nonce}))

    def add(self, source: str, nonce: str, seen: datetime) -> None:
        """Uses a nonce up. Raises Conflict where it is used up already."""
        with conflict_as(f"nonce {nonce} of {source} is used up"):
            self._connection.execute(insert(ReplayNonceRow), {"source": source, "nonce": nonce, "seen": seen})

    def forget_before(self, instant: datetime) -> int:
        """Forgets nonces seen before `instant`; how many."""
        return self._connection.execute(delete(ReplayNonceRow).where(ReplayNonceRow.seen < instant)).rowcount

    def forget_old(self, *, before: datetime, limit: int) -> int:
        """Forgets nonces seen before `before`; the oldest first, at most `limit`, with those of the same instant. How
        many it was.
        """
        row = ReplayNonceRow
        last = self._connection.scalars(select(row.seen).where(row.seen < before).order_by(row.seen).limit(limit)).all()
        return self._connection.execute(delete(row).where(row.seen <= last[-1])).rowcount if last else 0
