"""Subscriptions that were made while the head end ran.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("noun", sa.String(64), nullable=False),
        sa.Column("created", UtcInstant, nullable=False),
        sa.PrimaryKeyConstraint("mrid", name="subscription_pkey"),
    )
    op.create_index("subscription_noun_url", "subscription", ["noun", "url"], unique=True)
