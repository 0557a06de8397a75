"""CreatedEndDeviceEvents and the other event messages of this noun, as another system sends them (clause 5.2)."""

from datetime import datetime

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.received_events import read_received_events
from headend.operations.events.receive_events import ReceiveEvents
from headend.store import UnitOfWork


def receive_end_device_events(events: ReceiveEvents, verb: str) -> Handler:
    """The handler; `verb` is that of the message, such as created."""
    zone = events.fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        received = read_received_events(request.body, zone)
        return Answer(events.take_in(verb, received, request.header.answer_correlation_id, now, work))

    return handle
