"""GetMeterReadings (61968-9:2013, clause 5.3): the payload leaves as a stream."""

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.get_meter_readings import read_meter_readings_query
from headend.messages.meter_readings import MeterReadingsWriter
from headend.operations.read_meters import ReadMeters
from headend.store import UnitOfWork
from simulator.clock import Clock
from simulator.fleet import Fleet
from simulator.readings import reading_blocks


def get_meter_readings(meters: ReadMeters, fleet: Fleet, clock: Clock, source: str) -> Handler:
    """The handler; `source` is written as the origin of register values."""
    zone = fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork) -> Answer:
        query = read_meter_readings_query(request.body, zone)
        answer = meters.read(query, clock.now(), work)
        recipe = answer.recipe
        writer = MeterReadingsWriter(
            recipe.series,
            fleet,
            zone,
            reported=recipe.reported,
            source=source,
            reason=recipe.reason,
            values_interval=recipe.period,
        )
        blocks = reading_blocks(fleet, recipe.meters, recipe.series, recipe.interruptions)
        return Answer(answer.reply, writer.chunks(blocks))

    return handle
