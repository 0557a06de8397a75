"""From a recipe of readings to the MeterReadings element as a stream of bytes."""

from collections.abc import Iterator

from lxml import etree

from headend.messages.meter_readings import METER_READINGS, MeterReadingsWriter
from headend.messages.mixed_meter_readings import MixedReadingsWriter
from headend.messages.xml_names import tag
from headend.operations.readings.read_meters import ReadingsRecipe
from simulator.fleet import Fleet
from simulator.readings import mixed_blocks, reading_blocks

_MIXED_BLOCK_VALUES = 8_192
"""A mixed block leaves as one chunk: so many values make less than a megabyte of text."""


def readings_payload(recipe: ReadingsRecipe, fleet: Fleet, source: str) -> Iterator[bytes]:
    """The element; nothing is computed before it is consumed. `source` is the origin of register values."""
    writers = [
        MeterReadingsWriter(
            series,
            fleet,
            fleet.calendar.zone,
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
        return writers[0].chunks(blocks)
    mixed = mixed_blocks(
        fleet,
        recipe.meters,
        recipe.assortments,
        recipe.of_kind,
        recipe.history,
        block_values=_MIXED_BLOCK_VALUES,
        observation=recipe.observation,
    )
    return MixedReadingsWriter(writers).chunks(mixed)


def no_readings() -> etree._Element:
    """The element where no meter gave an answer."""
    return etree.Element(tag(METER_READINGS, "MeterReadings"), nsmap={None: METER_READINGS})  # type: ignore[dict-item]  # stubs do not know the default namespace
