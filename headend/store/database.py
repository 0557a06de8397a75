"""The store: opened by a URL, used in units of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from headend.store.engines import KEPT_READERS, Engines, connect
from headend.store.errors import store_error
from headend.store.schema_revision import prepare
from headend.store.unit_of_work import UnitOfWork


class Store:
    """A database with our tables. Threads share one; processes each open their own."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    @classmethod
    def open(cls, url: str, *, busy_timeout_s: float = 5.0, kept_readers: int = KEPT_READERS) -> Self:
        """Opens `sqlite:///headend.db` or `postgresql://user@host/database`, and makes or migrates its
        tables.

        `busy_timeout_s`: how long a unit of work waits for its turn before it raises StoreBusy. `kept_readers`: so many
        connections of an SQLite file stay open between two looks at it.

        Raises InvalidStoreUrl, StoreUnavailable, StoreBusy, StoreForeign or StoreNewer, each with a sentence
        that names the database and what to do about it.
        """
        return cls.on(connect(url, busy_timeout_s, kept_readers))

    @classmethod
    def on(cls, engines: Engines) -> Self:
        """The same where there are connections; they are closed with the store, or at once if it cannot be opened."""
        try:
            with as_store_errors(engines.address):
                prepare(engines)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines)

    @property
    def address(self) -> str:
        """The URL without its password, for people to read."""
        return self._engines.address

    @property
    def file(self) -> Path | None:
        """The file that an SQLite database is; None where a server has the data."""
        return self._engines.file

    @property
    def engines(self) -> Engines:
        """Its connections, for whoever keeps something else in the same database."""
        return self._engines

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """One consistent look at the store. It waits for no writer, keeps none waiting, and cannot write."""
        return _unit(self._engines.readers, self._engines.address)

    def writing(self) -> AbstractContextManager[UnitOfWork]:
        """One transaction: kept whole if the block ends well, dropped whole if it raises.

        Raises StoreBusy where others held the database too long; the block may then be run again. Do not
        nest: the inner one would wait for the outer one.
        """
        return _unit(self._engines.writers, self._engines.address)

    def close(self) -> None:
        """Gives the connections back. Units of work must have ended."""
        self._engines.dispose()


@contextmanager
def _unit(engine: Engine, address: str) -> Iterator[UnitOfWork]:
    with as_store_errors(address), engine.begin() as connection:
        yield UnitOfWork(connection)


@contextmanager
def as_store_errors(address: str) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        known = store_error(error, address)
        if known is None:
            raise
        raise known from error
    except StatementError as error:
        # The library wraps what a column type raised, such as UtcInstant's ValueError.
        if isinstance(error.orig, ValueError):
            raise error.orig from error
        raise
