"""Events of the field as the head end lists and publishes them: worked out, never stored.

What happened is a function of the fleet's seed and of stored facts (`simulator.spontaneous_events`, outages). Here the
parts come together, and get identifiers that follow from meter, instant and type: the same event has the same mRID in a
list, in a message and in every process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headend.operations.events.event_texts import reason, severity
from headend.operations.fleet.meter_targets import Indices
from headend.operations.identifiers import identifier
from headend.store import EndDeviceEvent
from simulator.field_events import EventCause, FieldEvents
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.local_time import DAY_S
from simulator.outage_events import outage_events, outage_events_heard
from simulator.spontaneous_events import can_happen, spontaneous_events, spontaneous_events_heard

KEPT_DAYS = 45
"""Events are kept so long by the head end: nobody is told of older ones unless he asks for their very time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_A_TIME = 1_000


class FieldEventSource:
    """All events of a fleet that nobody stored. Safe to share between threads."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self._heard_in: dict[int, _Day] = {}  # by day since 1970

    def is_silent(self, history: FieldHistory) -> bool:
        """Whether there is no event at all."""
        return not history.outages and not can_happen(self.fleet)

    def happened(self, meters: Indices, after: int, until: int, history: FieldHistory) -> FieldEvents:
        """What happened at these meters in (after, until], epoch seconds."""
        return FieldEvents.joined(
            (
                spontaneous_events(self.fleet, meters, after, until, history.of_mounting()),
                outage_events(self.fleet, history, meters, after, until),
            )
        )

    def heard(self, after: int, until: int, history: FieldHistory) -> FieldEvents:
        """What the head end heard of from any meter in (after, until], whenever it happened.

        The days of a short span are kept: who asks every second has a day worked out once.
        """
        if self.is_silent(history):
            return FieldEvents.none()
        first, last = (after + 1) // DAY_S, until // DAY_S
        if last - first > 1:
            return FieldEvents.joined(
                (self._spontaneous(after, until, history), self._of_outages(after, until, history))
            )
        days = [self._of_day(day, history) for day in range(first, last + 1)]
        return FieldEvents.joined(
            part.heard_in(after, until) for day in days for part in (day.spontaneous, day.outages)
        )

    def _of_day(self, day: int, history: FieldHistory) -> "_Day":
        known = self._heard_in.get(day)
        if known is not None and known.facts == _facts(history):
            return known
        after, until = day * DAY_S - 1, (day + 1) * DAY_S - 1
        mounting = history.of_mounting()
        is_as_known = known is not None and known.mounting == mounting.interruptions
        found = _Day(
            known.spontaneous if known is not None and is_as_known else self._spontaneous(after, until, history),
            self._of_outages(after, until, history),
            _facts(history),
            mounting.interruptions,
        )
        # Two days: a new dictionary, since other threads may be reading the old one.
        self._heard_in = {each: kept for each, kept in self._heard_in.items() if each == day - 1} | {day: found}
        return found

    def _spontaneous(self, after: int, until: int, history: FieldHistory) -> FieldEvents:
        return spontaneous_events_heard(self.fleet, self.fleet.all_meters(), after, until, history.of_mounting())

    def _of_outages(self, after: int, until: int, history: FieldHistory) -> FieldEvents:
        return outage_events_heard(self.fleet, history, self.fleet.all_meters(), after, until)


@dataclass(frozen=True, slots=True)
class _Day:
    """What is heard in a day, given some facts."""

    spontaneous: FieldEvents
    outages: FieldEvents
    facts: object
    mounting: object
    """When meters hung nowhere, which spontaneous events follow from."""


def _facts(history: FieldHistory) -> object:
    """What events follow from besides the fleet: equal facts, equal events."""
    return (history.outages, history.interruptions) if history.outages or history.ever_unmounted else None


def end_device_events(events: FieldEvents, fleet: Fleet) -> Iterator[EndDeviceEvent]:
    """The events as everybody sees them, in their order, a thousand at a time in memory."""
    for first in range(0, len(events), _AT_A_TIME):
        part = events.where(slice(first, first + _AT_A_TIME))
        each = zip(
            fleet.mrids(part.meters),
            fleet.usage_point_mrids(part.meters),
            part.instants.tolist(),
            part.type_codes(),
            part.causes.tolist(),
            strict=True,
        )
        for mrid, usage_point, instant, code, cause in each:
            yield field_event(fleet, mrid.decode(), usage_point.decode(), instant, code, cause)


def field_event(
    fleet: Fleet, device_mrid: str, usage_point_mrid: str | None, instant: int, code: str, cause: int
) -> EndDeviceEvent:
    """One event of the field, at an epoch second, from an EventCause."""
    return EndDeviceEvent(
        mrid=identifier(fleet.spec.seed, "field event", device_mrid, instant, code),
        device_mrid=device_mrid,
        type_code=code,
        created=instant_of(instant),
        usage_point_mrid=usage_point_mrid,
        reason=reason(code, EventCause(cause)),
        severity=severity(code),
    )


def instant_of(epoch_second: int) -> datetime:
    """The aware instant of an epoch second."""
    return _EPOCH + timedelta(seconds=epoch_second)
