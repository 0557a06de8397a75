"""How far the events of the field have been told, and the user behind an event.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "field_progress",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("told_until", UtcInstant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="field_progress_pkey"),
        sa.CheckConstraint("id = 1", name=op.f("field_progress_single_check")),
    )
    op.add_column("end_device_event", sa.Column("user_id", sa.Text))
