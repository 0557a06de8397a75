"""GetEndDeviceEvents (61968-9:2013, clause 5.2)."""

from datetime import datetime

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.end_device_events import end_device_events_element
from headend.messages.get_end_device_events import read_end_device_events_query
from headend.operations.list_events import list_events
from headend.store import UnitOfWork
from simulator.fleet import Fleet


def get_end_device_events(fleet: Fleet) -> Handler:
    """The handler; the payload is the EndDeviceEvents that were found, oldest first."""
    zone = fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        query = read_end_device_events_query(request.body, zone)
        answer = list_events(query, fleet, now, work)
        return Answer(answer.reply, end_device_events_element(answer.events, fleet, zone))

    return handle
