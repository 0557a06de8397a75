"""CreateEndDeviceControls (61968-9:2013, clause 5.4)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.end_device_controls import read_control_requests
from headend.operations.control_devices import ControlDevices, Sender
from headend.store import UnitOfWork


def create_end_device_controls(controls: ControlDevices, zone: ZoneInfo) -> Handler:
    """The handler; the reply has no payload, its IDs are the controls that were carried out."""

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        requests = read_control_requests(request.body, zone)
        sender = Sender(request.header.source, request.header.answer_correlation_id)
        return Answer(controls.create(requests, sender, now, work))

    return handle
