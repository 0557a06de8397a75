"""The order of the outbox in fleet time, the answers of receivers, and what retention looks for.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("outcome", sa.String(32), nullable=True))
    op.add_column("outbox", sa.Column("reply", sa.Text, nullable=True))
    op.drop_index("outbox_unfinished", "outbox")
    for name, columns, rows in (
        ("outbox_unfinished", ["destination", "not_before", "id"], "finished IS NULL"),
        ("outbox_begun", ["destination", "id"], "finished IS NULL AND attempts > 0"),
        ("outbox_finished", ["state", "finished"], "finished IS NOT NULL"),
    ):
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(rows), postgresql_where=sa.text(rows))
