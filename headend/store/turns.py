"""One transaction at a time for a thing that has no row yet."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, text

# Such a lock is one of the whole database; another head end may have another schema of it.
_NUMBER = "hashtextextended(coalesce(current_schema(), '') || ' ' || {name}, 0)"
_LOCK = text(f"SELECT pg_advisory_xact_lock({_NUMBER.format(name=':name')})")
_LOCK_BY_DRIVER = f"SELECT pg_advisory_xact_lock({_NUMBER.format(name='%s')})"


def take_turn(connection: Connection, *name: str) -> None:
    """In a writing unit of work, waits until no other one of this schema has the turn of that name; ours ends with the
    unit. Whoever takes several takes them in the order in which others do, or both wait for each other.

    "Look whether it is there, else insert it" needs this on PostgreSQL, where two transactions may both find
    nothing. SQLite's writers take turns anyway. The name is only hashed: two names may share a turn, which
    costs a short wait.
    """
    if connection.dialect.name != "postgresql":
        return
    # Who only reads has one snapshot from its first statement on: waiting would not make it see more.
    if not connection.get_execution_options().get("postgresql_readonly", False):
        connection.execute(_LOCK, {"name": json.dumps(name)})


def take_turn_by_driver(cursor: Any, *name: str) -> None:
    """The same with a cursor of PostgreSQL's driver."""
    cursor.execute(_LOCK_BY_DRIVER, (json.dumps(name),))
