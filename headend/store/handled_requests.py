"""Requests that were acted on, with their replies: a resend is answered again and acted on no more."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from headend.store.schema import HandledRequestRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True)
class HandledRequest:
    """A request and its reply."""

    source: str
    message_id: str
    digest: bytes
    """Of the request as it came: tells a resend from another request that reuses the MessageID."""
    reply: bytes
    handled: datetime


_FIND = select(
    HandledRequestRow.source,
    HandledRequestRow.message_id,
    HandledRequestRow.digest,
    HandledRequestRow.reply,
    HandledRequestRow.handled,
).where(HandledRequestRow.source == bindparam("source"), HandledRequestRow.message_id == bindparam("message_id"))
_REMOVE = delete(HandledRequestRow).where(
    HandledRequestRow.source == bindparam("source"), HandledRequestRow.message_id == bindparam("message_id")
)


class HandledRequests:
    """The last request under each MessageID of each source."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, source: str, message_id: str) -> HandledRequest | None:
        """The last request that this source sent under this MessageID.

        In a writing unit of work the answer stays true until its end: a resend that arrives meanwhile, at
        whatever process, waits here until the first one is done.
        """
        take_turn(self._connection, "handled_request", source, message_id)
        row = self._connection.execute(_FIND, {"source": source, "message_id": message_id}).one_or_none()
        return None if row is None else HandledRequest(*row)

    def put(self, request: HandledRequest) -> None:
        """Keeps a request with its reply, in place of an earlier one under the same MessageID."""
        take_turn(self._connection, "handled_request", request.source, request.message_id)
        self._connection.execute(_REMOVE, {"source": request.source, "message_id": request.message_id})
        self._connection.execute(insert(HandledRequestRow), asdict(request))

    def forget_before(self, instant: datetime) -> int:
        """Forgets requests handled before `instant`; how many."""
        return self._connection.execute(delete(HandledRequestRow).where(HandledRequestRow.handled < instant)).rowcount

    def forget_old(self, *, before: datetime, keep: int, limit: int) -> int:
        """Forgets requests handled before `before`, and of the others all but the last `keep`; the oldest first, at
        most `limit` in all, with those of the same instant. How many it was.
        """
        row = HandledRequestRow
        too_many = self._connection.scalar(select(row.handled).order_by(row.handled.desc()).offset(keep).limit(1))
        old = row.handled < before if too_many is None else or_(row.handled < before, row.handled <= too_many)
        last = self._connection.scalars(select(row.handled).where(old).order_by(row.handled).limit(limit)).all()
        return self._connection.execute(delete(row).where(row.handled <= last[-1])).rowcount if last else 0
