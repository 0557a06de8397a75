"""Which isolated sessions a head end has, and where each keeps what it knows.

A session is a database like the head end's own. A name stands for one database at a time; one that is dropped and used
again stands for another one. So what is under way in a dropped session, in whichever process, goes on undisturbed until
it is over, and the database is removed afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from headend.store.database import Store
from headend.store.exchange_store import ExchangeStore

REMOVED_AFTER: Final = timedelta(minutes=1)
"""So long after it was dropped, by the machine's clock, the database of a session is still there for whoever is at work
in it. Every process notices within seconds that it was dropped."""


class SessionExists(Exception):
    """A session of that name is there already."""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it is kept."""

    name: str
    key: str
    """Of its database: another one for each session that has had this name."""
    created: datetime
    """By the machine's clock, as is `used`."""
    used: datetime
    """When somebody called it last, give or take some seconds."""
    settings: dict[str, Any]
    """In which it differs from the head end, by the names of headend.yaml."""


class SessionRegister(Protocol):
    """Sessions of one head end. Safe to share between threads and processes; every method raises StoreError."""

    def key(self, name: str) -> str | None:
        """That of the database for which a name stands now; None: there is no such session. Cheap."""
        ...

    def all(self) -> Sequence[StoredSession]:
        """All sessions, by name."""
        ...

    def get(self, name: str) -> StoredSession | None:
        """The session of a name."""
        ...

    def create(self, name: str, settings: dict[str, Any], now: datetime) -> StoredSession:
        """A new session with an empty database. Raises SessionExists, also where another process was faster."""
        ...

    def touch(self, session: StoredSession, now: datetime) -> None:
        """Somebody calls it."""

    def drop(self, name: str, now: datetime) -> bool:
        """From now on there is no such session; False where there was none."""
        ...

    def remove_dropped(self, now: datetime, but: frozenset[str]) -> int:
        """Remove databases of sessions that were dropped long enough ago; how many. but: keys of those to be left."""
        ...

    def open_store(self, session: StoredSession) -> Store:
        """The session's database."""
        ...

    def open_exchanges(self, session: StoredSession) -> ExchangeStore:
        """The session's journal."""
        ...
