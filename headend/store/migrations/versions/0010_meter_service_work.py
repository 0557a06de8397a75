"""Work at meters that others ask for (MeterServiceRequests), and what it is found by.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "meter_service_work",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("accepted", UtcInstant, nullable=False),
        sa.Column("changed", UtcInstant, nullable=False),
        sa.Column("wanted", UtcInstant, nullable=True),
        sa.Column("begins", UtcInstant, nullable=True),
        sa.Column("ends", UtcInstant, nullable=True),
        sa.Column("result", sa.Text, nullable=True),
        sa.Column("remark", sa.Text, nullable=True),
        sa.Column("control_mrid", sa.Text, nullable=True),
        sa.Column("effects", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=True),
        sa.Column("source", sa.Text, nullable=True),
        sa.Column("reply_address", sa.Text, nullable=True),
        sa.Column("cancelled", UtcInstant, nullable=True),
        sa.Column("closed", UtcInstant, nullable=True),
        sa.Column("deleted", UtcInstant, nullable=True),
        sa.PrimaryKeyConstraint("mrid", name="meter_service_work_pkey"),
    )
    for column in ("number", "control_mrid", "correlation_id"):
        op.create_index(f"meter_service_work_{column}", "meter_service_work", [column])
    op.create_table(
        "meter_service_object",
        sa.Column("work_mrid", sa.Text, nullable=False),
        sa.Column("relation", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("work_mrid", "relation", "value", name="meter_service_object_pkey"),
    )
    op.create_index("meter_service_object_value_relation", "meter_service_object", ["value", "relation"])
