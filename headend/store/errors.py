"""What can go wrong between the head end and its database, in words for the person who has to mend it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# PostgreSQL's states for "somebody else holds it": serialization failure, deadlock, lock timeout (its
# manual, appendix A).
CONTENDED_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
FULL_SQLSTATE = "53100"
CONTENDED_SQLITE_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class StoreError(Exception):
    """The store did not do what was asked; nothing of the unit of work was kept."""


class InvalidStoreUrl(StoreError):
    """The database URL is none that the store understands."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or used: no server, no permission, no such directory, a full disk."""


class StoreFull(StoreUnavailable):
    """There is no room for what was to be kept: a full disk, or the largest size that the database may have."""


class StoreBusy(StoreError):
    """Somebody else held the database longer than we wait. The same unit of work may succeed when it is
    repeated."""


class StoreForeign(StoreError):
    """The database holds tables with our names that another program made."""


class StoreNewer(StoreError):
    """The database was written by a version of the head end that this one does not know."""


class Conflict(StoreError):
    """The row contradicts one that is stored: the same key twice, or interruptions that overlap."""


def store_error(error: DBAPIError | PoolTimeout, address: str) -> StoreError | None:
    """The error as one of ours, or None where it is a bug of ours (bad SQL, a broken constraint) and should
    stay loud."""
    if isinstance(error, PoolTimeout):
        return StoreBusy(f"{address}: all connections of this process were in use for too long")
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError | sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.IntegrityError | sqlite3.ProgrammingError
    ):
        # The low byte is the plain code; the rest says in which of its ways the file was busy.
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF in CONTENDED_SQLITE_CODES:
            return StoreBusy(f"{address} is locked by another writer ({cause})")
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            return StoreFull(f"{address} is full: {cause}")
        return StoreUnavailable(f"{address} cannot be used: {cause}")
    if getattr(cause, "sqlstate", None) in CONTENDED_SQLSTATES:
        return StoreBusy(f"{address}: another transaction held the same rows ({_first_line(cause)})")
    if getattr(cause, "sqlstate", None) == FULL_SQLSTATE:
        return StoreFull(f"{address} is full: {_first_line(cause)}")
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return StoreUnavailable(f"{address} cannot be used: {_first_line(cause)}")
    return None


@contextmanager
def conflict_as(sentence: str) -> Iterator[None]:
    """Turns a broken constraint of the statement inside into a `Conflict` that says `sentence`."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(sentence) from error


def _first_line(cause: object) -> str:
    """The drivers' messages run over several lines with hints; the first says what happened."""
    return str(cause).partition("\n")[0]
