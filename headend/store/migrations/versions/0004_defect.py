"""Defects that somebody put into the readings of single meters.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "defect",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("device_mrid", sa.Text, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("start", UtcInstant, nullable=False),
        sa.Column("end", UtcInstant, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("marked", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("mrid", name="defect_pkey"),
        sa.CheckConstraint('"end" > start', name=op.f("defect_order_check")),
    )
    op.create_index("defect_device_mrid_start", "defect", ["device_mrid", "start"])
