"""Create EndDeviceControls: tell one or many meters what to do (61968-9:2013, clause 5.4).

What devices make of a command is worked out when it is accepted (see `device_stories`). What they have answered by then
is in the reply; what takes them longer is told by EndDeviceEvents, at the time at which it happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from headend.operations.controls.control_life_cycle import control_id
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.controls.stored_commands import kind_of, stored_parameters
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import Targets, find_targets, required
from headend.operations.identifiers import identifier
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId, Reply
from headend.store import ControlSelection, EndDeviceControl, UnitOfWork
from simulator.cim.end_device_control_type import EndDeviceControlType, InvalidControlType
from simulator.device import CommandKind, Course, Parameters, Result
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
    document: str | None = None
    """All that its client wrote, apart from its devices, as text for whoever repeats it."""

    @property
    def references(self) -> tuple[ObjectReference, ...]:
        """All that it names as its devices."""
        return (*self.end_devices, *self.usage_points, *self.groups)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose command it is, from the request's Header."""

    source: str | None
    correlation_id: str | None


class ControlDevices:
    """Carries controls out on a fleet."""

    def __init__(
        self, stories: DeviceStories, publication: ControlPublication, most_devices: int | None = None
    ) -> None:
        """most_devices: of all controls of a message together; None: any number."""
        self._fleet = stories.fleet
        self._stories = stories
        self._publication = publication
        self._most_devices = most_devices

    def create(self, requests: Sequence[ControlRequest], sender: Sender, now: datetime, work: UnitOfWork) -> Reply:
        """Carry out what can be, one Error for each device or control that cannot, as far as that is known by now.

        The reply's IDs are the mRIDs of the controls that at least one device was told. Where devices take time, an
        INFORM 0.3 says how many; the rest follows as events. Raises Refusal where no device was told anything, or the
        devices are too many (3.1); nothing is then kept of the message.
        """
        errors: list[Error] = []
        ids: list[ObjectId] = []
        told: list[EndDeviceControl] = []
        done = pending = 0
        for request, targets in self._targets(requests, now, work):
            try:
                control, results = self._carry_out(request, targets, sender, now, work, errors)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            told.append(control)
            ids.append(control_id(control.mrid))
            done += results.count(Result.SUCCEEDED)
            pending += results.count(None)
        if not ids:
            raise Refusal(*errors)
        self._publication.created(told, now, work)
        if pending:
            follows = f"accepted; the results of {pending} devices follow as EndDeviceEvents"
            errors.append(Error("0.3", follows, Level.INFORM))
        return Reply.of_parts(done + pending > 0, errors, ids)

    def _targets(
        self, requests: Sequence[ControlRequest], now: datetime, work: UnitOfWork
    ) -> list[tuple[ControlRequest, Targets]]:
        """The controls with their devices. Raises Refusal (3.1) before anything is done."""
        masters = MasterMeters(self._fleet, work, now)
        found = [(one, self._targets_of(one, masters)) for one in requests]
        devices = sum(len(targets.meters) for _, targets in found)
        if self._most_devices is not None and devices > self._most_devices:
            raise Refusal.because(
                "3.1", f"the controls are for {devices} devices; the limit here is {self._most_devices}"
            )
        return found

    def _targets_of(self, request: ControlRequest, masters: MasterMeters) -> Targets:
        if not request.references:
            details = "the EndDeviceControl names no device: EndDevices, UsagePoints or a group of them is needed"
            return Targets(range(0), (Error("1.7", details, object_id=_id_of(request)),))
        return find_targets(self._fleet, request.end_devices, request.usage_points, request.groups, masters)

    def _carry_out(
        self,
        request: ControlRequest,
        targets: Targets,
        sender: Sender,
        now: datetime,
        work: UnitOfWork,
        errors: list[Error],
    ) -> tuple[EndDeviceControl, list[Result | None]]:
        """The control and what each device answered; None: not yet."""
        control_type = _control_type(request.type_code)
        kind = CommandKind.of(control_type)
        targets = self._able(kind, required(targets, request.references))
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
        self._stories.keep(replace(telling, control=replace(control, executed=max(done))), now, work, request.document)
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
        if kind is CommandKind.CANCEL_LOAD_EVENT:
            parameters = replace(parameters, cancels=_cancelled_load_event(request, sender, work))
        control = EndDeviceControl(
            mrid=request.mrid or identifier(self._fleet.spec.seed, "control", work.controls.next_number()),
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
        if work.controls.is_taken(control.mrid):
            gone = work.controls.get(control.mrid) is None
            taken = "was an EndDeviceControl with mRID" if gone else "is an EndDeviceControl with mRID"
            why = "; it was deleted, and mRIDs are given once" if gone else " already"
            raise Refusal.because("2.15", f"there {taken} {control.mrid!r}{why}", _id_of(request))
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


def _cancelled_load_event(request: ControlRequest, sender: Sender, work: UnitOfWork) -> str | None:
    """The load control event that a cancellation names: by the tracking number, or the CorrelationID, of its sender.

    None where it names none; then devices cancel what is under way, else what comes next.
    """
    by_number = ControlSelection(issuer_tracking_ids=[request.issuer_tracking_id or ""])
    by_correlation = ControlSelection(source=sender.source, correlation_id=sender.correlation_id or "")
    for selection in (by_number, by_correlation):
        for control in reversed(work.controls.find(selection)):
            if control.source == sender.source and kind_of(control) is CommandKind.SCHEDULE_LOAD_EVENT:
                return control.mrid
    return None


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
    return control_id(request.mrid) if request.mrid else None
