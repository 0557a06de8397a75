"""Faults are kept with orderings: both are mischief that somebody asked for.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0017"
down_revision = "0016"

_BOTH = (
    "mrid, number, kind, noun, verb, meter_mrid, meter_name, destination, correlation_id, delay_s, times, used, created"
)


def upgrade() -> None:
    op.create_table(
        "mischief",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("direction", sa.String(16), nullable=True),
        sa.Column("service", sa.String(64), nullable=True),
        sa.Column("operation", sa.String(64), nullable=True),
        sa.Column("noun", sa.String(64), nullable=True),
        sa.Column("verb", sa.String(16), nullable=True),
        sa.Column("meter_mrid", sa.Text, nullable=True),
        sa.Column("meter_name", sa.Text, nullable=True),
        sa.Column("destination", sa.Text, nullable=True),
        sa.Column("correlation_id", sa.Text, nullable=True),
        sa.Column("probability", sa.Double, nullable=True),
        sa.Column("delay_s", sa.Double, nullable=True),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("times", sa.Integer, nullable=True),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("created", UtcInstant, nullable=False),
        sa.PrimaryKeyConstraint("mrid", name="mischief_pkey"),
        sa.UniqueConstraint("number", name="mischief_number_key"),
    )
    op.execute(f"INSERT INTO mischief ({_BOTH}, parameters, seen) SELECT {_BOTH}, '{{}}', 0 FROM ordering")
    op.drop_table("ordering")
