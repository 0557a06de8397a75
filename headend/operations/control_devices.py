"""Create EndDeviceControls: tell one or many meters what to do (61968-9:2013, clause 5.4).

What devices make of a command is worked out when it is accepted (see `device_stories`). What they have answered by then
is in the reply; what takes them longer is told by EndDeviceEvents, at the time at which it happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from headend.operations.device_stories import DeviceStories, Publish
from headend.operations.identifiers import identifier
from headend.operations.meter_targets import Targets, find_targets
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId, Reply
from headend.operations.stored_commands import stored_parameters
from headend.store import EndDeviceControl, UnitOfWork
from simulator.cim.end_device_control_type import EndDeviceControlType, InvalidControlType
from simulator.device import CommandKind, Course, Parameters, Result
from simulator.fleet import Fleet
from simulator.meter_class import MeterClass

_ELECTRICITY = 1


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
    """When it is to happen (primaryDeviceTiming); absent or past is now."""
    parameters: Parameters = field(default_factory=Parameters)
    """Whatever else it says."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose command it is, from the request's Header."""

    source: str | None
    correlation_id: str | None


class ControlDevices:
    """Carries controls out on a fleet."""

    def __init__(self, fleet: Fleet, publish: Publish) -> None:
        self._fleet = fleet
        self._stories = DeviceStories(fleet, publish)

    def create(self, requests: Sequence[ControlRequest], sender: Sender, now: datetime, work: UnitOfWork) -> Reply:
        """Carry out what can be, one Error for each device or control that cannot, as far as that is known by now.

        The reply's IDs are the mRIDs of the controls that at least one device was told. Where devices take time, an
        INFORM 0.3 says how many; the rest follows as events. Raises Refusal where no device was told anything; nothing
        is then kept of the message.
        """
        errors: list[Error] = []
        ids: list[ObjectId] = []
        done = pending = 0
        for request in requests:
            try:
                control, results = self._carry_out(request, sender, now, work, errors)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            ids.append(ObjectId(control.mrid, "uuid", "EndDeviceControl"))
            done += results.count(Result.SUCCEEDED)
            pending += results.count(None)
        if not ids:
            raise Refusal(*errors)
        if pending:
            follows = f"accepted; the results of {pending} devices follow as EndDeviceEvents"
            errors.append(Error("0.3", follows, Level.INFORM))
        return Reply.of_parts(done + pending > 0, errors, ids)

    def _carry_out(
        self, request: ControlRequest, sender: Sender, now: datetime, work: UnitOfWork, errors: list[Error]
    ) -> tuple[EndDeviceControl, list[Result | None]]:
        """The control and what each device answered; None: not yet."""
        control_type = _control_type(request.type_code)
        if not (request.end_devices or request.usage_points or request.groups):
            raise Refusal.because(
                "1.7",
                "the EndDeviceControl names no device: EndDevices or UsagePoints is needed",
                _id_of(request),
            )
        kind = CommandKind.of(control_type)
        targets = self._able(kind, find_targets(self._fleet, request.end_devices, request.usage_points, request.groups))
        if not len(targets.meters):
            raise Refusal(*targets.errors)
        control = self._control(request, control_type, kind, sender, now, work)
        telling = self._stories.tell(control, np.asarray(targets.meters), now, work)
        done = [course.done for course in telling.courses]
        failed = [
            _failure(device, course)
            for device, course, instant in zip(telling.devices, telling.courses, done, strict=True)
            if course.result is not Result.SUCCEEDED and instant <= now
        ]
        if len(failed) == len(done) and all(one.result is Result.NOT_ATTEMPTED for one in telling.courses):
            raise Refusal(*targets.errors, *failed)
        errors += [*targets.errors, *failed]
        self._stories.keep(replace(telling, control=replace(control, executed=max(done))), now, work)
        return control, [
            course.result if instant <= now else None for course, instant in zip(telling.courses, done, strict=True)
        ]

    def _control(
        self,
        request: ControlRequest,
        control_type: EndDeviceControlType,
        kind: CommandKind,
        sender: Sender,
        now: datetime,
        work: UnitOfWork,
    ) -> EndDeviceControl:
        """The control as it is kept. Raises Refusal (2.15) where its mRID is taken."""
        parameters, scheduled = request.parameters, request.start
        if kind.is_planned_by_device:
            # The device gets it now, whenever it is to act.
            parameters, scheduled = replace(parameters, start=parameters.start or request.start), None
        control = EndDeviceControl(
            mrid=request.mrid or identifier(self._fleet.spec.seed, "control", work.controls.count()),
            type_code=control_type.code,
            accepted=now,
            scheduled=scheduled if scheduled is not None and scheduled > now else None,
            issuer_id=request.issuer_id,
            issuer_tracking_id=request.issuer_tracking_id,
            reason=request.reason,
            correlation_id=sender.correlation_id,
            source=sender.source,
            parameters=stored_parameters(parameters),
        )
        if work.controls.get(control.mrid) is not None:
            raise Refusal.because(
                "2.15", f"there is an EndDeviceControl with mRID {control.mrid!r} already", _id_of(request)
            )
        return control

    def _able(self, kind: CommandKind, targets: Targets) -> Targets:
        """The targets that have what it takes; each other one is an error (5.2), since nothing is attempted there."""
        indices: NDArray[np.int64] = np.asarray(targets.meters)
        lacks = [_lacks(kind, one) for one in self._fleet.classes]
        able = np.array([what is None for what in lacks])[self._fleet.class_of(indices)]
        if able.all():
            return targets
        mrids = [mrid.decode() for mrid in self._fleet.mrids(indices[~able])]
        positions = self._fleet.class_of(indices[~able]).tolist()
        without = [
            _not_attempted(
                mrid, f"is a meter of class {self._fleet.classes[position].name}, which has {lacks[position]}"
            )
            for mrid, position in zip(mrids, positions, strict=True)
        ]
        return Targets(indices[able], (*targets.errors, *without))


def _lacks(kind: CommandKind, meter_class: MeterClass) -> str | None:
    """What a meter of a class has not but needs for a command; None: it has all."""
    if kind.needs_switch and not meter_class.has_switch:
        return "no switch"
    if kind.needs_home_network and meter_class.commodity != _ELECTRICITY:
        return "no home network"
    if kind is CommandKind.RESET_DEMAND and meter_class.commodity != _ELECTRICITY:
        return "no demand registers"
    return None


def _failure(mrid: str, course: Course) -> Error:
    if course.result is Result.NOT_ATTEMPTED:
        return _not_attempted(mrid, f"was not told: {course.why}")
    return Error("5.3", f"{mrid} could not do it: {course.why}", object_id=ObjectId(mrid, "uuid", "EndDevice"))


def _not_attempted(mrid: str, why: str) -> Error:
    return Error("5.2", f"{mrid} {why}", object_id=ObjectId(mrid, "uuid", "EndDevice"))


def _control_type(code: str) -> EndDeviceControlType:
    if not code:
        raise Refusal.because("1.7", "EndDeviceControlType has no ref: the control does not say what is to be done")
    try:
        return EndDeviceControlType.parse(code)
    except InvalidControlType as error:
        raise Refusal.because("1.8", f"EndDeviceControlType ref {code!r}: {error}") from error


def _id_of(request: ControlRequest) -> ObjectId | None:
    return ObjectId(request.mrid, "uuid", "EndDeviceControl") if request.mrid else None
