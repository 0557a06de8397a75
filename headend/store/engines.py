"""Connections to the two databases we run on, set up so that a unit of work means the same on both.

Reading: one snapshot from the first statement to the last, and no way to write. Writing: one transaction
that waits a bounded time for its turn. SQLite has one writer at a time, who takes the lock at the start (a
lock taken later can fail after half the work is done); on PostgreSQL writers meet only where they touch the
same rows.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.util import LRUCache

from headend.store.errors import CONTENDED_SQLITE_CODES, InvalidStoreUrl, StoreBusy, StoreUnavailable
from headend.store.schema import keep_indexes_partial_on_postgresql

_COMPILED: LRUCache[Any, Any] = LRUCache(1000)

_KEPT_LOG_BYTES = 64 * 1024 * 1024
"""SQLite cuts its write-ahead log down to that as soon as all of it is in the file."""

KEPT_READERS = 8

URL_FORMS = "sqlite:///file.db (relative), sqlite:////directory/file.db or postgresql://user@host/database"


@dataclass(frozen=True, slots=True)
class Engines:
    """Two doors to one database."""

    readers: Engine
    writers: Engine
    address: str  # for messages: the URL without its password
    file: Path | None = None  # of SQLite
    schema: str | None = None  # of PostgreSQL, where it is not that of the URL; its connections are somebody else's

    @property
    def enter_schema(self) -> str | None:
        """What a transaction has to say first, also one that goes round these engines; None: nothing."""
        return None if self.schema is None else f'SET LOCAL search_path TO "{self.schema}"'

    def dispose(self) -> None:
        if self.schema is not None:
            return
        self.readers.dispose()
        self.writers.dispose()


def connect(url: str, busy_timeout_s: float, kept_readers: int = KEPT_READERS) -> Engines:
    """Engines for a database URL. PostgreSQL is not spoken to yet, an SQLite file is made if there is none.

    kept_readers: so many connections of an SQLite file stay open between looks at it; more come and go.

    Raises InvalidStoreUrl, and for SQLite StoreUnavailable or StoreBusy.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # Not the library's message: it repeats the URL with the password in it.
        raise InvalidStoreUrl(f"this is no database URL; use {URL_FORMS}") from error
    address = parsed.render_as_string(hide_password=True)
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return _sqlite(parsed, address, busy_timeout_s, kept_readers)
        case "postgresql" | "postgresql+psycopg" | "postgres":
            return _postgresql(parsed.set(drivername="postgresql+psycopg"), address, busy_timeout_s)
    raise InvalidStoreUrl(f"{address}: {parsed.drivername} is not supported; use {URL_FORMS}")


def _sqlite(url: URL, address: str, busy_timeout_s: float, kept_readers: int) -> Engines:
    if not url.database or url.database == ":memory:" or url.query.get("mode") == "memory":
        raise InvalidStoreUrl(f"{address}: a database in memory cannot be shared by threads; use {URL_FORMS}")
    path = Path(url.database)
    if not path.absolute().parent.is_dir():
        raise StoreUnavailable(f"{address} cannot be made: there is no directory {path.absolute().parent}")
    _enter_wal(path, address, busy_timeout_s)
    # None: Python's driver starts no transactions behind our back, BEGIN is said below.
    arguments: dict[str, Any] = {"timeout": busy_timeout_s, "isolation_level": None}
    # What was compiled for one file is good for all: whoever opens many stores in a process compiles once.
    shared: dict[str, Any] = {"connect_args": arguments, "execution_options": {"compiled_cache": _COMPILED}}
    readers = create_engine(url, pool_size=kept_readers, max_overflow=-1, **shared)
    # One writing connection: threads of this process queue here in order, and do not race for the file's lock.
    writers = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=busy_timeout_s, **shared)
    readers.dialect = writers.dialect = _sqlite_dialect()  # the cache tells statements of one dialect from another's
    _on_connect(readers, "PRAGMA query_only = ON")
    _on_connect(
        writers,
        "PRAGMA foreign_keys = ON",
        # With WAL this is safe against a killed process; only a power cut may take the last commits along.
        "PRAGMA synchronous = NORMAL",
        # What one large message or a long look at the store made of the log does not stay on the disk for ever.
        f"PRAGMA journal_size_limit = {_KEPT_LOG_BYTES}",
    )
    event.listen(readers, "begin", _begin_reading)
    event.listen(writers, "begin", _begin_writing)
    return Engines(readers, writers, address, path)


@cache
def _sqlite_dialect() -> Dialect:
    """One that has seen a connection: what it asks the first one is the same for every file."""
    engine = create_engine("sqlite://")
    engine.connect().close()
    engine.dispose()
    return engine.dialect


def _enter_wal(path: Path, address: str, busy_timeout_s: float) -> None:
    """Puts the file into write-ahead logging, where readers and the writer do not wait for each other."""
    try:
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
        try:
            for _ in range(20):
                try:
                    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                    if mode == "wal":
                        return
                    raise StoreUnavailable(
                        f"{address}: the file system does not allow write-ahead logging (journal mode {mode})"
                    )
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF not in CONTENDED_SQLITE_CODES:
                        raise
                # Another process is at the same step. Changing the mode does not wait for it, an ordinary lock does.
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in CONTENDED_SQLITE_CODES:
            raise StoreUnavailable(f"{address} cannot be used: {error}") from error
    raise StoreBusy(f"{address} is locked by another program")


def _on_connect(engine: Engine, *pragmas: str) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(pragma)


def _begin_reading(connection: Connection) -> None:
    # Straight to the driver: the library's way would be half the cost of a read of one row. It cannot fail, the
    # file is not touched before the first statement.
    connection.connection.cursor().execute("BEGIN")


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(url: URL, address: str, busy_timeout_s: float) -> Engines:
    keep_indexes_partial_on_postgresql()
    given = url.query.get("options", ())
    options = (
        *((given,) if isinstance(given, str) else given),
        f"-c lock_timeout={int(busy_timeout_s * 1000)}",
    )
    writers = create_engine(
        url.difference_update_query(("options",)),
        connect_args={"connect_timeout": 5, "options": " ".join(options)},
        pool_size=5,
        max_overflow=10,
        pool_timeout=busy_timeout_s,
        pool_pre_ping=True,  # a server that was restarted is noticed before the statement, not by it
    )
    readers = writers.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(readers, writers, address)


def in_schema(engines: Engines, schema: str) -> Engines:
    """Doors to another schema of the same PostgreSQL database, with the same connections.

    A unit of work says where it is when it begins; its end takes that back.
    """
    readers, writers = engines.readers.execution_options(), engines.writers.execution_options()
    there = Engines(readers, writers, f"{engines.address} (schema {schema})", schema=schema)

    def enter(connection: Connection) -> None:
        connection.exec_driver_sql(there.enter_schema or "")

    event.listen(readers, "begin", enter)
    event.listen(writers, "begin", enter)
    return there
