"""CreateMeterReadings: an on-demand read in the early dialect (61968-9:2013, clause 5.3)."""

from datetime import datetime

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.wanted_readings import read_wanted_readings
from headend.operations.readings.read_on_request import ReadOnRequest
from headend.store import UnitOfWork


def create_meter_readings(reads: ReadOnRequest) -> Handler:
    """The handler."""
    zone = reads.fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        query = read_wanted_readings(request.body, zone)
        return Answer(reads.take(query, request.header, request.digest, now, work), is_acknowledgement=True)

    return handle
