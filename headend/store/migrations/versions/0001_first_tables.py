"""The first tables.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0001"
down_revision = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "interruption",
        sa.Column("device_mrid", sa.Text, nullable=False),
        sa.Column("start", UtcInstant, nullable=False),
        sa.Column("end", UtcInstant),
        sa.Column("cause", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("device_mrid", "start", name="interruption_pkey"),
        sa.CheckConstraint('"end" > start', name=op.f("interruption_order_check")),
    )
    op.create_index(
        "interruption_open",
        "interruption",
        ["device_mrid"],
        unique=True,
        sqlite_where=sa.text('"end" IS NULL'),
        postgresql_where=sa.text('"end" IS NULL'),
    )
    op.create_table(
        "end_device_control",
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("type_code", sa.Text, nullable=False),
        sa.Column("issuer_id", sa.Text),
        sa.Column("issuer_tracking_id", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("correlation_id", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("accepted", UtcInstant, nullable=False),
        sa.Column("scheduled", UtcInstant),
        sa.Column("executed", UtcInstant),
        sa.PrimaryKeyConstraint("mrid", name="end_device_control_pkey"),
    )
    op.create_table(
        "control_outcome",
        sa.Column("control_mrid", sa.Text, nullable=False),
        sa.Column("device_mrid", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("event_code", sa.Text),
        sa.PrimaryKeyConstraint("control_mrid", "device_mrid", name="control_outcome_pkey"),
        sa.ForeignKeyConstraint(
            ["control_mrid"],
            ["end_device_control.mrid"],
            name="control_outcome_control_mrid_fkey",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "end_device_event",
        sa.Column("sequence", SEQUENCE, nullable=False),
        sa.Column("mrid", sa.Text, nullable=False),
        sa.Column("device_mrid", sa.Text, nullable=False),
        sa.Column("usage_point_mrid", sa.Text),
        sa.Column("type_code", sa.Text, nullable=False),
        sa.Column("created", UtcInstant, nullable=False),
        sa.Column("issuer_id", sa.Text),
        sa.Column("issuer_tracking_id", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("severity", sa.Text),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.Text),
        sa.PrimaryKeyConstraint("sequence", name="end_device_event_pkey"),
        sa.UniqueConstraint("mrid", name="end_device_event_mrid_key"),
    )
    op.create_index("end_device_event_device_mrid_created", "end_device_event", ["device_mrid", "created"])
    op.create_index("end_device_event_created", "end_device_event", ["created"])
    op.create_table(
        "outbox",
        sa.Column("id", SEQUENCE, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("verb", sa.String(16), nullable=False),
        sa.Column("noun", sa.String(64), nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text),
        sa.Column("recipe", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("not_before", UtcInstant, nullable=False),
        sa.Column("retry_at", UtcInstant),
        sa.Column("lease_until", UtcInstant),
        sa.Column("last_error", sa.Text),
        sa.Column("created", UtcInstant, nullable=False),
        sa.Column("finished", UtcInstant),
        sa.PrimaryKeyConstraint("id", name="outbox_pkey"),
        sa.CheckConstraint("state IN ('pending', 'in_flight', 'delivered', 'dead')", name=op.f("outbox_state_check")),
        sa.CheckConstraint(
            "(finished IS NULL) = (state IN ('pending', 'in_flight'))", name=op.f("outbox_finished_check")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "outbox_unfinished",
        "outbox",
        ["destination", "id"],
        sqlite_where=sa.text("finished IS NULL"),
        postgresql_where=sa.text("finished IS NULL"),
    )
    op.create_table(
        "handled_request",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("reply", sa.LargeBinary, nullable=False),
        sa.Column("handled", UtcInstant, nullable=False),
        sa.PrimaryKeyConstraint("source", "message_id", name="handled_request_pkey"),
    )
    op.create_index("handled_request_handled", "handled_request", ["handled"])
    op.create_table(
        "replay_nonce",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("seen", UtcInstant, nullable=False),
        sa.PrimaryKeyConstraint("source", "nonce", name="replay_nonce_pkey"),
    )
    op.create_index("replay_nonce_seen", "replay_nonce", ["seen"])
    op.create_table(
        "clock_anchor",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("machine", UtcInstant, nullable=False),
        sa.Column("fleet", UtcInstant, nullable=False),
        sa.Column("rate", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="clock_anchor_pkey"),
        sa.CheckConstraint("id = 1", name=op.f("clock_anchor_single_check")),
    )
