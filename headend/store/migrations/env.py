"""Alembic runs this file for every command: the connection is the one that `upgrade` was given."""

from alembic import context

from headend.store.schema import REVISION_TABLE, Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    version_table=REVISION_TABLE,
    render_as_batch=True,  # SQLite cannot alter a table in place, so Alembic rebuilds it
)
# No transaction of its own: the caller's also holds the lock that keeps other processes out.
context.run_migrations()
