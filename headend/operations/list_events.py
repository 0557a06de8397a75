"""Get EndDeviceEvents: which events a request profile selects (61968-9:2013, clause 5.2 and Annex J).

Two sorts of events are listed alike: those that are stored, since somebody caused them, and those of the field, which
are worked out for the period that is asked for (`field_events`).

Our readings: without a TimeSchedule all stored events, and those of the field of the last 45 days, as long as a head
end keeps them; older ones are listed where a period says so. Both ends of a period belong to it, so that a client on a
stepped clock that asks up to the very instant of an event gets it; oldest first. What the head end has not heard of
yet is not listed. Without a target, events of all devices; a filter's values are OR, different filters are AND.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

import numpy as np

from headend.operations.field_events import KEPT_DAYS, FieldEventSource, end_device_events
from headend.operations.field_facts import field_history, stored_outages
from headend.operations.meter_targets import Indices, find_targets, unknown_object
from headend.operations.options import unknown_options
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Reply
from headend.store import EndDeviceEvent, EventSelection, UnitOfWork
from simulator.cim.event_catalogue import UnknownEventType, find_event_type
from simulator.field_events import FieldEvents, fits
from simulator.field_history import UNDISTURBED
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of
from simulator.local_time import epoch_seconds

_CODE_OF_CLASS = {
    "Customer": "2.22",
    "CustomerAccount": "2.19",
    "CustomerAgreement": "2.24",
    "ServiceLocation": "2.16",
    "ServiceCategory": "2.31",
}
"""Reply codes of the objects that this head end does not hold, by CIM class."""

_COMMODITIES = {"electricity": (1, 2), "gas": (7,), "water": (9,)}
"""What meters of a ServiceCategory/kind measure (Annex C); other kinds have no meters here."""

MOST_FIELD_EVENTS = 1_000_000
"""A request that would list more events of the field is refused (3.1)."""

_DAYS_AT_A_TIME = 64
"""So much of a long period is worked out before it is seen whether that is too much already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """One EndDeviceEvent of the request profile: its parts are AND."""

    mrid: str | None = None
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None
    severity: str | None = None

    def takes(self, event: EndDeviceEvent) -> bool:
        """Whether every part that is given agrees."""
        return all(
            wanted is None or wanted == actual
            for wanted, actual in (
                (self.mrid, event.mrid),
                (self.issuer_id, event.issuer_id),
                (self.issuer_tracking_id, event.issuer_tracking_id),
                (self.reason, event.reason),
                (self.severity, event.severity),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDeviceEventsQuery:
    """What a GetEndDeviceEvents request asks for, as the request profile says it."""

    meters: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    groups: tuple[ObjectReference, ...] = ()
    others: tuple[ObjectReference, ...] = ()
    """Customers, accounts, agreements, service locations and service categories named by mRID or Names."""
    service_kinds: tuple[str, ...] = ()
    """ServiceCategory/kind."""
    event_types: tuple[ObjectReference, ...] = ()
    events: tuple[EventFilter, ...] = ()
    periods: tuple[Period, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndDeviceEventsAnswer:
    """The reply and the events."""

    reply: Reply
    events: Iterable[EndDeviceEvent]
    """Oldest first; to be gone through once. They need the store no more."""
    at_most: int
    """There are no more than so many."""


def list_events(
    query: EndDeviceEventsQuery, source: FieldEventSource, now: datetime, work: UnitOfWork
) -> EndDeviceEventsAnswer:
    """The events that the query selects; references to unknown objects are errors beside them.

    Raises Refusal where no reference of a kind is known, and for more than a million events of the field.
    """
    fleet = source.fleet
    errors = [unknown_object(reference, _CODE_OF_CLASS[reference.object_type]) for reference in query.others]
    devices = _devices(query, fleet, errors)
    patterns = _type_patterns(query.event_types, errors)
    if (devices.mrids == frozenset() and errors) or (query.event_types and not patterns):
        raise Refusal(*errors)
    selection = EventSelection(
        devices=devices.mrids,
        type_patterns=patterns or None,
        periods=[(period.start, period.end) for period in query.periods] or None,
        until=now,
    )

    def is_wanted(event: EndDeviceEvent) -> bool:
        return not query.events or any(wanted.takes(event) for wanted in query.events)

    stored = [event for event in work.events.find(selection) if is_wanted(event) and devices.take(event, fleet)]
    of_field = _of_field(query, source, devices, patterns, now, work)
    worked_out = (event for event in end_device_events(of_field, fleet) if is_wanted(event))
    return EndDeviceEventsAnswer(
        Reply.of_parts(True, [*errors, *unknown_options(query.options)]),
        merge(stored, worked_out, key=lambda event: event.created),
        len(stored) + len(of_field),
    )


def _of_field(
    query: EndDeviceEventsQuery,
    source: FieldEventSource,
    devices: "_Devices",
    patterns: list[str],
    now: datetime,
    work: UnitOfWork,
) -> FieldEvents:
    """The events of the field that devices, types and periods select, and that are heard of by now."""
    fleet = source.fleet
    meters = devices.meters(fleet)
    history = field_history(fleet, meters, work) if stored_outages(fleet, work) else UNDISTURBED
    if source.is_silent(history):
        return FieldEvents.none()
    until = epoch_seconds(now)
    parts: list[FieldEvents] = []
    count = 0
    for after, last in _spans(query.periods, fleet.installed, now):
        for first in range(after, last, _DAYS_AT_A_TIME * 86_400):
            found = source.happened(meters, first, min(first + _DAYS_AT_A_TIME * 86_400, last), history)
            found = found.where(found.heard <= until)
            if patterns:
                found = found.where(np.any([fits(found.types, pattern) for pattern in patterns], axis=0))
            count += len(found)
            if count > MOST_FIELD_EVENTS:
                raise Refusal.because(
                    "3.1",
                    f"the request selects more than {MOST_FIELD_EVENTS:,} events; ask for a shorter period, fewer "
                    "devices or types",
                )
            parts.append(found)
    return FieldEvents.joined(parts)


def _spans(periods: tuple[Period, ...], installed: int, now: datetime) -> list[tuple[int, int]]:
    """The periods as spans (after, until] in epoch seconds, in order, those that overlap as one; not beyond now."""
    spans: list[tuple[int, int]] = []
    asked = [(period.start, min(period.end or now, now)) for period in periods] or [(None, now)]
    for start, end in asked:
        start = end - timedelta(days=KEPT_DAYS) if start is None else start
        # A whole second that lies at or after the start belongs to it: events have no fractions.
        after = max(_first_second(start), installed) - 1
        until = epoch_seconds(end)
        if after < until:
            spans.append((after, until))
    joined: list[tuple[int, int]] = []
    for after, until in sorted(spans):
        if joined and after <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((after, until))
    return joined


def _first_second(instant: datetime) -> int:
    """The first whole epoch second at or after an instant."""
    return epoch_seconds(instant) + (instant.microsecond > 0)


@dataclass(frozen=True, slots=True)
class _Devices:
    """Whose events are wanted: those named, and those that measure a commodity."""

    named: frozenset[str]
    """mRIDs."""
    named_meters: Indices
    commodities: frozenset[int]
    are_all: bool
    """No target was given, or the commodities are those of the whole fleet."""

    @property
    def mrids(self) -> frozenset[str] | None:
        """What the store is asked for; None for all, as meters of a commodity are too many to name."""
        return None if self.are_all or self.commodities else self.named

    def meters(self, fleet: Fleet) -> Indices:
        """Their fleet indices."""
        if self.are_all:
            return range(len(fleet))
        if not self.commodities:
            return self.named_meters
        measures = np.array([one.commodity in self.commodities for one in fleet.classes])
        everybody = np.arange(len(fleet))
        return np.union1d(everybody[measures[fleet.class_of(everybody)]], indices_of(self.named_meters))

    def take(self, event: EndDeviceEvent, fleet: Fleet) -> bool:
        """Whether the event is of one of them."""
        if self.are_all or not self.commodities or event.device_mrid in self.named:
            return True
        index = fleet.index_of_mrid(event.device_mrid)
        return index is not None and fleet.class_at(index).commodity in self.commodities


def _devices(query: EndDeviceEventsQuery, fleet: Fleet, errors: list[Error]) -> _Devices:
    """The devices that any target means. What is unknown is added to `errors`."""
    is_named = bool(query.meters or query.usage_points or query.groups)
    targets = find_targets(fleet, query.meters, query.usage_points, query.groups)
    errors += targets.errors
    measured = {one.commodity for one in fleet.classes}
    wanted = {code for kind in query.service_kinds for code in _COMMODITIES.get(kind, ())} & measured
    return _Devices(
        named=frozenset(mrid.decode() for mrid in fleet.mrids(targets.meters)) if is_named else frozenset(),
        named_meters=targets.meters if is_named else range(0),
        commodities=frozenset(wanted),
        are_all=wanted == measured or not (is_named or query.others or query.service_kinds),
    )


def _type_patterns(types: tuple[ObjectReference, ...], errors: list[Error]) -> list[str]:
    """Four-part codes in which 0 or * is any; a type that is none is an error beside the others."""
    patterns = []
    for reference in types:
        words = [word for word in (reference.mrid, *(name.name for name in reference.names)) if word]
        pattern = next((found for word in words if (found := _pattern(word)) is not None), None)
        if pattern is None:
            errors.append(
                Error(
                    "1.8",
                    f"{reference}: an event type is four numbers such as 3.31.0.68, with 0 or * for any, or a name "
                    f"such as RCDSwitch.-.Disconnected{_near(words)}",
                    object_id=reference.object_id,
                )
            )
        else:
            patterns.append(pattern)
    return patterns


def _pattern(word: str) -> str | None:
    """A pattern as it is; the name of an event type as the pattern of its code on any device."""
    parts = word.split(".")
    # Nothing has more than three digits; who sends a hundred means nothing that exists.
    if len(parts) == 4 and all(part == "*" or (part.isascii() and part.isdigit() and len(part) < 10) for part in parts):
        return word
    try:
        found = find_event_type(word)
    except UnknownEventType:
        return None
    return f"0.{found.domain}.{found.sub_domain}.{found.event_or_action}"


def _near(words: list[str]) -> str:
    """`; did you mean ...?` for what looks like the name of an event type."""
    for word in words:
        try:
            find_event_type(word)
        except UnknownEventType as error:
            _, mark, hint = str(error).partition("; did you mean")
            if mark:
                return f"{mark}{hint}"
    return ""
