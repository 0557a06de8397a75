"""Controls as they are told to others: in the reply to a get, and in the messages to subscribers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from headend.operations.controls.control_life_cycle import ControlState, device_state, starts
from headend.operations.controls.stored_commands import parameters_of
from headend.store import ControlOutcome, EndDeviceControl, Json, UnitOfWork


@dataclass(frozen=True, slots=True)
class ToldDevice:
    """How far a control has come at one device."""

    mrid: str
    state: ControlState
    event_code: str | None = None
    """EndDeviceEventType that tells of it, once it is over and if there is one."""


@dataclass(frozen=True, slots=True)
class ToldTiming:
    """When a control is to begin, and for how long, after it was changed."""

    start: datetime
    duration_s: int | None
    randomisation: str
    """RandomisationKind: none, start, end or startAndEnd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldControl:
    """A control and some of its devices."""

    mrid: str
    type_code: str
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None
    document: str | None = None
    """The control as its client wrote it, as text."""
    timing: ToldTiming | None = None
    """What counts instead of the timing of the document."""
    devices: Sequence[ToldDevice] = ()

    def as_recipe(self) -> Mapping[str, Json]:
        """All of it as JSON: a message that is being retried does not change with the control."""
        timing = self.timing
        return {
            "mrid": self.mrid,
            "type_code": self.type_code,
            "issuer_id": self.issuer_id,
            "issuer_tracking_id": self.issuer_tracking_id,
            "reason": self.reason,
            "document": self.document,
            "timing": None if timing is None else [timing.start.isoformat(), timing.duration_s, timing.randomisation],
            "devices": [[one.mrid, one.state.value, one.event_code] for one in self.devices],
        }

    @classmethod
    def of_recipe(cls, recipe: Mapping[str, Any]) -> Self:
        """What `as_recipe` made."""
        timing = recipe["timing"]
        told = None if timing is None else ToldTiming(datetime.fromisoformat(timing[0]), timing[1], timing[2])
        devices = [ToldDevice(mrid, ControlState(state), event) for mrid, state, event in recipe["devices"]]
        return cls(**{**recipe, "timing": told, "devices": devices})


def told_control(control: EndDeviceControl, document: str | None, devices: Sequence[ToldDevice]) -> ToldControl:
    """A control with these devices."""
    return ToldControl(
        mrid=control.mrid,
        type_code=control.type_code,
        issuer_id=control.issuer_id,
        issuer_tracking_id=control.issuer_tracking_id,
        reason=control.reason,
        document=document,
        timing=None if control.changed is None else _timing(control),
        devices=devices,
    )


def told_controls(
    controls: Iterable[tuple[EndDeviceControl, Iterable[ControlOutcome]]], now: datetime, work: UnitOfWork
) -> list[ToldControl]:
    """Controls with the states of their devices at an instant."""
    found = list(controls)
    documents = work.controls.documents(control.mrid for control, _ in found)
    return [
        told_control(
            control,
            documents.get(control.mrid),
            [told_device(outcome, device_state(control, outcome, now)) for outcome in outcomes],
        )
        for control, outcomes in found
    ]


def told_device(outcome: ControlOutcome, state: ControlState) -> ToldDevice:
    """A device in a state; what told of its result counts once there is one."""
    is_over = state in (ControlState.DONE, ControlState.FAILED, ControlState.CANCELLED)
    return ToldDevice(outcome.device_mrid, state, outcome.event_code if is_over else None)


def _timing(control: EndDeviceControl) -> ToldTiming:
    parameters = parameters_of(control)
    if parameters.randomise_start:
        randomisation = "startAndEnd" if parameters.randomise_end else "start"
    else:
        randomisation = "end" if parameters.randomise_end else "none"
    return ToldTiming(starts(control), parameters.duration_s, randomisation)
