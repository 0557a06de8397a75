"""Schemas of PostgreSQL that tests use one after the other: emptied, which takes a tenth of making the tables anew."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from headend.store import Store
from headend.store.exchange_schema import METADATA
from headend.store.schema import REVISION, REVISION_TABLE, Row
from tests.store.postgresql_server import SERVER, drop_schema, make_schema, url_of_schema

_FREE: list[str] = []
"""Of this process; they are dropped when its tests are over."""
_JOURNAL = {table.name for table in METADATA.sorted_tables}
_CHILDREN_FIRST = [table.name for table in reversed(Row.metadata.sorted_tables)]


@contextmanager
def prepared_schema() -> Iterator[str]:
    """URL of a schema that has the head end's tables, with nothing in them."""
    schema = _FREE.pop() if _FREE else _made()
    yield url_of_schema(SERVER, schema)
    if _is_emptied(schema):
        _FREE.append(schema)
    else:
        drop_schema(SERVER, schema)


def drop_prepared_schemas() -> None:
    """Take them away."""
    while _FREE:
        drop_schema(SERVER, _FREE.pop())


def _made() -> str:
    schema = make_schema(SERVER)
    Store.open(url_of_schema(SERVER, schema)).close()
    return schema


def _is_emptied(schema: str) -> bool:
    """False where it is not as it was made: other tables, another revision, or somebody holds a lock in it."""
    with psycopg.connect(url_of_schema(SERVER, schema), autocommit=True) as server:
        found = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
        if {name for (name,) in found} - _JOURNAL != {*_CHILDREN_FIRST, REVISION_TABLE}:
            return False
        if server.execute(f"SELECT version_num FROM {REVISION_TABLE}").fetchall() != [(REVISION,)]:
            return False
        emptying = "; ".join(
            # The journal's tables are made by whoever has one.
            [f"DROP TABLE IF EXISTS {', '.join(_JOURNAL)}", *(f"DELETE FROM {name}" for name in _CHILDREN_FIRST)]
        )
        try:
            server.execute(f"SET lock_timeout = '1s'; {emptying}; SELECT {_RESTARTS}", prepare=False)
        except psycopg.Error:
            return False
    return True


_RESTARTS = (
    "setval(class.oid, 1, false) FROM pg_class AS class"
    " WHERE class.relkind = 'S' AND class.relnamespace = current_schema()::regnamespace"
)
