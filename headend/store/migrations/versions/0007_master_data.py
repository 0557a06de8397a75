"""Objects of master data, their names and links, and what they made of the fleet.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0007"
down_revision = "0006"

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "master_object",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("object_type", sa.String(64), nullable=False),
        sa.Column("family", sa.String(64), nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created", UtcInstant, nullable=False),
        sa.Column("changed", UtcInstant, nullable=False),
        sa.Column("closed", UtcInstant, nullable=True),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("mrid", name="master_object_pkey"),
    )
    op.create_index("master_object_family_created_mrid", "master_object", ["family", "created", "mrid"])
    closed = sa.text("closed IS NOT NULL")
    op.create_index(
        "master_object_closed", "master_object", ["family", "closed"], sqlite_where=closed, postgresql_where=closed
    )
    op.create_table(
        "master_name",
        sa.Column("sequence", _SEQUENCE, nullable=False),
        sa.Column("family", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_type", sa.Text, nullable=True),
        sa.Column("authority", sa.Text, nullable=True),
        sa.Column("mrid", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="master_name_pkey"),
    )
    op.create_index("master_name_family_name", "master_name", ["family", "name"])
    op.create_index("master_name_mrid", "master_name", ["mrid"])
    op.create_table(
        "master_link",
        sa.Column("one", sa.Text, nullable=False),
        sa.Column("association", sa.String(64), nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("start", UtcInstant, nullable=False),
        sa.Column("end", UtcInstant, nullable=True),
        sa.PrimaryKeyConstraint("one", "association", "other", "start", name="master_link_pkey"),
        sa.CheckConstraint('"end" > start', name=op.f("master_link_order_check")),
    )
    op.create_index("master_link_other_association", "master_link", ["other", "association"])
    op.create_table(
        "fleet_change",
        sa.Column("sequence", _SEQUENCE, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("at", UtcInstant, nullable=False),
        sa.Column("name", sa.Text, nullable=True),
        sa.Column("usage_point_mrid", sa.Text, nullable=True),
        sa.Column("usage_point_name", sa.Text, nullable=True),
        sa.Column("meter_class", sa.String(64), nullable=True),
        sa.Column("installed", sa.Date, nullable=True),
        sa.Column("firmware", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("sequence", name="fleet_change_pkey"),
        sqlite_autoincrement=True,
    )
