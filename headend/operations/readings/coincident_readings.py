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
from datetime import datetime
from typing import Final

import numpy as np

from headend.operations.events.field_events import FieldEventSource
from headend.operations.events.field_facts import field_history
from headend.operations.fleet.hung_where_asked import hung_where_asked
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import UNKNOWN_DEVICE, UNKNOWN_USAGE_POINT, Indices
from headend.operations.options import read_options
from headend.operations.readings.coincidence_triggers import Moment, check_count, event_triggers, reading_triggers
from headend.operations.readings.deliverable_types import delivered_by_default
from headend.operations.readings.meter_readings_query import MeterReadingsQuery, ReadingLimits, Trigger
from headend.operations.readings.reading_times import (
    ON_DEMAND,
    SCHEDULED,
    ReadingTimes,
    Span,
    common,
    reading_times,
    span_of,
)
from headend.operations.readings.wanted_qualities import wanted_qualities
from headend.operations.references import find_object
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId, Reply
from headend.store import UnitOfWork
from simulator.coincident import CoincidentReading, coincident_readings
from simulator.collected import collected_at
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of
from simulator.local_time import epoch_seconds
from simulator.meter_kinds import installed_of_kinds, kind_of
from simulator.observation import Observation
from simulator.quantities import Channel, ChannelKind

COINCIDENT: Final = "other"
"""ReadingReasonKind of registers that were read because of a trigger; the standard has no word of its own for it."""

_AT_ONCE: Final = 128
"""So many moments are read together: each has an instant of its own, and all are worked out for all meters of them."""
_MOST_METERS_MISSING: Final = 1_000
_MOST_INSTANTS: Final = 5


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
        masters = MasterMeters(self._fleet, work, now)
        query, targets = query.with_ids(self._fleet, masters)
        errors = list(targets.errors)
        if errors and not len(targets.meters):
            raise Refusal(*errors)
        times = reading_times(query.readings, query.periods, self._source, now, reason=COINCIDENT)
        spans = times.asked
        if trigger.reading.period is not None:
            part = span_of(trigger.reading.period, now)
            spans = common(spans, [part]) if spans else (part,)
        hung = hung_where_asked(query, targets.meters, spans, masters)
        meters = hung.meters
        its_own = self._of_trigger(trigger)
        if its_own is not None and not query.names_targets:
            meters = its_own
        triggering = meters if its_own is None else its_own
        is_timed = bool(times.asked) or trigger.reading.period is not None
        self._limits.check(meters, spans)
        history = field_history(self._fleet, meters if its_own is None else range(len(self._fleet)), work)
        deliverable = query.deliverable(self._fleet, meters, self._delivered, history)
        errors += deliverable.errors
        if query.reading_types and not deliverable.channels:
            raise Refusal(*errors)
        qualities = wanted_qualities(query.qualities, errors) if query.qualities else None
        observation = collected_at(
            self._fleet, history, epoch_seconds(now), answered_now=not is_timed, mounted=hung.windows
        )
        channel, triggers, lacking = self._triggers(
            query, trigger, triggering, spans if is_timed else None, now, work, history, observation
        )
        errors += lacking
        if options.latest_value:
            triggers = list({one.meter: one for one in triggers}.values())
        recipe = CoincidentRecipe(
            fleet=self._fleet,
            moments=triggers if its_own is None else _for_all(triggers, meters),
            channels=deliverable.channels,
            of_kind=tuple(
                tuple(number for number in numbers if _is_read(deliverable.channels[number], channel, times))
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

    def _triggers(
        self,
        query: MeterReadingsQuery,
        trigger: Trigger,
        meters: Indices,
        spans: Sequence[Span] | None,
        now: datetime,
        work: UnitOfWork,
        history: FieldHistory,
        observation: Observation | None,
    ) -> tuple[Channel | None, list[Moment], list[Error]]:
        """The triggers of these meters, of which channel they are, and what is to be said of those that are missing.

        spans: None for the latest value, or the events that are kept. Raises Refusal.
        """
        if trigger.reading_type is None:
            return None, event_triggers(self._events, meters, trigger.event_types, spans, now, work), []
        found = query.found_deliverable(self._fleet, [trigger.reading_type], meters, history)
        if not found.channels:
            raise Refusal(*found.errors)
        if not trigger.reading.takes(self._source, ON_DEMAND if spans is None else SCHEDULED):
            return found.channels[0], [], list(found.errors)
        moments, missing = reading_triggers(self._fleet, meters, found, spans, now, history, observation)
        return found.channels[0], moments, [*found.errors, *missing]

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
                details = f"MeterReadings names {trigger.meters[0]} and {reference}, which do not belong together"
                own, other = trigger.meters[0].object_id, reference.object_id
                raise Refusal(Error("2.13", details, object_id=own, related_id=other))
            meters = meters or there
        return None if meters is None else np.array(sorted(meters), np.int64)


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


def _is_read(channel: Channel, trigger: Channel | None, times: ReadingTimes) -> bool:
    """Whether a channel passes the conditions. The trigger's own type is told as the trigger."""
    if trigger is not None and channel.reading_type == trigger.reading_type:
        return False
    return times.takes_registers if channel.kind is ChannelKind.REGISTER else times.takes_intervals


def _for_all(triggers: Sequence[Moment], meters: Indices) -> list[Moment]:
    """Every trigger for all meters: first the one whose it is, whether it is one of them or not."""
    indices = indices_of(meters).tolist()
    check_count(len(triggers) * (len(indices) + 1))
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
