"""Which controls a change, cancel, close or delete is about (61968-9:2013, clause 5.4).

A client names a control by its mRID, or by what it sent with the create: the CorrelationID, or its own tracking number.
Those need not be unique, so they count together with the Source, the newest first, and a control of the payload narrows
them down by its type and its devices.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np

from headend.operations.controls.control_devices import ControlRequest, Sender
from headend.operations.controls.control_life_cycle import control_id
from headend.operations.controls.stored_commands import FIRMWARE_UPDATE, kind_of
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import UNKNOWN_OTHER, Targets, find_targets, required
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId
from headend.store import ControlOutcome, ControlSelection, EndDeviceControl, UnitOfWork
from simulator.cim.end_device_control_type import EndDeviceControlType, InvalidControlType
from simulator.device import CommandKind
from simulator.fleet import Fleet


@dataclass(frozen=True, slots=True)
class NamedControl:
    """A control of the payload: which one is meant, and what is said of it."""

    request: ControlRequest
    timing: frozenset[str] = frozenset()
    """The parts of its timing that are given: start, duration, randomisation."""


@dataclass(frozen=True, slots=True)
class NamedControls:
    """All that a request names."""

    ids: Sequence[ObjectId] = ()
    """Request/ID."""
    controls: Sequence[NamedControl] = ()


@dataclass(frozen=True, slots=True)
class FoundControl:
    """A control, and at which of its devices something is to be done."""

    control: EndDeviceControl
    outcomes: Sequence[ControlOutcome]
    named: NamedControl | None = None
    errors: Sequence[Error] = ()
    """One for each device that was named and that the control is not for."""
    is_part: bool = False
    """Whether the control is for more devices than these."""


def find_controls(
    named: NamedControls, sender: Sender, fleet: Fleet, now: datetime, work: UnitOfWork, errors: list[Error]
) -> Iterator[FoundControl]:
    """The controls that are named, each once, with an error for each name that fits none.

    sender: of this request. Raises Refusal (1.6) where neither a Request/ID nor a control of the payload names any.
    """
    if not named.ids and not named.controls:
        raise Refusal.because(
            "1.6", "the request names no EndDeviceControl: no Request/ID does, and no control in a Payload"
        )
    seen: set[tuple[str, ...]] = set()
    masters = MasterMeters(fleet, work, now)
    everything: list[ObjectId | NamedControl] = [*named.ids, *named.controls]
    for one in everything:
        try:
            candidates = _named_by(one, sender, masters)
        except Refusal as refusal:
            errors += refusal.errors
            continue
        for found in candidates:
            key = (found.control.mrid, *(outcome.device_mrid for outcome in found.outcomes))
            if key not in seen:
                seen.add(key)
                yield found


def _named_by(one: ObjectId | NamedControl, sender: Sender, masters: MasterMeters) -> list[FoundControl]:
    if isinstance(one, NamedControl):
        return _of_payload(one, sender, masters)
    work = masters.work
    return [_whole(control, None, (), work) for control in _of_id(one, sender, work)]


def _of_id(object_id: ObjectId, sender: Sender, work: UnitOfWork) -> list[EndDeviceControl]:
    """By a Request/ID: an mRID, else what its sender called the transaction or the control. Raises Refusal (2.15)."""
    control = _get(object_id.value, work)
    if control is not None:
        return [control]
    for selection in (
        ControlSelection(source=sender.source, correlation_id=object_id.value),
        ControlSelection(issuer_tracking_ids=[object_id.value]),
    ):
        newest = next(_newest_first(selection, sender, work), None)
        if newest is not None:
            return newest
    raise Refusal.because(UNKNOWN_OTHER, f"there is no EndDeviceControl {object_id.value!r}", object_id)


def _of_payload(one: NamedControl, sender: Sender, masters: MasterMeters) -> list[FoundControl]:
    """By a control of the payload. Raises Refusal: 2.15 where there is none, 1.5 where it says too little."""
    request, fleet, work = one.request, masters.fleet, masters.work
    kind = _kind(request.type_code)
    targets = Targets(range(0))
    if request.references:
        targets = find_targets(fleet, request.end_devices, request.usage_points, request.groups, masters)
        targets = required(targets, request.references)
    devices = frozenset(mrid.decode() for mrid in fleet.mrids(np.asarray(targets.meters, np.int64)))
    if request.mrid is not None:
        control = _get(request.mrid, work)
        if control is None:
            raise Refusal.because(
                UNKNOWN_OTHER, f"there is no EndDeviceControl {request.mrid!r}", control_id(request.mrid)
            )
        if kind is not None and kind_of(control) is not kind:
            raise Refusal.because(
                UNKNOWN_OTHER,
                f"EndDeviceControl {control.mrid} is of type {control.type_code}, not {request.type_code}",
                control_id(control.mrid),
            )
        return [_part(control, one, devices, targets.errors, work)]
    for batch in _newest_first(_selection(request, sender), sender, work):
        fitting = [
            found
            for control in batch
            if kind is None or kind_of(control) is kind
            if (found := _part(control, one, devices, targets.errors, work)).outcomes
        ]
        if fitting:
            return fitting
    raise Refusal.because(UNKNOWN_OTHER, f"there is no EndDeviceControl {_in_words(request, sender)}")


def _selection(request: ControlRequest, sender: Sender) -> ControlSelection:
    """What tells a control without an mRID from others. Raises Refusal (1.5) where nothing does."""
    if request.issuer_tracking_id is None and sender.correlation_id is None:
        raise Refusal.because(
            "1.5",
            "an EndDeviceControl without mRID is looked up by the CorrelationID of the message that created it: put it "
            "into Header/CorrelationID, or give mRID or issuerTrackingID",
        )
    tracking_id = request.issuer_tracking_id
    return ControlSelection(
        source=sender.source,
        correlation_id=sender.correlation_id if tracking_id is None else None,
        issuer_tracking_ids=None if tracking_id is None else [tracking_id],
    )


def _newest_first(selection: ControlSelection, sender: Sender, work: UnitOfWork) -> Iterator[list[EndDeviceControl]]:
    """What was accepted together, the latest first; only what this sender created."""
    own = [
        one for one in work.controls.find(selection) if one.source == sender.source and one.type_code != FIRMWARE_UPDATE
    ]
    for _, batch in groupby(reversed(own), key=lambda one: one.accepted):
        yield list(reversed(list(batch)))


def _part(
    control: EndDeviceControl,
    named: NamedControl,
    devices: frozenset[str],
    errors: Sequence[Error],
    work: UnitOfWork,
) -> FoundControl:
    """A control at the devices that are named; at all of its devices where none is."""
    if not devices:
        return _whole(control, named, errors, work)
    outcomes = work.controls.outcomes_of(control.mrid)
    known = {one.device_mrid for one in outcomes}
    strangers = [
        Error(
            UNKNOWN_OTHER,
            f"EndDeviceControl {control.mrid} is not for {device}",
            object_id=ObjectId(device, "uuid", "EndDevice"),
            related_id=control_id(control.mrid),
        )
        for device in sorted(devices - known)
    ]
    wanted = [one for one in outcomes if one.device_mrid in devices]
    return FoundControl(control, wanted, named, (*errors, *strangers), is_part=len(wanted) < len(outcomes))


def _whole(
    control: EndDeviceControl, named: NamedControl | None, errors: Sequence[Error], work: UnitOfWork
) -> FoundControl:
    return FoundControl(control, work.controls.outcomes_of(control.mrid), named, errors)


def _get(mrid: str, work: UnitOfWork) -> EndDeviceControl | None:
    control = work.controls.get(mrid)
    return None if control is None or control.type_code == FIRMWARE_UPDATE else control


def _kind(type_code: str) -> CommandKind | None:
    """What is commanded; None where the type is left open. Raises Refusal (1.8)."""
    if not type_code:
        return None
    try:
        return CommandKind.of(EndDeviceControlType.parse(type_code))
    except InvalidControlType as error:
        raise Refusal.because("1.8", f"EndDeviceControlType ref {type_code!r}: {error}") from error


def _in_words(request: ControlRequest, sender: Sender) -> str:
    by = (
        f"with issuerTrackingID {request.issuer_tracking_id!r}"
        if request.issuer_tracking_id is not None
        else f"that was created under CorrelationID {sender.correlation_id!r}"
    )
    kind = f" of type {request.type_code}" if request.type_code else ""
    devices = " at these devices" if request.references else ""
    return f"{by} by {sender.source!r}{kind}{devices}"
