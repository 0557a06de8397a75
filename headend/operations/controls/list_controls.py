"""Get EndDeviceControls: which controls a request profile selects (61968-9:2013, clause 5.4 and Annex J).

Our readings: values of one kind are OR, different kinds are AND. A control is in a period if it was to begin in it;
both ends of a period belong to it. Of a control that many devices have, the devices that were asked for are told. What
was deleted is not listed; what was cancelled or closed is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from headend.operations.controls.control_life_cycle import ControlState, control_id, control_state, starts
from headend.operations.controls.stored_commands import FIRMWARE_UPDATE, kind_of
from headend.operations.controls.told_controls import ToldControl, told_controls
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_list import meter_named
from headend.operations.fleet.meter_targets import UNKNOWN_OTHER, find_targets
from headend.operations.options import RequestOption, read_options
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, Reply
from headend.store import ControlOutcome, ControlSelection, EndDeviceControl, UnitOfWork
from simulator.cim.end_device_control_type import EndDeviceControlType, InvalidControlType
from simulator.device import CommandKind
from simulator.fleet import Fleet

MOST_DEVICES: Final = 200_000
"""A reply lists no more devices of all controls together (3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFilter:
    """One EndDeviceControl of the request profile: its parts are AND."""

    mrid: str | None = None
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None

    def takes(self, control: EndDeviceControl) -> bool:
        """Whether every part that is given agrees."""
        return all(
            wanted is None or wanted == actual
            for wanted, actual in (
                (self.mrid, control.mrid),
                (self.issuer_id, control.issuer_id),
                (self.issuer_tracking_id, control.issuer_tracking_id),
                (self.reason, control.reason),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDeviceControlsQuery:
    """What a GetEndDeviceControls request asks for, as the request profile says it."""

    end_devices: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    groups: tuple[ObjectReference, ...] = ()
    customers: tuple[ObjectReference, ...] = ()
    controls: tuple[ControlFilter, ...] = ()
    types: tuple[str, ...] = ()
    """Codes such as 3.31.0.23; what stands first in them does not count."""
    periods: tuple[Period, ...] = ()
    options: tuple[RequestOption, ...] = ()


@dataclass(frozen=True, slots=True)
class EndDeviceControlsAnswer:
    """The reply and the controls, the oldest first."""

    reply: Reply
    controls: Sequence[ToldControl]


@dataclass(frozen=True, slots=True)
class ControlInState:
    """A control, what becomes of it at its devices, and how it stands."""

    control: EndDeviceControl
    outcomes: Sequence[ControlOutcome]
    state: ControlState


def list_controls(
    query: EndDeviceControlsQuery, fleet: Fleet, now: datetime, work: UnitOfWork, *, strict: bool = False
) -> EndDeviceControlsAnswer:
    """The controls that the query selects, with an error for each reference that names nothing here.

    An INFORM 0.0 says of each control how it stands. strict: an option without effect is refused. Raises Refusal where
    no reference of a kind is known, for a bad option (1.8), and for more devices than a reply lists (3.1).
    """
    options = read_options(query.options, "EndDeviceControls", strict=strict)
    errors: list[Error] = []
    devices = _devices(query, MasterMeters(fleet, work, now), errors)
    kinds = _kinds(query.types, errors)
    selection = ControlSelection(
        devices=devices,
        mrids=_values([one.mrid for one in query.controls]),
        issuer_tracking_ids=_values([one.issuer_tracking_id for one in query.controls]),
    )
    found = [one for one in work.controls.find(selection) if one.type_code != FIRMWARE_UPDATE]
    errors += _unknown(query.controls, found)
    if query.controls and not found and errors:
        raise Refusal(*errors)
    wanted = [
        one
        for one in found
        if (not query.controls or any(each.takes(one) for each in query.controls))
        and (not kinds or kind_of(one) in kinds)
        and (not query.periods or any(_begins_in(one, period) for period in query.periods))
    ]
    _check_size([one.mrid for one in wanted], work)
    in_state = controls_in_state(wanted, now, work)
    told = [(one.control, [each for each in one.outcomes if _is_asked_for(each, devices)]) for one in in_state]
    said = [_in_words(one) for one in in_state]
    return EndDeviceControlsAnswer(
        Reply.of_parts(True, [*errors, *said], remarks=options.remarks), told_controls(told, now, work)
    )


def controls_in_state(controls: Sequence[EndDeviceControl], now: datetime, work: UnitOfWork) -> list[ControlInState]:
    """Controls with their devices, and how they stand at an instant."""
    with_outcomes = [(one, work.controls.outcomes_of(one.mrid)) for one in controls]
    return [
        ControlInState(control, outcomes, control_state(control, outcomes, now)) for control, outcomes in with_outcomes
    ]


def control_named(mrid: str, now: datetime, work: UnitOfWork) -> ControlInState:
    """One control and how it stands. Raises Refusal (2.15) where there is none."""
    control = work.controls.get(mrid)
    if control is None or control.type_code == FIRMWARE_UPDATE:
        raise Refusal.because(UNKNOWN_OTHER, f"there is no EndDeviceControl {mrid!r}", control_id(mrid))
    (found,) = controls_in_state([control], now, work)
    return found


def latest_controls(
    meter: str | None, state: ControlState | None, limit: int, fleet: Fleet, now: datetime, work: UnitOfWork
) -> tuple[list[ControlInState], int]:
    """The latest controls of a meter (mRID or name) or of all, those in a state, the newest first; and how many.

    Raises Declined for a meter that is none.
    """
    devices = None if meter is None else [meter_named(fleet, meter).mrid]
    found = [one for one in work.controls.find(ControlSelection(devices=devices)) if one.type_code != FIRMWARE_UPDATE]
    found.reverse()
    if state is None:
        return controls_in_state(found[:limit], now, work), len(found)
    fitting = [one for one in controls_in_state(found, now, work) if one.state is state]
    return fitting[:limit], len(fitting)


def _devices(query: EndDeviceControlsQuery, masters: MasterMeters, errors: list[Error]) -> frozenset[str] | None:
    """mRIDs of the devices that are asked for; None: of all."""
    if not (query.end_devices or query.usage_points or query.groups or query.customers):
        return None
    fleet = masters.fleet
    targets = find_targets(fleet, query.end_devices, query.usage_points, query.groups, masters, query.customers)
    if not len(targets.meters) and targets.errors:
        raise Refusal(*targets.errors)
    errors += targets.errors
    return frozenset(mrid.decode() for mrid in fleet.mrids(np.asarray(targets.meters, np.int64)))


def _kinds(types: Sequence[str], errors: list[Error]) -> frozenset[CommandKind]:
    kinds = set()
    for code in types:
        try:
            kinds.add(CommandKind.of(EndDeviceControlType.parse(code)))
        except InvalidControlType as error:
            errors.append(Error("1.8", f"EndDeviceControlType {code!r}: {error}"))
    if types and not kinds:
        raise Refusal(*errors)
    return frozenset(kinds)


def _values(values: Sequence[str | None]) -> list[str] | None:
    """What a field of a filter may be; None where one filter leaves it open."""
    known = [one for one in values if one is not None]
    return known if values and len(known) == len(values) else None


def _unknown(filters: Sequence[ControlFilter], found: Sequence[EndDeviceControl]) -> list[Error]:
    known = {one.mrid for one in found}
    return [
        Error(UNKNOWN_OTHER, f"there is no EndDeviceControl {one.mrid!r}", object_id=control_id(one.mrid))
        for one in filters
        if one.mrid is not None and one.mrid not in known
    ]


def _begins_in(control: EndDeviceControl, period: Period) -> bool:
    begins = starts(control)
    return (period.start is None or period.start <= begins) and (period.end is None or begins <= period.end)


def _check_size(mrids: Sequence[str], work: UnitOfWork) -> None:
    devices = work.controls.count_outcomes(mrids)
    if devices > MOST_DEVICES:
        raise Refusal.because(
            "3.1",
            f"these {len(mrids)} controls are for {devices} devices; a reply lists up to {MOST_DEVICES}: ask for "
            "single controls, types, devices or a shorter period",
        )


def _is_asked_for(outcome: ControlOutcome, devices: frozenset[str] | None) -> bool:
    return devices is None or outcome.device_mrid in devices


def _in_words(one: ControlInState) -> Error:
    details = f"EndDeviceControl {one.control.mrid} is {one.state}"
    return Error("0.0", details, Level.INFORM, control_id(one.control.mrid))
