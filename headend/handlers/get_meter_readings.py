"""GetMeterReadings (61968-9:2013, clause 5.3): the payload leaves as a stream."""

from datetime import datetime

from headend.handlers.exchange import Answer, Handler, Request
from headend.handlers.readings_payload import readings_payload
from headend.messages.coincident_readings import CoincidentReadingsWriter
from headend.messages.get_meter_readings import read_meter_readings_query
from headend.operations.coincident_readings import ReadCoincidences
from headend.operations.read_meters import ReadMeters
from headend.store import UnitOfWork
from simulator.fleet import Fleet


def get_meter_readings(meters: ReadMeters, coincidences: ReadCoincidences, fleet: Fleet, source: str) -> Handler:
    """The handler; `source` is written as the origin of register values."""
    zone = fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        query = read_meter_readings_query(request.body, zone)
        if query.trigger is not None and not query.trigger.is_nothing:
            coincident = coincidences.read(query, query.trigger, now, work)
            return Answer(coincident.reply, CoincidentReadingsWriter(coincident.recipe, zone, source).chunks())
        answer = meters.read(query, now, work)
        return Answer(answer.reply, readings_payload(answer.recipe, fleet, source), answer.after)

    return handle
