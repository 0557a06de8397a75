"""Outages of nodes of the network.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "outage",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("node_class", sa.String(32), nullable=False),
        sa.Column("node_mrid", sa.Text, nullable=False),
        sa.Column("start", UtcInstant, nullable=False),
        sa.Column("end", UtcInstant),
        sa.Column("restored", UtcInstant),
        sa.Column("course", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("mrid", name="outage_pkey"),
        sa.CheckConstraint('"end" > start', name=op.f("outage_order_check")),
        sa.CheckConstraint('("end" IS NULL) = (restored IS NULL)', name=op.f("outage_restored_check")),
    )
    op.create_index("outage_start", "outage", ["start"])
