"""GetMeterReadings (61968-9:2013, clause 5.3): the payload leaves as a stream."""

from datetime import datetime

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.coincident_readings import CoincidentReadingsWriter
from headend.messages.get_meter_readings import read_meter_readings_query
from headend.messages.meter_readings import MeterReadingsWriter
from headend.messages.mixed_meter_readings import MixedReadingsWriter
from headend.operations.coincident_readings import ReadCoincidences
from headend.operations.read_meters import ReadMeters
from headend.store import UnitOfWork
from simulator.fleet import Fleet
from simulator.readings import mixed_blocks, reading_blocks

_MIXED_BLOCK_VALUES = 8_192
"""A mixed block leaves as one chunk: so many values make less than a megabyte of text."""


def get_meter_readings(meters: ReadMeters, coincidences: ReadCoincidences, fleet: Fleet, source: str) -> Handler:
    """The handler; `source` is written as the origin of register values."""
    zone = fleet.calendar.zone

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        query = read_meter_readings_query(request.body, zone)
        if query.trigger is not None and not query.trigger.is_nothing:
            coincident = coincidences.read(query, query.trigger, now, work)
            return Answer(coincident.reply, CoincidentReadingsWriter(coincident.recipe, zone, source).chunks())
        answer = meters.read(query, now, work)
        recipe = answer.recipe
        writers = [
            MeterReadingsWriter(
                series,
                fleet,
                zone,
                reported=recipe.reported,
                source=source,
                reason=recipe.reason,
                values_interval=recipe.period,
            )
            for series in recipe.assortments
        ]
        if len(writers) == 1:
            blocks = reading_blocks(
                fleet,
                recipe.meters,
                recipe.assortments[0],
                recipe.history,
                observation=recipe.observation,
            )
            return Answer(answer.reply, writers[0].chunks(blocks), answer.after)
        mixed = mixed_blocks(
            fleet,
            recipe.meters,
            recipe.assortments,
            recipe.of_kind,
            recipe.history,
            block_values=_MIXED_BLOCK_VALUES,
            observation=recipe.observation,
        )
        return Answer(answer.reply, MixedReadingsWriter(writers).chunks(mixed), answer.after)

    return handle
