"""One transaction at a time for a thing that has no row yet."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, text

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def take_turn(connection: Connection, *name: str) -> None:
    """In a writing unit of work, waits until no other one has the turn of that name; ours ends with the unit.

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
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (json.dumps(name),))
