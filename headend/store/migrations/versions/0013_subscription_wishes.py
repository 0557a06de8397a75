"""What a subscriber wants, and by what he knows the head end; whose messages and standing readings are his.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0010"


def upgrade() -> None:
    op.drop_index("subscription_noun_url", table_name="subscription")
    op.add_column("subscription", sa.Column("wanted", sa.JSON(none_as_null=True)))
    op.add_column("subscription", sa.Column("http_headers", sa.JSON(none_as_null=True)))
    op.add_column("subscription", sa.Column("ended", sa.Boolean))
    op.add_column("outbox", sa.Column("subscription_mrid", sa.Text))
    op.add_column("meter_read_schedule", sa.Column("subscription_mrid", sa.Text))
    op.create_index("meter_read_schedule_subscription_mrid", "meter_read_schedule", ["subscription_mrid"])
