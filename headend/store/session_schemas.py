"""Sessions in a PostgreSQL database: a schema for each, beside the head end's own.

The table `headend_session`, made for the first session, says for which schema a name stands. A session is made in one
transaction, so nobody ever sees half of it. All of them share the connections of the head end: each unit of work begins
with saying in which schema it is, since a hundred pools would be more connections than a server takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Index,
    MetaData,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    text,
    update,
)

from headend.store.database import Store, as_store_errors
from headend.store.engines import Engines, in_schema
from headend.store.exchange_store import ExchangeStore, make_exchange_tables
from headend.store.instants import UtcInstant
from headend.store.schema_revision import make_tables
from headend.store.session_register import REMOVED_AFTER, SessionExists, StoredSession
from headend.store.turns import take_turn

_METADATA: Final = MetaData()
_SESSIONS: Final = Table(
    "headend_session",
    _METADATA,
    Column("key", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("created", UtcInstant, nullable=False),
    Column("used", UtcInstant, nullable=False),
    Column("dropped", UtcInstant),
    Column("settings", String, nullable=False),
)
_IS_THERE: Final = _SESSIONS.c.dropped.is_(None)
Index("headend_session_name", _SESSIONS.c.name, unique=True, postgresql_where=_IS_THERE)
_TURN: Final = "sessions"
_DIGITS: Final = 8


class SessionSchemas:
    """See SessionRegister."""

    def __init__(self, engines: Engines) -> None:
        """engines: the head end's, which it keeps. Nothing is read or made before the first use."""
        self._engines = engines
        self._at_once = engines.writers.execution_options(isolation_level="AUTOCOMMIT")
        """For single statements: no round trips for the transaction around them."""
        self._is_made = False

    def key(self, name: str) -> str | None:
        """See SessionRegister."""
        if not self._has_table():
            return None
        with self._alone() as connection:
            return connection.scalar(select(_SESSIONS.c.key).where(_SESSIONS.c.name == name, _IS_THERE))

    def all(self) -> Sequence[StoredSession]:
        """See SessionRegister."""
        if not self._has_table():
            return []
        with self._alone() as connection:
            rows = connection.execute(select(_SESSIONS).where(_IS_THERE)).all()
        return sorted(map(_stored, rows), key=lambda one: one.name)  # by Python's order, whatever the server's is

    def get(self, name: str) -> StoredSession | None:
        """See SessionRegister."""
        if not self._has_table():
            return None
        with self._alone() as connection:
            row = connection.execute(select(_SESSIONS).where(_SESSIONS.c.name == name, _IS_THERE)).one_or_none()
        return None if row is None else _stored(row)

    def create(self, name: str, settings: dict[str, Any], now: datetime) -> StoredSession:
        """See SessionRegister."""
        with self._writing() as connection:
            take_turn(connection, _TURN)
            _METADATA.create_all(connection)
            rows = connection.execute(
                select(_SESSIONS.c.key, _SESSIONS.c.dropped).where(_SESSIONS.c.name == name)
            ).all()
            if any(row.dropped is None for row in rows):
                raise SessionExists(name)
            own = connection.scalar(text("SELECT current_schema()"))
            prefix = f"s{blake2b(str(own).encode(), digest_size=_DIGITS // 2).hexdigest()}_{name}"
            number = max((int(row.key.rpartition("@")[2]) for row in rows), default=0) + 1
            stored = StoredSession(name, f"{prefix}@{number}", now, now, settings)
            values = {"key": stored.key, "name": name, "created": now, "used": now, "settings": json.dumps(settings)}
            connection.execute(insert(_SESSIONS), values)
            connection.execute(text(f'CREATE SCHEMA "{stored.key}"'))
            connection.execute(text(f'SET LOCAL search_path TO "{stored.key}"'))
            make_tables(connection)
            make_exchange_tables(connection)
        self._is_made = True
        return stored

    def touch(self, session: StoredSession, now: datetime) -> None:
        """See SessionRegister."""
        with self._alone() as connection:
            connection.execute(update(_SESSIONS).where(_SESSIONS.c.key == session.key).values(used=now))

    def drop(self, name: str, now: datetime) -> bool:
        """See SessionRegister."""
        if not self._has_table():
            return False
        with self._alone() as connection:
            dropping = update(_SESSIONS).where(_SESSIONS.c.name == name, _IS_THERE).values(dropped=now)
            return connection.execute(dropping).rowcount > 0

    def remove_dropped(self, now: datetime, but: frozenset[str]) -> int:
        """See SessionRegister."""
        if not self._has_table():
            return 0
        over = select(_SESSIONS.c.key).where(_SESSIONS.c.dropped <= now - REMOVED_AFTER)
        with self._alone() as connection:
            keys = [key for key in connection.scalars(over) if key not in but]
        for key in keys:
            with self._writing() as connection:
                take_turn(connection, _TURN)
                connection.execute(text(f'DROP SCHEMA IF EXISTS "{key}" CASCADE'))
                connection.execute(delete(_SESSIONS).where(_SESSIONS.c.key == key))
        return len(keys)

    def open_store(self, session: StoredSession) -> Store:
        """See SessionRegister."""
        return Store.on(in_schema(self._engines, session.key))

    def open_exchanges(self, session: StoredSession) -> ExchangeStore:
        """See SessionRegister."""
        return ExchangeStore.on(in_schema(self._engines, session.key))

    def _has_table(self) -> bool:
        if not self._is_made:
            with self._alone() as connection:
                self._is_made = inspect(connection).has_table(_SESSIONS.name)
        return self._is_made

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        with as_store_errors(self._engines.address), self._at_once.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with as_store_errors(self._engines.address), self._engines.writers.begin() as connection:
            yield connection


def _stored(row: Any) -> StoredSession:
    return StoredSession(row.name, row.key, row.created, row.used, json.loads(row.settings))
