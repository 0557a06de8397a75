"""How the head end is to send wrongly, and what of that was done to each message.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "ordering",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("noun", sa.String(64), nullable=True),
        sa.Column("verb", sa.String(16), nullable=True),
        sa.Column("meter_mrid", sa.Text, nullable=True),
        sa.Column("meter_name", sa.Text, nullable=True),
        sa.Column("destination", sa.Text, nullable=True),
        sa.Column("correlation_id", sa.Text, nullable=True),
        sa.Column("delay_s", sa.Double, nullable=True),
        sa.Column("times", sa.Integer, nullable=True),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("created", UtcInstant, nullable=False),
        sa.PrimaryKeyConstraint("mrid", name="ordering_pkey"),
        sa.UniqueConstraint("number", name="ordering_number_key"),
    )
    op.add_column("outbox", sa.Column("deviation", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("outbox", sa.Column("held_names", sa.JSON(none_as_null=True), nullable=True))
    op.create_index(
        "outbox_held",
        "outbox",
        ["destination"],
        sqlite_where=sa.text("held_names IS NOT NULL"),
        postgresql_where=sa.text("held_names IS NOT NULL"),
    )
