"""Get EndDeviceEvents: which events a request profile selects (61968-9:2013, clause 5.2 and Annex J).

Two sorts of events are listed alike: those that are stored, since somebody caused them, and those of the field, which
are worked out for the period that is asked for (`field_events`).

Our readings: without a TimeSchedule all stored events, and those of the field of the last 45 days, as long as a head
end keeps them; older ones are listed where a period says so. Both ends of a period belong to it, so that a client on a
stepped clock that asks up to the very instant of an event gets it; oldest first. What the head end has not heard of
yet is not listed. Without a target, events of all devices; a filter's values are OR, different filters are AND. The
IDs of the Request count where the profile names neither a target nor an event: they are meters, or events by mRID.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge

import numpy as np

from headend.operations.events.event_type_patterns import type_patterns
from headend.operations.events.field_events import FieldEventSource, end_device_events
from headend.operations.events.find_field_events import find_field_events
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import UNKNOWN_OTHER, Indices, find_targets
from headend.operations.master_data.classes import find_class
from headend.operations.options import RequestOption, read_options
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId, Reply
from headend.operations.request_ids import id_as_sent, identified_objects
from headend.store import EndDeviceEvent, EventSelection, UnitOfWork
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of

_COMMODITIES = {"electricity": (1, 2), "gas": (7,), "water": (9,)}
"""What meters of a ServiceCategory/kind measure (Annex C); other kinds have no meters here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """One EndDeviceEvent of the request profile: its parts are AND."""

    mrid: str | None = None
    names: tuple[str, ...] = ()
    """Events have no names here, but clients put an mRID there."""
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None
    severity: str | None = None

    def takes(self, event: EndDeviceEvent) -> bool:
        """Whether every part that is given agrees."""
        return (not self.names or event.mrid in self.names) and all(
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
    """Customers, accounts, agreements, service locations; service categories that are not given by kind alone."""
    service_kinds: tuple[str, ...] = ()
    """ServiceCategory/kind."""
    event_types: tuple[ObjectReference, ...] = ()
    events: tuple[EventFilter, ...] = ()
    periods: tuple[Period, ...] = ()
    ids: tuple[str, ...] = ()
    """Of the Request."""
    options: tuple[RequestOption, ...] = ()

    @property
    def names_nothing(self) -> bool:
        """Whether the profile has neither a target nor an event, so that the Request's IDs count."""
        return not (self.meters or self.usage_points or self.groups or self.others or self.service_kinds or self.events)


@dataclass(frozen=True, slots=True)
class EndDeviceEventsAnswer:
    """The reply and the events."""

    reply: Reply
    events: Iterable[EndDeviceEvent]
    """Oldest first; to be gone through once. They need the store no more."""
    at_most: int
    """There are no more than so many."""


def list_events(
    query: EndDeviceEventsQuery, source: FieldEventSource, now: datetime, work: UnitOfWork, *, strict: bool = False
) -> EndDeviceEventsAnswer:
    """The events that the query selects; references to unknown objects are errors beside them.

    strict: an option without effect is refused. Raises Refusal where no reference of a kind is known, for a bad option
    (1.8), and for more than a million events of the field (3.1).
    """
    fleet = source.fleet
    options = read_options(query.options, "EndDeviceEvents", strict=strict)
    errors: list[Error] = []
    identified: tuple[str, ...] = ()
    if query.ids and query.names_nothing:
        query, identified = _with_ids(query, fleet)
    devices = _devices(query, MasterMeters(fleet, work, now), errors)
    patterns = type_patterns(query.event_types, errors)
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
    of_field = find_field_events(source, devices.meters(fleet), patterns, query.periods, now, work)
    worked_out = (event for event in end_device_events(of_field, fleet) if is_wanted(event))
    events: Iterable[EndDeviceEvent] = merge(stored, worked_out, key=lambda event: event.created)
    if identified:
        events = list(events)
        _expect_found(identified, events, errors)
    return EndDeviceEventsAnswer(
        Reply.of_parts(True, errors, remarks=options.remarks),
        events,
        len(events) if isinstance(events, list) else len(stored) + len(of_field),
    )


def _with_ids(query: EndDeviceEventsQuery, fleet: Fleet) -> tuple[EndDeviceEventsQuery, tuple[str, ...]]:
    """The query with what the Request's IDs name, and those of them that can only be events."""
    found = identified_objects(fleet, query.ids)
    named = replace(
        query,
        meters=found.end_devices,
        usage_points=found.usage_points,
        groups=found.groups,
        events=tuple(EventFilter(mrid=text) for text in found.others),
    )
    return named, found.others


def _expect_found(identified: Iterable[str], events: Iterable[EndDeviceEvent], errors: list[Error]) -> None:
    """An error (2.15) for each ID that is no event of these. Raises Refusal where all are."""
    listed = {event.mrid for event in events}
    errors += [
        Error(
            UNKNOWN_OTHER,
            f"Request/ID {text!r} names no meter, usage point or group here, and no event that is selected",
            object_id=id_as_sent(text),
        )
        for text in identified
        if text not in listed
    ]
    if not listed:
        raise Refusal(*errors)


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
            return fleet.all_meters()
        if not self.commodities:
            return self.named_meters
        measures = np.array([one.commodity in self.commodities for one in fleet.classes])
        everybody = indices_of(fleet.all_meters())
        return np.union1d(everybody[measures[fleet.class_of(everybody)]], indices_of(self.named_meters))

    def take(self, event: EndDeviceEvent, fleet: Fleet) -> bool:
        """Whether the event is of one of them."""
        if self.are_all or not self.commodities or event.device_mrid in self.named:
            return True
        index = fleet.index_of_mrid(event.device_mrid)
        return index is not None and fleet.class_at(index).commodity in self.commodities


def _devices(query: EndDeviceEventsQuery, masters: MasterMeters, errors: list[Error]) -> _Devices:
    """The devices that any target means. What is unknown is added to `errors`."""
    fleet = masters.fleet
    is_named = bool(query.meters or query.usage_points or query.groups or query.others)
    meters = indices_of(range(0))
    if query.meters or query.usage_points or query.groups:
        targets = find_targets(fleet, query.meters, query.usage_points, query.groups, masters)
        errors += targets.errors
        meters = indices_of(targets.meters)
    for reference in query.others:
        try:
            meters = np.union1d(meters, masters.meters_of(reference))
        except Refusal as refusal:
            errors += refusal.errors
    errors += [
        Error(
            find_class("ServiceCategory").unknown_code,
            f"ServiceCategory/kind {kind!r}: no meter measures it; meters here are of {', '.join(_COMMODITIES)}",
            object_id=ObjectId(kind, "other", "ServiceCategory"),
        )
        for kind in dict.fromkeys(query.service_kinds)
        if kind not in _COMMODITIES
    ]
    measured = {one.commodity for one in fleet.classes}
    wanted = {code for kind in query.service_kinds for code in _COMMODITIES.get(kind, ())} & measured
    return _Devices(
        named=frozenset(mrid.decode() for mrid in fleet.mrids(meters)),
        named_meters=meters,
        commodities=frozenset(wanted),
        are_all=wanted == measured or not (is_named or query.service_kinds),
    )
