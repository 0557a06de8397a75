"""Coincident readings: what meters read at the time of a trigger (61968-9:2013, Annex J: MeterReadings in the profile).

Our readings of the standard, where it is silent. The part describes the meter readings that trigger: `Readings`, values
of one reading type, each at its own time (of a maximum, when it happened); or `EndDeviceEvents`, events of one type. At
each of these times all reading types of the request are read. The trigger is each meter's own; where the part names a
Meter or a UsagePoint, only its triggers count, for all meters of the request, or for itself if the request names none.
A trigger lies in the part's timePeriod and in the request's periods. Without any, the trigger is the latest value,
and events are those of the last 45 days. A trigger is told once, however often its value is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from headend.operations.deliverable_types import Deliverable, delivered_by_default
from headend.operations.event_type_patterns import type_patterns
from headend.operations.field_events import KEPT_DAYS, FieldEventSource, end_device_events, instant_of
from headend.operations.field_facts import field_history
from headend.operations.find_field_events import find_field_events
from headend.operations.meter_readings_query import MeterReadingsQuery, ReadingLimits, Trigger
from headend.operations.meter_targets import UNKNOWN_DEVICE, UNKNOWN_USAGE_POINT, Indices
from headend.operations.options import read_options
from headend.operations.reading_times import ON_DEMAND, SCHEDULED, Span, common, reading_times, span_of
from headend.operations.references import Period, find_object
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId, Reply
from headend.operations.wanted_qualities import wanted_qualities
from headend.store import EndDeviceEvent, EventSelection, UnitOfWork
from simulator.coincident import CoincidentReading, coincident_readings
from simulator.collected import collected_at
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of
from simulator.local_time import epoch_seconds
from simulator.meter_kinds import installed_of_kinds, kind_of
from simulator.observation import Observation, ReadingQuality
from simulator.quantities import Channel, ChannelKind
from simulator.readings import reading_blocks
from simulator.series import Series, latest_series, period_series

COINCIDENT: Final = "other"
"""ReadingReasonKind of registers that were read because of a trigger; the standard has no word of its own for it."""

MOST_MOMENTS: Final = 200_000
"""A request for more meter readings, each a meter at the time of a trigger, is refused (3.1)."""

_AT_ONCE: Final = 128
"""So many moments are read together: each has an instant of its own, and all are worked out for all meters of them."""
_MOST_METERS_MISSING: Final = 1_000
_MOST_INSTANTS: Final = 5


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


@dataclass(frozen=True, slots=True)
class CoincidentRecipe:
    """All that it takes to produce the readings, again and again the same."""

    fleet: Fleet
    moments: Sequence[Moment]
    channels: tuple[Channel, ...]
    of_kind: tuple[tuple[int, ...], ...]
    """For each kind of meters: which of the channels they get."""
    trigger_channel: Channel | None
    trigger_reason: str
    history: FieldHistory
    now: datetime
    period: Span | None
    observation: Observation | None
    qualities: frozenset[str] | None
    """Only readings that carry one of these are wanted; None: all."""

    def readings(self) -> Iterator[tuple[Moment, list[CoincidentReading], bool]]:
        """Every moment in order with its readings, and whether some are missing; worked out as they are taken."""
        installed = installed_of_kinds(self.fleet)
        for first in range(0, len(self.moments), _AT_ONCE):
            moments = self.moments[first : first + _AT_ONCE]
            meters = np.array([one.meter for one in moments], np.int64)
            instants = np.array([epoch_seconds(one.at) for one in moments], np.int64)
            kinds = kind_of(self.fleet, meters)
            kinds[[not one.is_read for one in moments]] = -1
            found: list[tuple[list[CoincidentReading], bool]] = [([], False) for _ in moments]
            for kind in np.unique(kinds[kinds >= 0]).tolist():
                pairs = np.flatnonzero(kinds == kind)
                for pair, readings, is_missing in coincident_readings(
                    self.fleet,
                    meters[pairs],
                    instants[pairs],
                    [(number, self.channels[number]) for number in self.of_kind[kind]],
                    self.history,
                    installed=installed[kind],
                    now=epoch_seconds(self.now),
                    observation=self.observation,
                ):
                    found[int(pairs[pair])] = [one for one in readings if self._is_wanted(one)], is_missing
            for moment, (readings, is_missing) in zip(moments, found, strict=True):
                yield moment, readings, is_missing

    def _is_wanted(self, reading: CoincidentReading) -> bool:
        return self.qualities is None or any(one.type.code in self.qualities for one in reading.qualities)


@dataclass(frozen=True, slots=True)
class CoincidentAnswer:
    """The reply and the recipe of its payload."""

    reply: Reply
    recipe: CoincidentRecipe


class ReadCoincidences:
    """Answers queries for readings at the time of a trigger."""

    def __init__(self, events: FieldEventSource, source: str, limits: ReadingLimits, *, strict: bool = False) -> None:
        self._events = events
        self._fleet = events.fleet
        self._source = source
        self._limits = limits
        self._strict = strict
        self._delivered = delivered_by_default(self._fleet)

    def read(self, query: MeterReadingsQuery, trigger: Trigger, now: datetime, work: UnitOfWork) -> CoincidentAnswer:
        """The recipe of what can be delivered, and one Error for each reference that cannot.

        Raises Refusal: 1.8 for a part that names no trigger, and as `ReadMeters.read` does.
        """
        _check(trigger)
        options = read_options(query.options, "MeterReadings", strict=self._strict)
        query, targets = query.with_ids(self._fleet)
        errors = list(targets.errors)
        meters = targets.meters
        if errors and not len(meters):
            raise Refusal(*errors)
        its_own = self._of_trigger(trigger)
        if its_own is not None and not query.names_targets:
            meters = its_own
        triggering = meters if its_own is None else its_own
        times = reading_times(query.readings, query.periods, self._source, now, reason=COINCIDENT)
        spans = times.asked
        if trigger.reading.period is not None:
            part = span_of(trigger.reading.period, now)
            spans = common(spans, [part]) if spans else (part,)
        is_timed = bool(times.asked) or trigger.reading.period is not None
        self._limits.check(meters, spans)
        deliverable = query.deliverable(self._fleet, meters, self._delivered)
        errors += deliverable.errors
        if query.reading_types and not deliverable.channels:
            raise Refusal(*errors)
        qualities = wanted_qualities(query.qualities, errors) if query.qualities else None
        history = field_history(self._fleet, meters if its_own is None else range(len(self._fleet)), work)
        observation = collected_at(self._fleet, history, epoch_seconds(now), answered_now=not is_timed)
        channel: Channel | None = None
        if trigger.reading_type is not None:
            found = query.found_deliverable(self._fleet, [trigger.reading_type], triggering)
            errors += found.errors
            if not found.channels:
                raise Refusal(*errors)
            channel = found.channels[0]
            triggers = self._reading_triggers(trigger, found, triggering, spans, is_timed, now, history, observation)
        else:
            triggers = self._event_triggers(trigger, triggering, spans, is_timed, now, work)
        if options.latest_value:
            triggers = list({one.meter: one for one in triggers}.values())
        registers = times.takes_registers if not times.asked else bool(times.registers)
        intervals = times.takes_intervals if not times.asked else bool(times.intervals)
        recipe = CoincidentRecipe(
            fleet=self._fleet,
            moments=triggers if its_own is None else _for_all(triggers, meters),
            channels=deliverable.channels,
            of_kind=tuple(
                tuple(
                    number
                    for number in numbers
                    if _is_read(deliverable.channels[number], channel, registers=registers, intervals=intervals)
                )
                for numbers in deliverable.of_kind
            ),
            trigger_channel=channel,
            trigger_reason=SCHEDULED if is_timed else ON_DEMAND,
            history=history,
            now=now,
            period=(spans[0][0], spans[-1][1]) if spans else None,
            observation=observation,
            qualities=qualities,
        )
        if observation is not None and qualities is None:
            errors += _missing(recipe)
        return CoincidentAnswer(Reply.of_parts(True, errors, remarks=options.remarks), recipe)

    def _of_trigger(self, trigger: Trigger) -> Indices | None:
        """The meters whose triggers count; None where each has its own. Raises Refusal for what is unknown (2.13)."""
        fleet = self._fleet
        meters: set[int] | None = None
        for reference in trigger.meters:
            meters = {find_object(reference, fleet.index_of_mrid, fleet.index_of_name, UNKNOWN_DEVICE)}
        for reference in trigger.usage_points:
            point = find_object(reference, fleet.usage_point_of_mrid, fleet.usage_point_of_name, UNKNOWN_USAGE_POINT)
            there = set(indices_of(fleet.meters_at(point)).tolist())
            if meters is not None and not meters <= there:
                raise Refusal.because(
                    "2.13",
                    f"MeterReadings names {trigger.meters[0]} and {reference}, which do not belong together",
                    trigger.meters[0].object_id,
                )
            meters = meters or there
        return None if meters is None else np.array(sorted(meters), np.int64)

    def _reading_triggers(
        self,
        trigger: Trigger,
        deliverable: Deliverable,
        meters: Indices,
        spans: Sequence[Span],
        is_timed: bool,
        now: datetime,
        history: FieldHistory,
        observation: Observation | None,
    ) -> list[Moment]:
        """The values of the trigger's type, meter by meter in their order, each instant once."""
        if not trigger.reading.takes(self._source, SCHEDULED if is_timed else ON_DEMAND):
            return []
        indices = indices_of(meters)
        kinds = kind_of(self._fleet, indices)
        installed = installed_of_kinds(self._fleet)
        found: dict[int, list[Moment]] = {}
        count = 0
        for kind in np.unique(kinds).tolist():
            if not deliverable.of_kind[kind]:
                continue
            series: list[Series] = []
            for start, end in spans if is_timed else [(now, now)]:
                given = {"calendar": self._fleet.calendar, "installed": installed[kind], "now": now}
                series += (
                    period_series(deliverable.channels, start, end, **given)
                    if is_timed
                    else latest_series(deliverable.channels, **given)
                )
            chosen = indices[kinds == kind]
            count += len(chosen) * sum(len(one.stamps) for one in series)
            _check_count(count)
            for block in reading_blocks(self._fleet, chosen, series, history, observation=observation):
                for row, meter in enumerate(block.meters.tolist()):
                    moments: dict[int, TriggerReading] = {}
                    if row in block.observed:
                        for one in block.observed[row]:
                            for place, (stamp, value) in enumerate(
                                zip(one.stamps.tolist(), one.values.tolist(), strict=True)
                            ):
                                reading = TriggerReading(value, tuple(one.qualities.get(place, ())))
                                moments.setdefault(stamp, reading)
                    else:
                        for number, values in enumerate(block.values):
                            own = block.own_stamps[number] if block.own_stamps else None
                            stamps = series[number].stamps if own is None else own[row]
                            for stamp, value in zip(stamps.tolist(), values[row].tolist(), strict=True):
                                moments.setdefault(stamp, TriggerReading(value))
                    found[meter] = [
                        Moment(meter, instant_of(stamp), True, reading=reading)
                        for stamp, reading in sorted(moments.items())
                    ]
        return [moment for meter in indices.tolist() for moment in found.get(meter, ())]

    def _event_triggers(
        self, trigger: Trigger, meters: Indices, spans: Sequence[Span], is_timed: bool, now: datetime, work: UnitOfWork
    ) -> list[Moment]:
        """The events of the trigger's type, stored and of the field, meter by meter."""
        errors: list[Error] = []
        patterns = type_patterns(trigger.event_types, errors)
        if errors:
            raise Refusal(*errors)
        fleet = self._fleet
        if not is_timed:
            spans = [(now - timedelta(days=KEPT_DAYS), now)]
        periods = tuple(Period(start, end) for start, end in spans if start < end)
        if not periods:
            return []
        of_field = find_field_events(self._events, meters, patterns, periods, now, work)
        _check_count(len(of_field))
        is_everyone = isinstance(meters, range) and len(meters) == len(fleet)
        selection = EventSelection(
            devices=None if is_everyone else frozenset(mrid.decode() for mrid in fleet.mrids(indices_of(meters))),
            type_patterns=patterns,
            periods=[(period.start, period.end) for period in periods],
            until=now,
        )
        found: dict[int, list[Moment]] = {}
        stored = work.events.find(selection, MOST_MOMENTS + 1)
        for count, event in enumerate([*stored, *end_device_events(of_field, fleet)], 1):
            _check_count(count)
            index = fleet.index_of_mrid(event.device_mrid)
            if index is not None:  # a database may hold meters of another fleet
                found.setdefault(index, []).append(Moment(index, event.created, True, event=event))
        return [
            moment
            for meter in (indices_of(meters).tolist() if not is_everyone else sorted(found))
            for moment in sorted(found.get(meter, ()), key=lambda one: one.at)
        ]


def _check(trigger: Trigger) -> None:
    """Raises Refusal (1.8) for a MeterReadings part that does not say what the trigger is."""
    kinds = [
        name for name, there in (("EndDeviceEvents", trigger.event_types), ("Readings", trigger.reading_type)) if there
    ]
    where = "GetMeterReadings/MeterReadings"
    if trigger.is_trigger is False:
        raise Refusal.because(
            "1.8",
            f"{where}/isCoincidentTrigger is false, but the part describes the trigger of coincident readings: "
            "say true, or leave it out; plain readings need no MeterReadings",
        )
    if not kinds:
        raise Refusal.because(
            "1.8", f"{where} names no trigger: it needs Readings with a ReadingType, or EndDeviceEvents with a type"
        )
    if len(kinds) > 1:
        raise Refusal.because(
            "1.8", f"{where} names both Readings and EndDeviceEvents; readings can coincide with one trigger only"
        )


def _check_count(count: int) -> None:
    if count > MOST_MOMENTS:
        raise Refusal.because(
            "3.1",
            f"the request selects more than {MOST_MOMENTS:,} meter readings at the time of a trigger; "
            "ask for a shorter period or fewer meters",
        )


def _is_read(channel: Channel, trigger: Channel | None, *, registers: bool, intervals: bool) -> bool:
    """The trigger's own type is told as the trigger."""
    if trigger is not None and channel.reading_type == trigger.reading_type:
        return False
    return registers if channel.kind is ChannelKind.REGISTER else intervals


def _for_all(triggers: Sequence[Moment], meters: Indices) -> list[Moment]:
    """Every trigger for all meters: first the one whose it is, whether it is one of them or not."""
    indices = indices_of(meters).tolist()
    _check_count(len(triggers) * (len(indices) + 1))
    wanted = set(indices)
    moments: list[Moment] = []
    for trigger in sorted(triggers, key=lambda one: one.at):
        moments.append(replace(trigger, is_read=trigger.meter in wanted))
        moments += [Moment(meter, trigger.at, False) for meter in indices if meter != trigger.meter]
    return moments


def _missing(recipe: CoincidentRecipe) -> list[Error]:
    """An Error (5.7) for each meter that lacks values at the time of a trigger."""
    instants: dict[int, list[str]] = {}
    for moment, _, is_missing in recipe.readings():
        if is_missing:
            local = moment.at.astimezone(recipe.fleet.calendar.zone)
            instants.setdefault(moment.meter, []).append(local.isoformat())
    errors = []
    for index in list(instants)[:_MOST_METERS_MISSING]:
        meter = recipe.fleet.meter(index)
        at = instants[index]
        more = f" and {len(at) - _MOST_INSTANTS} more" if len(at) > _MOST_INSTANTS else ""
        errors.append(
            Error(
                "5.7",
                f"meter {meter.name} lacks values at the time of a trigger: {', '.join(at[:_MOST_INSTANTS])}{more}",
                Level.WARNING,
                ObjectId(meter.mrid, "uuid", "Meter"),
            )
        )
    if len(instants) > _MOST_METERS_MISSING:
        rest = len(instants) - _MOST_METERS_MISSING
        errors.append(Error("5.7", f"{rest} more meters lack values at the time of a trigger", Level.WARNING))
    return errors
