"""Schedules by which meters are read, and their revisions.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "meter_read_schedule",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("created", UtcInstant, nullable=False),
        sa.Column("told_until", UtcInstant, nullable=False),
        sa.Column("next_due", UtcInstant),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("correlation_id", sa.Text),
        sa.Column("message_id", sa.Text),
        sa.Column("reply_address", sa.Text),
        sa.Column("ended", UtcInstant),
        sa.PrimaryKeyConstraint("mrid", name="meter_read_schedule_pkey"),
        sa.UniqueConstraint("number", name="meter_read_schedule_number_key"),
    )
    op.create_index("meter_read_schedule_next_due", "meter_read_schedule", ["next_due"])
    op.create_index("meter_read_schedule_correlation_id", "meter_read_schedule", ["correlation_id"])
    op.create_index("meter_read_schedule_message_id", "meter_read_schedule", ["message_id"])
    op.create_table(
        "meter_read_schedule_revision",
        sa.Column("schedule_mrid", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("since", UtcInstant, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("schedule_mrid", "number", name="meter_read_schedule_revision_pkey"),
        sa.ForeignKeyConstraint(
            ["schedule_mrid"],
            ["meter_read_schedule.mrid"],
            name="meter_read_schedule_revision_schedule_mrid_fkey",
            ondelete="CASCADE",
        ),
    )
