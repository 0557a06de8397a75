"""The state of devices, commands that outlast their acceptance, and which command caused an event.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0003"
down_revision = "0002"

SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "device_transition",
        sa.Column("sequence", SEQUENCE, nullable=False),
        sa.Column("device_mrid", sa.Text, nullable=False),
        sa.Column("aspect", sa.String(32), nullable=False),
        sa.Column("at", UtcInstant, nullable=False),
        sa.Column("until", UtcInstant),
        sa.Column("value", sa.JSON),
        sa.Column("control_mrid", sa.Text),
        sa.PrimaryKeyConstraint("sequence", name="device_transition_pkey"),
    )
    op.create_index("device_transition_device_mrid_at", "device_transition", ["device_mrid", "at"])
    op.add_column("end_device_control", sa.Column("parameters", sa.JSON))
    op.add_column("end_device_control", sa.Column("number", sa.Integer))
    op.add_column("control_outcome", sa.Column("done", UtcInstant))
    op.add_column("control_outcome", sa.Column("reaches", UtcInstant))
    op.create_index(
        "control_outcome_live",
        "control_outcome",
        ["device_mrid", "reaches"],
        sqlite_where=sa.text("reaches IS NOT NULL"),
        postgresql_where=sa.text("reaches IS NOT NULL"),
    )
    op.add_column("end_device_event", sa.Column("control_mrid", sa.Text))
