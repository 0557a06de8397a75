"""The life of controls: when each begins and ends at a device, and when it was changed, closed or deleted.

A migration is history: it repeats what schema.py said at the time, and is not changed when schema.py is.
"""

import sqlalchemy as sa
from alembic import op

from headend.store.instants import UtcInstant

revision = "0008"
down_revision = "0007"

# Controls from before 0003 have no number. A next one must be higher than all, also when some were deleted.
NUMBER_THE_OLDEST = """
    UPDATE end_device_control SET number = (
        SELECT count(*) FROM end_device_control AS earlier
        WHERE earlier.accepted < end_device_control.accepted
        OR (earlier.accepted = end_device_control.accepted AND earlier.mrid < end_device_control.mrid)
    ) WHERE number IS NULL
"""


def upgrade() -> None:
    for name in ("changed", "closed", "deleted"):
        op.add_column("end_device_control", sa.Column(name, UtcInstant))
    op.add_column("end_device_control", sa.Column("document", sa.Text))
    op.add_column("control_outcome", sa.Column("begins", UtcInstant))
    op.add_column("control_outcome", sa.Column("ends", UtcInstant))
    op.execute(NUMBER_THE_OLDEST)
    for column in ("number", "correlation_id", "issuer_tracking_id"):
        op.create_index(f"end_device_control_{column}", "end_device_control", [column])
    op.create_index("control_outcome_device_mrid", "control_outcome", ["device_mrid"])
