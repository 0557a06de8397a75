"""Create EndDeviceControls: disconnect and connect the supply of one or many meters (61968-9:2013, clause 5.4).

The switch obeys at once. While it is open no energy flows, which is kept as a window per device; the event that tells
of it is created in the same unit of work, and with it, for every subscriber, the message that publishes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from headend.operations.identifiers import identifier
from headend.operations.meter_targets import Indices, Targets, find_targets
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId, Reply
from headend.store import ControlOutcome, EndDeviceControl, EndDeviceEvent, UnitOfWork
from simulator.cim.end_device_control_type import EndDeviceControlType, InvalidControlType
from simulator.device import Outcome, SwitchPosition, UnsupportedControl, operate
from simulator.fleet import Fleet

CAUSE = "remote switch"
"""Cause of the windows without supply that a disconnect opens."""

POSITION = "contactorPosition"
"""EndDeviceEventDetail that tells how the switch stands after the command: Closed or Opened."""

_CONTACTOR = {SwitchPosition.CONNECTED: "Closed", SwitchPosition.DISCONNECTED: "Opened"}

SUCCEEDED = "succeeded"

Publish = Callable[[UnitOfWork, Sequence[EndDeviceEvent], datetime], None]
"""Queues the message that tells the subscribers of these events, in the unit of work that caused them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """One EndDeviceControl as a client sends it."""

    type_code: str
    """As the client spelled it: `3.31.0.23`, `0.31.0.23` or `*.31.0.23`."""
    mrid: str | None = None
    end_devices: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    groups: tuple[ObjectReference, ...] = ()
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None
    start: datetime | None = None
    """When it is to happen; absent or past is now."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose command it is, from the request's Header."""

    source: str | None
    correlation_id: str | None


class ControlDevices:
    """Carries controls out on a fleet."""

    def __init__(self, fleet: Fleet, publish: Publish) -> None:
        self._fleet = fleet
        self._publish = publish

    def create(self, requests: Sequence[ControlRequest], sender: Sender, now: datetime, work: UnitOfWork) -> Reply:
        """Carry out what can be, one Error for each device or control that cannot.

        The reply's IDs are the mRIDs of the controls that were carried out on at least one device. Raises Refusal
        where nothing could be done; nothing is then kept of the message.
        """
        errors: list[Error] = []
        ids: list[ObjectId] = []
        events: list[EndDeviceEvent] = []
        for request in requests:
            try:
                control, its_events = self._carry_out(request, sender, now, work, errors)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            ids.append(ObjectId(control.mrid, "uuid", "EndDeviceControl"))
            events += its_events
        if not ids:
            raise Refusal(*errors)
        self._publish(work, events, now)
        return Reply.of_parts(True, errors, ids)

    def _carry_out(
        self, request: ControlRequest, sender: Sender, now: datetime, work: UnitOfWork, errors: list[Error]
    ) -> tuple[EndDeviceControl, list[EndDeviceEvent]]:
        control_type = _control_type(request.type_code)
        if request.start is not None and request.start > now:
            raise Refusal.because(
                "5.2",
                f"primaryDeviceTiming/interval/start is {request.start.isoformat()}, in the future (it is "
                f"{now.isoformat()}); controls are carried out at once here, so leave it out",
                _id_of(request),
            )
        if not (request.end_devices or request.usage_points or request.groups):
            raise Refusal.because(
                "1.7",
                "the EndDeviceControl names no device: EndDevices or UsagePoints is needed",
                _id_of(request),
            )
        targets = self._with_switch(
            find_targets(self._fleet, request.end_devices, request.usage_points, request.groups)
        )
        if not len(targets.meters):
            raise Refusal(*targets.errors)
        control = EndDeviceControl(
            mrid=request.mrid or identifier(self._fleet.spec.seed, "control", work.controls.count()),
            type_code=control_type.code,
            accepted=now,
            executed=now,
            issuer_id=request.issuer_id,
            issuer_tracking_id=request.issuer_tracking_id,
            reason=request.reason,
            correlation_id=sender.correlation_id,
            source=sender.source,
        )
        if work.controls.get(control.mrid) is not None:
            raise Refusal.because(
                "2.15", f"there is an EndDeviceControl with mRID {control.mrid!r} already", _id_of(request)
            )
        devices = self._mrids(targets.meters)
        outcomes = _operate(control_type, devices, now, work)  # the last thing that may refuse: it writes
        errors += targets.errors
        work.controls.add(
            control,
            [
                ControlOutcome(device, SUCCEEDED, outcome.event.code)
                for device, outcome in zip(devices, outcomes, strict=True)
            ],
        )
        events = [
            self._event(control, index, device, outcome)
            for index, device, outcome in zip(np.asarray(targets.meters), devices, outcomes, strict=True)
        ]
        work.events.add(events)
        return control, events

    def _with_switch(self, targets: Targets) -> Targets:
        """The targets that have a switch; each other one is an error (5.2), since nothing is attempted there."""
        indices = np.asarray(targets.meters)
        switched = np.array([one.has_switch for one in self._fleet.classes])[self._fleet.class_of(indices)]
        if switched.all():
            return targets
        without = [
            Error(
                "5.2",
                f"{mrid} is a meter of class {self._fleet.class_at(index).name}, which has no switch",
                object_id=ObjectId(mrid, "uuid", "EndDevice"),
            )
            for index, mrid in zip(indices[~switched].tolist(), self._mrids(indices[~switched]), strict=True)
        ]
        return Targets(indices[switched], (*targets.errors, *without))

    def _mrids(self, meters: Indices) -> list[str]:
        return [mrid.decode() for mrid in self._fleet.mrids(meters)]

    def _event(self, control: EndDeviceControl, index: int, device: str, outcome: Outcome) -> EndDeviceEvent:
        return EndDeviceEvent(
            mrid=identifier(self._fleet.spec.seed, "event", control.mrid, device),
            device_mrid=device,
            type_code=outcome.event.code,
            created=control.accepted,
            usage_point_mrid=self._fleet.meter(int(index)).usage_point_mrid,
            issuer_id=control.issuer_id,
            issuer_tracking_id=control.issuer_tracking_id,
            reason=control.reason,
            details=((POSITION, _CONTACTOR[outcome.position]),),
            correlation_id=control.correlation_id,
        )


def _operate(
    control_type: EndDeviceControlType, devices: Sequence[str], now: datetime, work: UnitOfWork
) -> list[Outcome]:
    """Move each switch and keep the windows without supply. Raises Refusal (2.29) for a control we cannot do."""
    is_open = work.interruptions.open_windows(devices)
    try:
        outcomes = [
            operate(SwitchPosition.DISCONNECTED if device in is_open else SwitchPosition.CONNECTED, control_type)
            for device in devices
        ]
    except UnsupportedControl as unsupported:
        raise Refusal.because("2.29", str(unsupported)) from unsupported
    moved = [device for device, outcome in zip(devices, outcomes, strict=True) if outcome.moved]
    opened = [device for device in moved if device not in is_open]
    work.interruptions.open_many(opened, now, CAUSE)
    work.interruptions.close_many([device for device in moved if device in is_open], now)
    return outcomes


def _control_type(code: str) -> EndDeviceControlType:
    if not code:
        raise Refusal.because("1.7", "EndDeviceControlType has no ref: the control does not say what is to be done")
    try:
        return EndDeviceControlType.parse(code)
    except InvalidControlType as error:
        raise Refusal.because("1.8", f"EndDeviceControlType ref {code!r}: {error}") from error


def _id_of(request: ControlRequest) -> ObjectId | None:
    return ObjectId(request.mrid, "uuid", "EndDeviceControl") if request.mrid else None
