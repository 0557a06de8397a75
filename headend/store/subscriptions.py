"""Who asked, while the head end ran, to be told of what happens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from headend.store.schema import SubscriptionRow
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


_COLUMNS = (SubscriptionRow.mrid, SubscriptionRow.url, SubscriptionRow.noun, SubscriptionRow.created)
_ALL = select(*_COLUMNS).order_by(SubscriptionRow.created, SubscriptionRow.mrid)
_BY_MRID = select(*_COLUMNS).where(SubscriptionRow.mrid == bindparam("mrid"))
_URLS = (
    select(SubscriptionRow.url)
    .where(SubscriptionRow.noun == bindparam("noun"))
    .order_by(SubscriptionRow.created, SubscriptionRow.mrid)
)


class Subscriptions:
    """The stored subscriptions. Every process reads them when something is to be told, so all know the same."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, subscription: StoredSubscription) -> bool:
        """Keeps a subscription; False, and nothing changes, where its mRID is kept already."""
        take_turn(self._connection, "subscription")
        if self.get(subscription.mrid) is not None:
            return False
        self._connection.execute(insert(SubscriptionRow), asdict(subscription))
        return True

    def get(self, mrid: str) -> StoredSubscription | None:
        """The subscription with this mRID."""
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).one_or_none()
        return None if row is None else StoredSubscription(*row)

    def all(self) -> list[StoredSubscription]:
        """All of them, oldest first."""
        return [StoredSubscription(*row) for row in self._connection.execute(_ALL)]

    def urls(self, noun: str) -> list[str]:
        """Where a noun is published to, oldest subscription first."""
        return list(self._connection.scalars(_URLS, {"noun": noun}))

    def remove(self, mrid: str) -> bool:
        """Forgets a subscription; whether there was one. What is queued for it is still sent."""
        removed = self._connection.execute(delete(SubscriptionRow).where(SubscriptionRow.mrid == mrid))
        return removed.rowcount == 1
