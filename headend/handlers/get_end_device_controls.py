"""GetEndDeviceControls (61968-9:2013, clause 5.4)."""

from datetime import datetime

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.get_end_device_controls import read_end_device_controls_query
from headend.messages.written_controls import end_device_controls_element
from headend.operations.controls.list_controls import list_controls
from headend.store import UnitOfWork
from simulator.fleet import Fleet


def get_end_device_controls(fleet: Fleet, *, strict: bool) -> Handler:
    """The handler; the payload is the EndDeviceControls that were found, each device with its outcome."""
    zone = fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        answer = list_controls(read_end_device_controls_query(request.body, zone), fleet, now, work, strict=strict)
        return Answer(answer.reply, end_device_controls_element(answer.controls, fleet, zone))

    return handle
