"""Who asked, while the head end ran, to be told of what happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, insert, or_, select, update

from headend.store.schema import OutboxRow, SubscriptionRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """One subscriber of one noun."""

    mrid: str
    url: str
    """Of the Receive service."""
    noun: str
    """Such as EndDeviceEvents."""
    created: datetime
    """Fleet time."""
    wanted: Mapping[str, Any] = field(default_factory=dict)
    """JSON in the operations' own words; empty: everything."""
    http_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """They carry credentials, as they are sent."""


_COLUMNS = (
    SubscriptionRow.mrid,
    SubscriptionRow.url,
    SubscriptionRow.noun,
    SubscriptionRow.created,
    SubscriptionRow.wanted,
    SubscriptionRow.http_headers,
)
_ALL = select(*_COLUMNS).where(SubscriptionRow.ended.is_(None)).order_by(SubscriptionRow.created, SubscriptionRow.mrid)
_BY_MRID = select(*_COLUMNS).where(SubscriptionRow.mrid == bindparam("mrid"))
# Spelled so that the indexes of what is unfinished and of what is dead help.
_STILL_OWED = exists().where(
    OutboxRow.subscription_mrid == SubscriptionRow.mrid,
    or_(OutboxRow.finished.is_(None), and_(OutboxRow.finished.is_not(None), OutboxRow.state == "dead")),
)


class Subscriptions:
    """The stored subscriptions. Every process reads them when something is to be told, so all know the same."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, subscription: StoredSubscription) -> bool:
        """Keeps a subscription; False, and nothing changes, where its mRID is kept already.

        One that has ended begins anew.
        """
        take_turn(self._connection, "subscription")
        self.forget_ended()
        if any(one.mrid == subscription.mrid for one in self.all()):
            return False
        self._connection.execute(delete(SubscriptionRow).where(SubscriptionRow.mrid == subscription.mrid))
        self._connection.execute(insert(SubscriptionRow), asdict(subscription))
        return True

    def get(self, mrid: str) -> StoredSubscription | None:
        """The subscription with this mRID; also one that has ended, while something is still to be sent for it."""
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).one_or_none()
        return None if row is None else _subscription(row)

    def all(self) -> list[StoredSubscription]:
        """All that have not ended, oldest first."""
        return [_subscription(row) for row in self._connection.execute(_ALL)]

    def remove(self, mrid: str) -> bool:
        """Ends a subscription; whether there was one. What is queued for it is still sent, with its credentials, which
        are forgotten after that.
        """
        ended = self._connection.execute(
            update(SubscriptionRow)
            .where(SubscriptionRow.mrid == mrid, SubscriptionRow.ended.is_(None))
            .values(ended=True)
        )
        self.forget_ended()
        return ended.rowcount == 1

    def forget_ended(self) -> int:
        """Forgets subscriptions that have ended and for which nothing is to be sent any more; how many it was."""
        ended = delete(SubscriptionRow).where(SubscriptionRow.ended.is_not(None), ~_STILL_OWED)
        return self._connection.execute(ended).rowcount


def _subscription(row: Row[Any]) -> StoredSubscription:
    columns = row._asdict()
    # Empty in rows from before there were any.
    return StoredSubscription(**columns | {name: columns[name] or {} for name in ("wanted", "http_headers")})
