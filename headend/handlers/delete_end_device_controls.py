"""DeleteEndDeviceControls (61968-9:2013, clause 5.4)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.end_device_controls import read_named_controls
from headend.operations.control_devices import Sender
from headend.operations.retire_controls import RetireControls
from headend.store import UnitOfWork


def delete_end_device_controls(retire: RetireControls, zone: ZoneInfo) -> Handler:
    """The handler; the reply's IDs are the controls that were deleted."""

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        named = read_named_controls(request.body, zone)
        sender = Sender(request.header.source, request.header.correlation_id)
        return Answer(retire.delete(named, sender, now, work))

    return handle
