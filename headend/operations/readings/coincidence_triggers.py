"""The triggers of coincident readings: values of a reading type and events of a type, each at its own time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from headend.operations.events.event_type_patterns import type_patterns
from headend.operations.events.field_events import KEPT_DAYS, FieldEventSource, end_device_events, instant_of
from headend.operations.events.find_field_events import find_field_events
from headend.operations.fleet.meter_targets import Indices
from headend.operations.readings.deliverable_types import Deliverable
from headend.operations.readings.missing_readings import missing_readings
from headend.operations.readings.reading_times import Span
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from headend.store import EndDeviceEvent, EventSelection, UnitOfWork
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of
from simulator.meter_kinds import installed_of_kinds, kind_of
from simulator.observation import Observation, ReadingQuality
from simulator.quantities import Channel
from simulator.readings import ReadingBlock, reading_blocks
from simulator.series import Series, latest_series, period_series

MOST_MOMENTS: Final = 200_000
"""A request for more meter readings, each a meter at the time of a trigger, is refused (3.1)."""


@dataclass(frozen=True, slots=True)
class TriggerReading:
    """The value that triggered."""

    value: int  # over 10**decimals of its channel
    qualities: tuple[ReadingQuality, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """One meter at the time of one trigger."""

    meter: int
    """Its fleet index."""
    at: datetime
    is_trigger: bool
    """The trigger is its own."""
    event: EndDeviceEvent | None = None
    reading: TriggerReading | None = None
    is_read: bool = True
    """Its other readings are wanted, too."""


def reading_triggers(
    fleet: Fleet,
    meters: Indices,
    deliverable: Deliverable,
    spans: Sequence[Span] | None,
    now: datetime,
    history: FieldHistory,
    observation: Observation | None,
) -> tuple[list[Moment], list[Error]]:
    """The values of a reading type, meter by meter in their order, each instant once; and an Error (5.7) for each meter
    that lacks some.

    spans: None for the latest value. Raises Refusal (3.1) for too many.
    """
    indices = indices_of(meters)
    kinds = kind_of(fleet, indices)
    installed = installed_of_kinds(fleet)
    found: dict[int, list[Moment]] = {}
    errors: list[Error] = []
    count = 0
    for kind in np.unique(kinds).tolist():
        if not deliverable.of_kind[kind]:
            continue
        series = _series(fleet, deliverable.channels, spans, installed[kind], now)
        chosen = indices[kinds == kind]
        count += len(chosen) * sum(len(one.stamps) for one in series)
        check_count(count)
        if observation is not None:
            errors += missing_readings(fleet, chosen, [series], (), observation)
        for block in reading_blocks(fleet, chosen, series, history, observation=observation):
            for row, meter in enumerate(block.meters.tolist()):
                moments: dict[int, TriggerReading] = {}
                for stamp, reading in _values(block, row, series):
                    moments.setdefault(stamp, reading)
                found[meter] = [
                    Moment(meter, instant_of(stamp), True, reading=reading)
                    for stamp, reading in sorted(moments.items(), key=lambda one: one[0])
                ]
    return [moment for meter in indices.tolist() for moment in found.get(meter, ())], errors


def _series(
    fleet: Fleet, channels: Sequence[Channel], spans: Sequence[Span] | None, installed: int, now: datetime
) -> list[Series]:
    calendar = fleet.calendar
    if spans is None:
        return latest_series(channels, calendar=calendar, installed=installed, now=now)
    return [
        series
        for start, end in spans
        for series in period_series(channels, start, end, calendar=calendar, installed=installed, now=now)
    ]


def _values(block: ReadingBlock, row: int, series: Sequence[Series]) -> Iterator[tuple[int, TriggerReading]]:
    """The values of one meter as they are delivered, each with its stamp in epoch seconds."""
    if row in block.observed:
        for one in block.observed[row]:
            for place, (stamp, value) in enumerate(zip(one.stamps.tolist(), one.values.tolist(), strict=True)):
                yield stamp, TriggerReading(value, tuple(one.qualities.get(place, ())))
        return
    for number, values in enumerate(block.values):
        own = block.own_stamps[number] if block.own_stamps else None
        stamps = series[number].stamps if own is None else own[row]
        for stamp, value in zip(stamps.tolist(), values[row].tolist(), strict=True):
            yield stamp, TriggerReading(value)


def event_triggers(
    source: FieldEventSource,
    meters: Indices,
    types: Sequence[ObjectReference],
    spans: Sequence[Span] | None,
    now: datetime,
    work: UnitOfWork,
) -> list[Moment]:
    """The events of some types, stored and of the field, meter by meter in their order, oldest first.

    spans: both ends belong to them, as wherever events are asked for; None for the last days that events are kept.
    Raises Refusal: 1.8 for a type that is none, 3.1 for too many.
    """
    errors: list[Error] = []
    patterns = type_patterns(types, errors)
    if errors:
        raise Refusal(*errors)
    fleet = source.fleet
    if spans is None:
        spans = [(now - timedelta(days=KEPT_DAYS), now)]
    periods = tuple(Period(start, end) for start, end in spans if start < end)
    if not periods:
        return []
    of_field = find_field_events(source, meters, patterns, periods, now, work)
    check_count(len(of_field))
    indices = indices_of(meters)
    is_everyone = isinstance(meters, range) and len(meters) == len(fleet)
    selection = EventSelection(
        devices=None if is_everyone else frozenset(mrid.decode() for mrid in fleet.mrids(indices)),
        type_patterns=patterns,
        periods=[(period.start, period.end) for period in periods],
        until=now,
    )
    found: dict[int, list[Moment]] = {}
    stored = work.events.find(selection, MOST_MOMENTS + 1)
    for count, event in enumerate([*stored, *end_device_events(of_field, fleet)], 1):
        check_count(count)
        index = fleet.index_of_mrid(event.device_mrid)
        if index is not None:  # a database may hold meters of another fleet
            found.setdefault(index, []).append(Moment(index, event.created, True, event=event))
    return [
        moment
        for meter in indices.tolist()
        if meter in found
        for moment in sorted(found[meter], key=lambda one: one.at)
    ]


def check_count(count: int) -> None:
    """Raises Refusal (3.1) for more moments than one request may select."""
    if count > MOST_MOMENTS:
        raise Refusal.because(
            "3.1",
            f"the request selects more than {MOST_MOMENTS:,} meter readings at the time of a trigger; "
            "ask for a shorter period or fewer meters",
        )
