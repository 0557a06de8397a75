"""Truth written down: readings with what flowed, sums to judge totals by, causes, and what each of them did.

readings     a row a reading: flowed, registered, reported, why they differ
sums         a row for each meter, reading type and period: the three totals
causes       a row for each thing that happened to a meter, in a sentence
effects      a row for each cause and reading type: how many readings, how much
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.fleet import Fleet
from simulator.series import Series
from simulator.tables import Column, Instants, Kind, Numbers, Table, Texts
from simulator.truth.cause import Cause
from simulator.truth.effects import Effects, adds_up
from simulator.truth.truth_blocks import SeriesTruth, TruthPart
from simulator.truth.truth_rows import TruthRows

_METER: Final = Column("meter", Kind.TEXT, "name of the meter")
_READING_TYPE: Final = Column("reading_type", Kind.TEXT, "what is measured, as 18 numbers")
_UNIT: Final = Column("unit", Kind.TEXT, "of the values")

READING_COLUMNS: Final = (
    _METER,
    _READING_TYPE,
    Column("start", Kind.INSTANT, "where the interval begins, UTC; empty for a register"),
    Column("end", Kind.INSTANT, "stamp of the reading, UTC: the end of the interval"),
    Column("flowed", Kind.NUMBER, "what really flowed, past the meter or through it"),
    Column("registered", Kind.NUMBER, "what the meter counted"),
    Column("reported", Kind.NUMBER, "what the head end delivers; empty where the reading is missing"),
    _UNIT,
    Column("delivered", Kind.NUMBER, "how often it delivers the reading: 0 missing, 1, 2 for a duplicate"),
    Column("qualities", Kind.TEXT, "ReadingQualityTypes that it carries, separated by ;"),
    Column("causes", Kind.TEXT, "why the values differ: ids of causes of the meter, separated by ;"),
)
SUM_COLUMNS: Final = (
    _METER,
    _READING_TYPE,
    Column("start", Kind.INSTANT, "where the first interval begins, UTC"),
    Column("end", Kind.INSTANT, "where the last one ends, UTC"),
    Column("readings", Kind.NUMBER, "intervals between the two"),
    Column("delivered", Kind.NUMBER, "of them, those that the head end delivers"),
    Column("flowed", Kind.NUMBER, "sum of what really flowed"),
    Column("registered", Kind.NUMBER, "sum of what the meter counted"),
    Column("reported", Kind.NUMBER, "sum of what the head end delivers, each interval once"),
    _UNIT,
)
CAUSE_COLUMNS: Final = (
    Column("cause", Kind.TEXT, "id; unique among those of a meter"),
    _METER,
    Column("kind", Kind.TEXT, "bypass, switch, outage, link or defect"),
    Column("start", Kind.INSTANT, "since when, UTC"),
    Column("end", Kind.INSTANT, "until when, UTC; empty: not over yet"),
    Column("sentence", Kind.TEXT, "what happened, with numbers"),
)
EFFECT_COLUMNS: Final = (
    Column("cause", Kind.TEXT, "id, as in causes"),
    _METER,
    _READING_TYPE,
    Column("readings", Kind.NUMBER, "readings that it touched"),
    Column("missing", Kind.NUMBER, "of them, those that are not delivered"),
    Column("unregistered", Kind.NUMBER, "what flowed past the meter for it"),
    Column("unreported", Kind.NUMBER, "what was registered in readings that are missing for it"),
    Column("misreported", Kind.NUMBER, "what was registered less what is delivered, in readings that it altered"),
    _UNIT,
)

Names = NDArray[np.object_]


def write_readings(table: Table, names: Names, series: Series, rows: TruthRows) -> None:
    """Append rows to a table of READING_COLUMNS; `names` are those of the meters of the block."""
    count = len(rows)
    code, unit = series.reading_type.mrid.encode(), series.reading_type.unit_words.encode()
    intervals = np.full(count, series.is_interval) & rows.on_grid
    table.write(
        Texts(names[rows.positions].tolist()),
        Texts([code] * count),
        Instants(rows.starts, intervals),
        Instants(rows.ends),
        Numbers(rows.flowed, series.decimals, rows.on_grid),
        Numbers(rows.registered, series.decimals, rows.on_grid),
        Numbers(rows.reported, series.decimals, rows.delivered > 0),
        Texts([unit] * count),
        Numbers(rows.delivered),
        Texts(rows.qualities),
        Texts(rows.causes),
    )


def write_sums(table: Table, names: Names, part: TruthPart, truth: SeriesTruth) -> None:
    """Append the totals of a series to a table of SUM_COLUMNS; nothing where values do not add up."""
    series = truth.series
    if not adds_up(series) or not len(series.stamps):
        return
    meters, stamps = truth.registered.shape
    if truth.delivered is None:
        delivered, reported = np.full(meters, stamps), truth.reported
    else:
        given = truth.delivered > 0
        delivered, reported = given.sum(axis=1), np.where(given, truth.reported, 0)
    table.write(
        Texts(names[part.positions].tolist()),
        Texts([series.reading_type.mrid.encode()] * meters),
        Instants(np.full(meters, series.interval_starts()[0])),
        Instants(np.full(meters, series.stamps[-1])),
        Numbers(np.full(meters, stamps)),
        Numbers(delivered),
        Numbers(truth.flowed.sum(axis=1), series.decimals),
        Numbers(truth.registered.sum(axis=1), series.decimals),
        Numbers(reported.sum(axis=1), series.decimals),
        Texts([series.reading_type.unit_words.encode()] * meters),
    )


def write_causes(table: Table, fleet: Fleet, causes: Sequence[Cause]) -> None:
    """Append causes to a table of CAUSE_COLUMNS."""
    if not causes:
        return
    table.write(
        Texts([one.id.encode() for one in causes]),
        Texts(fleet.names([one.meter for one in causes])),
        Texts([one.kind.value.encode() for one in causes]),
        Instants(np.array([one.start for one in causes], np.int64)),
        Instants(
            np.array([one.end or 0 for one in causes], np.int64), np.array([one.end is not None for one in causes])
        ),
        Texts([one.sentence.encode() for one in causes]),
    )


def write_effects(table: Table, fleet: Fleet, effects: Effects) -> None:
    """Append what causes did to a table of EFFECT_COLUMNS, meter by meter."""
    for decimals, group in groupby(effects, key=lambda entry: entry[1].decimals):
        entries = list(group)
        table.write(
            Texts([cause.encode() for (_, cause, _), _ in entries]),
            Texts(fleet.names([meter for (meter, _, _), _ in entries])),
            Texts([reading_type.mrid.encode() for (_, _, reading_type), _ in entries]),
            Numbers(np.array([effect.readings for _, effect in entries])),
            Numbers(np.array([effect.missing for _, effect in entries])),
            Numbers(np.array([effect.unregistered for _, effect in entries]), decimals),
            Numbers(np.array([effect.unreported for _, effect in entries]), decimals),
            Numbers(np.array([effect.misreported for _, effect in entries]), decimals),
            Texts([reading_type.unit_words.encode() for (_, _, reading_type), _ in entries]),
        )
