"""EndDeviceEvents that another system tells of: taken in as events of our meters (61968-9:2013, clause 5.2).

An event message is acknowledged (OK, 0.3), whatever we can do with it (61968-100: the event pattern); what could not be
taken in is said as warnings. Our readings, where the standard is silent: an event keeps its mRID and is taken once,
however often it comes; without an mRID its device, type and instant tell it from others. What was changed or closed
replaces what is known of it and is news where nothing is; what was canceled or deleted is not listed any more. What
a control of ours caused belongs to the control: nobody else changes it. Subscribers are told as of any other event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from headend.operations.events.publish_events import NOUN, EventPublication
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import find_targets
from headend.operations.identifiers import identifier
from headend.operations.references import ObjectReference
from headend.operations.reply import Error, Level, ObjectId, Reply, Result
from headend.store import EndDeviceEvent, UnitOfWork
from simulator.cim.event_catalogue import UnknownEventType, find_event_type
from simulator.fleet import Fleet

RECEIVED_VERBS = ("created", "changed", "canceled", "closed", "deleted")
_NEWS = frozenset({"created", "changed", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEvent:
    """One event as the message tells it."""

    path: str
    """Where it stands in the message, for those who look for it."""
    event_type: str
    """A code or a mnemonic."""
    created: datetime
    device: ObjectReference | None = None
    """Assets; None: the meter at the usage point is meant."""
    usage_point: ObjectReference | None = None
    mrid: str | None = None
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None
    severity: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    user_id: str | None = None

    @property
    def object_id(self) -> ObjectId | None:
        """What an Error says the event is."""
        return None if self.mrid is None else ObjectId(self.mrid, "uuid", "EndDeviceEvent")


@dataclass(slots=True)
class _Taken:
    """What becomes of the events of one message."""

    new: dict[str, EndDeviceEvent] = field(default_factory=dict)
    """By mRID, as all others."""
    replaced: dict[str, EndDeviceEvent] = field(default_factory=dict)
    gone: dict[str, EndDeviceEvent] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    """What was told before."""


@dataclass(frozen=True, slots=True)
class ReceiveEvents:
    """Takes in the events of other systems."""

    fleet: Fleet
    events: EventPublication

    def take_in(
        self,
        verb: str,
        received: Sequence[ReceivedEvent],
        correlation_id: str | None,
        now: datetime,
        work: UnitOfWork,
    ) -> Reply:
        """`verb` is that of the message, one of RECEIVED_VERBS. The reply names what was taken in, or known before."""
        masters = MasterMeters(self.fleet, work, now)
        warnings = [] if received else [_warning("1.7", "the Payload holds no EndDeviceEvent", None)]
        told = [
            (one, event)
            for one in received
            if (event := self._event(one, masters, correlation_id, warnings)) is not None
        ]
        known = {one.mrid: one for one in work.events.of_mrids({event.mrid for _, event in told})}
        taken = _Taken()
        for one, event in told:
            _sort(verb, one, event, known, taken, warnings)
        self._keep(taken, now, work)
        self._publish(verb, taken, correlation_id, now, work)
        kept = dict.fromkeys((*taken.new, *taken.replaced, *taken.gone, *taken.known))
        return Reply(
            Result.OK,
            (Error("0.3", "taken note of", Level.INFORM), *warnings),
            tuple(ObjectId(mrid, "uuid", "EndDeviceEvent") for mrid in kept),
        )

    def _event(
        self, one: ReceivedEvent, masters: MasterMeters, correlation_id: str | None, warnings: list[Error]
    ) -> EndDeviceEvent | None:
        """The event as it is kept; None, with a warning, where that cannot be."""
        index = self._meter(one, masters, warnings)
        if index is None:
            return None
        try:
            event_type = find_event_type(one.event_type, self.fleet.class_at(index).end_device_type)
        except UnknownEventType as error:
            warnings.append(_warning("1.8", f"{one.path}/EndDeviceEventType: {error}", one.object_id))
            return None
        meter, code = self.fleet.meter(index), event_type.code
        mrid = one.mrid or identifier(
            self.fleet.spec.seed, "received event", meter.mrid, one.created, code, one.issuer_id, one.issuer_tracking_id
        )
        return EndDeviceEvent(
            mrid=mrid,
            device_mrid=meter.mrid,
            type_code=code,
            created=one.created,
            usage_point_mrid=meter.usage_point_mrid,
            issuer_id=one.issuer_id,
            issuer_tracking_id=one.issuer_tracking_id,
            reason=one.reason,
            severity=one.severity,
            details=one.details,
            correlation_id=correlation_id,
            user_id=one.user_id,
        )

    def _meter(self, one: ReceivedEvent, masters: MasterMeters, warnings: list[Error]) -> int | None:
        """Its fleet index: that of the device, or of the one meter at the usage point."""
        if one.device is None and one.usage_point is None:
            warnings.append(_warning("5.8", f"{one.path} names no Assets and no UsagePoint", one.object_id))
            return None
        devices = () if one.device is None else (one.device,)
        points = () if one.device is not None or one.usage_point is None else (one.usage_point,)
        targets = find_targets(self.fleet, devices, points, elsewhere=masters)
        warnings += [
            replace(error, level=Level.WARNING, details=f"{one.path}: {error.details}") for error in targets.errors
        ]
        if len(targets.meters) != 1:
            if not targets.errors:
                place = (*devices, *points)[0]
                many = f"{place} has {len(targets.meters)} meters; an event is of one"
                warnings.append(_warning("2.29", f"{one.path}: {many}", place.object_id))
            return None
        return int(targets.meters[0])

    def _keep(self, taken: _Taken, now: datetime, work: UnitOfWork) -> None:
        work.events.remove([*taken.replaced, *taken.gone])
        work.events.add([*taken.new.values(), *taken.replaced.values()])
        # What nobody has been told yet is not told any more, or told as it is now.
        work.outbox.withdraw(NOUN, frozenset(taken.gone), now)

    def _publish(self, verb: str, taken: _Taken, correlation_id: str | None, now: datetime, work: UnitOfWork) -> None:
        self.events(work, tuple(taken.new.values()), now)
        if taken.replaced:
            self.events.publish_changed(verb, list(taken.replaced.values()), correlation_id, now, work)


def _sort(
    verb: str,
    one: ReceivedEvent,
    event: EndDeviceEvent,
    known: Mapping[str, EndDeviceEvent],
    taken: _Taken,
    warnings: list[Error],
) -> None:
    """Where an event belongs among those that are taken in, for what the message says happened to it."""
    before = known.get(event.mrid)
    if before is not None and verb != "created" and before.control_mrid is not None:
        cause = f"it is of our EndDeviceControl {before.control_mrid}"
        warnings.append(_warning("2.15", f"{one.path}: event {event.mrid} is not {verb}: {cause}", one.object_id))
    elif verb not in _NEWS:
        if before is not None:
            taken.gone[event.mrid] = before
    elif before is None:
        taken.new.setdefault(event.mrid, event)
    elif verb == "created":
        taken.known.append(event.mrid)
    else:
        taken.replaced[event.mrid] = event


def _warning(code: str, details: str, object_id: ObjectId | None) -> Error:
    return Error(code, details, Level.WARNING, object_id)
