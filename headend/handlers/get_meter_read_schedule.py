"""GetMeterReadSchedule (61968-9:2013, Annex J)."""

from datetime import datetime

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.meter_read_schedule import read_schedule_query, schedule_element
from headend.operations.schedules.list_schedules import list_schedules
from headend.store import UnitOfWork
from simulator.fleet import Fleet


def get_meter_read_schedule(fleet: Fleet, *, strict: bool) -> Handler:
    """The handler."""
    zone = fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        query = read_schedule_query(request.body, request.header, zone)
        answer = list_schedules(fleet, query, now, work, strict=strict)
        return Answer(answer.reply, schedule_element(answer.definition, zone))

    return handle
