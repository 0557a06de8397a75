"""Brings a database to the tables of this version, once, whoever comes first."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, inspect, text

from headend.store.engines import Engines
from headend.store.errors import StoreForeign
from headend.store.schema import REVISION, REVISION_TABLE, Row

_LOCK: Final = 0x61968_09_2013  # any number, as long as every head end takes the same


def prepare(engines: Engines) -> None:
    """Makes the tables in an empty database, migrates an older one, leaves one of this version alone.

    Safe when several processes open the same new database at once: one does the work, the others wait for it.
    Raises StoreForeign or StoreNewer where the database is not ours to change.
    """
    with engines.readers.connect() as connection:  # the usual case takes no lock
        if _revision(connection, _tables(connection)) == REVISION:
            return
    with engines.writers.begin() as connection:
        if connection.dialect.name == "postgresql":  # SQLite's writer is alone from the first word
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        tables = _tables(connection)
        if REVISION_TABLE not in tables:
            _create(connection, tables, engines.address)
        elif _revision(connection, tables) != REVISION:
            # Costs a third of a second to import, so only who needs it pays.
            from headend.store.migrations import upgrade

            upgrade(connection, engines.address)


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _revision(connection: Connection, tables: set[str]) -> str | None:
    if REVISION_TABLE not in tables:
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {REVISION_TABLE}"))
    return revision


def _create(connection: Connection, tables: set[str], address: str) -> None:
    if foreign := sorted(tables & Row.metadata.tables.keys()):
        raise StoreForeign(
            f"{address} holds tables that the head end did not make, but would need the names of:"
            f" {', '.join(foreign)}; use a database or schema of its own"
        )
    make_tables(connection)


def make_tables(connection: Connection) -> None:
    """In a database or schema that has none of them."""
    Row.metadata.create_all(connection, checkfirst=False)
    # The table that Alembic would make: a later version of the head end migrates from here.
    connection.execute(text(f"CREATE TABLE {REVISION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text(f"INSERT INTO {REVISION_TABLE} VALUES (:revision)"), {"revision": REVISION})
