"""A fleet with every class of meters, and short ways to read it."""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from simulator.cim.reading_type import ReadingType
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.meter_class import METER_CLASSES
from simulator.quantities import channel
from simulator.readings import ReadingBlock, Series, period_series, reading_blocks

NOW = datetime(2026, 6, 15, 10, 7, 30, tzinfo=UTC)
OF_EACH = 100


def mixed_fleet(zone: str = "Europe/Amsterdam") -> Fleet:
    """A hundred meters of every class, in the order of METER_CLASSES."""
    templates = tuple(MeterTemplate(name=name, count=OF_EACH, shares=((name, 10_000),)) for name in METER_CLASSES)
    return Fleet(FleetSpec(OF_EACH * len(templates), seed=1, zone=zone, templates=templates))


FLEET = mixed_fleet()


def first_of(class_name: str) -> int:
    """The index of the first meter of a class."""
    return list(METER_CLASSES).index(class_name) * OF_EACH


def series(codes: list[str], start: str, end: str, fleet: Fleet = FLEET) -> list[Series]:
    zone = fleet.calendar.zone
    return period_series(
        [channel(ReadingType.parse(code)) for code in codes],
        datetime.fromisoformat(start).replace(tzinfo=zone),
        datetime.fromisoformat(end).replace(tzinfo=zone),
        calendar=fleet.calendar,
        installed=fleet.installed,
        now=NOW,
    )


def block(asked: list[Series], *meters: int, history: FieldHistory = UNDISTURBED, fleet: Fleet = FLEET) -> ReadingBlock:
    """The readings of a few meters in one block."""
    found = list(reading_blocks(fleet, np.array(meters), asked, history, block_values=10**9))
    own_stamps: tuple[NDArray[np.int64] | None, ...] = ()
    if found[0].own_stamps:
        columns = zip(*(one.own_stamps for one in found), strict=True)
        own_stamps = tuple(None if column[0] is None else np.concatenate(column) for column in columns)
    values = tuple(np.concatenate(column) for column in zip(*(one.values for one in found), strict=True))
    return ReadingBlock(np.array(meters), values, own_stamps)


def read(codes: list[str], start: str, end: str, *meters: int, fleet: Fleet = FLEET) -> tuple[NDArray[np.int64], ...]:
    """(meters, stamps) for each code."""
    return block(series(codes, start, end, fleet), *meters, fleet=fleet).values
