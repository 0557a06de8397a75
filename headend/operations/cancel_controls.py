"""Taking a control back before it has begun: what it would have done leaves no trace."""

from datetime import datetime

from headend.operations.device_stories import CANCELLED, DeviceStories
from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId
from headend.store import UnitOfWork


def cancel_control(stories: DeviceStories, mrid: str, now: datetime, work: UnitOfWork) -> int:
    """Cancel a control at all of its devices; at how many.

    Raises Refusal: 2.15 for one that is not known, 6.1 for one that has begun (it can only be undone by another
    command) or was cancelled before.
    """
    object_id = ObjectId(mrid, "uuid", "EndDeviceControl")
    control = work.controls.get(mrid)
    if control is None:
        raise Refusal.because("2.15", f"there is no EndDeviceControl {mrid!r}", object_id)
    begins = control.scheduled or control.accepted
    if begins <= now:
        raise Refusal.because(
            "6.1",
            f"EndDeviceControl {mrid} began at {begins.isoformat()}; only what lies ahead is cancelled",
            object_id,
        )
    devices = [outcome.device_mrid for outcome in work.controls.outcomes_of(mrid) if outcome.result != CANCELLED]
    if not devices:
        raise Refusal.because("6.1", f"EndDeviceControl {mrid} was cancelled before", object_id)
    stories.cancel(control, devices, now, work)
    return len(devices)
