"""GetEndDeviceEvents (61968-9:2013, clause 5.2)."""

from datetime import datetime

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.end_device_events import end_device_events_chunks, end_device_events_text
from headend.messages.get_end_device_events import read_end_device_events_query
from headend.operations.events.field_events import FieldEventSource
from headend.operations.events.list_events import list_events
from headend.store import UnitOfWork

_FEW = 1_000
"""So many events are written at once; more of them as a stream, which takes no memory."""


def get_end_device_events(source: FieldEventSource, *, strict: bool) -> Handler:
    """The handler; the payload is the EndDeviceEvents that were found, oldest first. strict: see `list_events`."""
    fleet = source.fleet
    zone = fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        query = read_end_device_events_query(request.body, zone)
        answer = list_events(query, source, now, work, strict=strict)
        write = end_device_events_text if answer.at_most <= _FEW else end_device_events_chunks
        return Answer(answer.reply, write(answer.events, fleet, zone))

    return handle
