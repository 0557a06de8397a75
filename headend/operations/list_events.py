"""Get EndDeviceEvents: which events a request profile selects (61968-9:2013, clause 5.2 and Annex J).

Our readings: without a TimeSchedule all events that are kept; both ends of a period belong to it, so that a client on
a stepped clock that asks up to the very instant of an event gets it; oldest first. Without a target, events of all
devices; a filter's values are OR, different filters are AND.
"""

from dataclasses import dataclass
from datetime import datetime

from headend.operations.meter_targets import find_targets, unknown_object
from headend.operations.options import unknown_options
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Reply
from headend.store import EndDeviceEvent, EventSelection, UnitOfWork
from simulator.fleet import Fleet

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
    """The reply and the events, oldest first."""

    reply: Reply
    events: tuple[EndDeviceEvent, ...]


def list_events(query: EndDeviceEventsQuery, fleet: Fleet, now: datetime, work: UnitOfWork) -> EndDeviceEventsAnswer:
    """The events that the query selects; references to unknown objects are errors beside them.

    Raises Refusal where no reference of a kind is known.
    """
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
    events = tuple(
        event
        for event in work.events.find(selection)
        if (not query.events or any(wanted.takes(event) for wanted in query.events)) and devices.take(event, fleet)
    )
    return EndDeviceEventsAnswer(Reply.of_parts(True, [*errors, *unknown_options(query.options)]), events)


@dataclass(frozen=True, slots=True)
class _Devices:
    """Whose events are wanted: those named, and those that measure a commodity."""

    named: frozenset[str]
    """mRIDs."""
    commodities: frozenset[int]
    are_all: bool
    """No target was given, or the commodities are those of the whole fleet."""

    @property
    def mrids(self) -> frozenset[str] | None:
        """What the store is asked for; None for all, as meters of a commodity are too many to name."""
        return None if self.are_all or self.commodities else self.named

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
        commodities=frozenset(wanted),
        are_all=wanted == measured or not (is_named or query.others or query.service_kinds),
    )


def _type_patterns(types: tuple[ObjectReference, ...], errors: list[Error]) -> list[str]:
    """Four-part codes in which 0 or * is any; a type that is none is an error beside the others."""
    patterns = []
    for reference in types:
        codes = [code for code in (reference.mrid, *(name.name for name in reference.names)) if code]
        code = next((code for code in codes if _is_pattern(code)), None)
        if code is None:
            errors.append(
                Error(
                    "1.8",
                    f"{reference}: an event type is four numbers such as 3.31.0.68, with 0 or * for any",
                    object_id=reference.object_id,
                )
            )
        else:
            patterns.append(code)
    return patterns


def _is_pattern(code: str) -> bool:
    parts = code.split(".")
    return len(parts) == 4 and all(part == "*" or (part.isascii() and part.isdigit()) for part in parts)
