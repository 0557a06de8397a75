"""Events that a tester wants to happen: any type at any meter, kept and told like those that a meter thought of.

Every type of the catalogue is taken, by code or by name, and every other combination of numbers that Annex E knows,
with a warning. So is what does not suit a device: a phase loss of a gas meter is a fine test of whoever receives it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from headend.operations.events.event_texts import reason, severity
from headend.operations.events.field_events import instant_of
from headend.operations.fleet.meter_targets import find_targets
from headend.operations.identifiers import identifier
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from headend.store import EndDeviceEvent, UnitOfWork
from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.cim.event_catalogue import UnknownEventType, find_event_type, find_events, is_listed
from simulator.fleet import Fleet
from simulator.spontaneous_events import device_sort

MOST_DEVICES = 100_000
"""One injection makes events at no more devices."""

Publish = Callable[[UnitOfWork, Sequence[EndDeviceEvent], datetime], None]
"""Queues the messages that tell of these events at an instant, in the unit of work that caused them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInjection:
    """What is to happen, and where. At least one device, usage point or group is named."""

    event_type: str
    """A code such as 3.12.0.257 as it is, or *.12.0.257 or Security.-.TamperDetected for each device's own type."""
    meters: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    groups: tuple[ObjectReference, ...] = ()
    created: datetime | None = None
    """When it happens in the device: None is now. What lies ahead is listed and told when its time has come."""
    severity: str | None = None
    """None: what is usual for the type; the same for `reason`."""
    reason: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class InjectedEvents:
    """What came of an injection."""

    events: tuple[EndDeviceEvent, ...]
    errors: tuple[Error, ...] = ()
    """References to unknown objects, beside those that were found."""
    warnings: tuple[str, ...] = ()
    """What a real fleet would not do."""


def inject_events(
    injection: EventInjection, fleet: Fleet, now: datetime, work: UnitOfWork, publish: Publish
) -> InjectedEvents:
    """Keep the events and queue the messages that tell of them.

    Raises Refusal: 1.8 for a type, instant or text that cannot be, 1.7 where no device is named, 2.4, 2.12 or 2.15
    where none of those named is known, 3.1 for too many.
    """
    _check_texts(injection)
    if not (injection.meters or injection.usage_points or injection.groups):
        raise Refusal.because("1.7", "no device is named: an event happens at a meter, a usage point or a group")
    targets = find_targets(fleet, injection.meters, injection.usage_points, injection.groups)
    meters = np.asarray(targets.meters, np.int64)
    if not len(meters):
        raise Refusal(*targets.errors) if targets.errors else Refusal.because("2.15", "the groups have no meters")
    if len(meters) > MOST_DEVICES:
        raise Refusal.because("3.1", f"{len(meters):,} devices are named; one injection takes {MOST_DEVICES:,}")
    created = injection.created or now
    installed = int(fleet.installed_of(meters).max())
    if created < instant_of(installed):
        raise Refusal.because(
            "1.8",
            f"the event is at {created.isoformat()}, but not every device was installed before "
            f"{instant_of(installed).isoformat()}",
        )
    types = _types(injection.event_type, fleet)
    events = _events(injection, created, types, fleet, meters, work.events.count())
    work.events.add(events)
    publish(work, events, max(created, now))
    return InjectedEvents(tuple(events), targets.errors, _warnings(types, fleet, meters))


def _types(words: str, fleet: Fleet) -> list[EndDeviceEventType]:
    """The event type for a meter of each class of the fleet."""
    try:
        return [find_event_type(words, one.end_device_type) for one in fleet.classes]
    except UnknownEventType as error:
        raise Refusal.because("1.8", f"EndDeviceEventType: {error}") from None


def _events(
    injection: EventInjection,
    created: datetime,
    types: Sequence[EndDeviceEventType],
    fleet: Fleet,
    meters: NDArray[np.int64],
    kept: int,
) -> list[EndDeviceEvent]:
    codes = [types[position].code for position in fleet.class_of(meters).tolist()]
    devices = zip(fleet.mrids(meters), fleet.usage_point_mrids(meters), codes, strict=True)
    return [
        EndDeviceEvent(
            # The number of events before it tells two alike at one instant apart.
            mrid=identifier(fleet.spec.seed, "injected event", kept + number, device.decode(), created, code),
            device_mrid=device.decode(),
            type_code=code,
            created=created,
            usage_point_mrid=usage_point.decode(),
            issuer_id=injection.issuer_id,
            issuer_tracking_id=injection.issuer_tracking_id,
            reason=reason(code) if injection.reason is None else injection.reason,
            severity=severity(code) if injection.severity is None else injection.severity,
            details=injection.details,
            user_id=injection.user_id,
        )
        for number, (device, usage_point, code) in enumerate(devices)
    ]


def _warnings(types: Sequence[EndDeviceEventType], fleet: Fleet, meters: NDArray[np.int64]) -> tuple[str, ...]:
    warnings: list[str] = []
    for position in np.unique(fleet.class_of(meters)).tolist():
        event_type, meter_class = types[position], fleet.classes[position]
        sort = device_sort(meter_class)
        if not is_listed(event_type):
            warnings.append(f"event type {event_type.code} ({event_type.mnemonic}) is in no list of Annex E")
        elif event_type.type not in (0, sort.end_device_type):
            warnings.append(
                f"event type {event_type.code} is of device type {event_type.type}; meters of class "
                f"{meter_class.name} are of type {sort.end_device_type}: write *.{event_type.code.partition('.')[2]}"
            )
        elif not sort.can_have(find_events(event_type.mnemonic)[0]):
            warnings.append(f"meters of class {meter_class.name} have no {event_type.mnemonic}")
    return tuple(dict.fromkeys(warnings))


def _check_texts(injection: EventInjection) -> None:
    """Raises Refusal (1.8) for what no message can carry."""
    texts = {
        "severity": injection.severity,
        "reason": injection.reason,
        "issuerID": injection.issuer_id,
        "issuerTrackingID": injection.issuer_tracking_id,
        "userID": injection.user_id,
        **{f"EndDeviceEventDetails/{name}": f"{name}{value}" for name, value in injection.details},
    }
    for name, text in texts.items():
        if text is not None and any(_cannot_be_written(letter) for letter in text):
            raise Refusal.because("1.8", f"{name}: {text!r} has a character that no XML can carry")


def _cannot_be_written(letter: str) -> bool:
    # XML 1.0, production 2: no controls but tab and line ends, no surrogates, no U+FFFE and U+FFFF.
    return (letter < " " and letter not in "\t\n\r") or "\ud800" <= letter <= "\udfff" or letter in "\ufffe\uffff"
