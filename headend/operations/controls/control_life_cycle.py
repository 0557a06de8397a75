"""The life of an EndDeviceControl: its states, and what each verb may do in which (61968-9:2013, clause 5.4).

A state is worked out for an instant from what is kept; nothing has to run for a control to start or to end. It is a
state of the control at one device; the control as a whole has one that sums them up.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from headend.operations.controls.stored_commands import planned_start
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId
from headend.store import ControlOutcome, EndDeviceControl
from simulator.device import Result

CANCELLED: Final = "cancelled"
"""Result of a control at a device where it was taken back before it began, whoever did it."""


class ControlState(StrEnum):
    """How far a control has come."""

    ACCEPTED = "accepted"
    """It is to begin at once, and has not yet: it waits for its random share of time, or for the device."""
    SCHEDULED = "scheduled"
    """It is to begin later."""
    STARTED = "started"
    """It has begun; the device has not answered yet, or what it does goes on."""
    DONE = "done"
    FAILED = "failed"
    """The device could not do it, or could not be told."""
    EXPIRED = "expired"
    """It was scheduled, and when its time came the device could not even be told."""
    CANCELLED = "cancelled"
    """Taken back before it began: by the client, by a newer control, or by the customer, who opted out."""
    CLOSED = "closed"
    """Of a control as a whole: its file is closed."""


WAITING: Final = frozenset({ControlState.ACCEPTED, ControlState.SCHEDULED})
"""States in which nothing has begun."""
_UNDER_WAY: Final = frozenset({*WAITING, ControlState.STARTED})


class ControlVerb(StrEnum):
    """What a client asks to be done with a control that was created before."""

    CHANGE = "change"
    CANCEL = "cancel"
    CLOSE = "close"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a verb is not carried out in a state."""

    code: str
    """6.1: against a rule; 6.5: somebody cancelled it before."""
    sentence: str
    """Goes on after the name of the control."""


_RULES_OF_TIMING: Final = {
    ControlState.STARTED: Rule("6.1", "has begun; only another command undoes it"),
    ControlState.DONE: Rule("6.1", "is done; only another command undoes it"),
    ControlState.FAILED: Rule("6.1", "has failed; there is nothing ahead of it"),
    ControlState.EXPIRED: Rule("6.1", "has expired; there is nothing ahead of it"),
    ControlState.CANCELLED: Rule("6.5", "was cancelled before"),
    ControlState.CLOSED: Rule("6.1", "is closed; it is changed no more"),
}
RULES: Final[Mapping[ControlVerb, Mapping[ControlState, Rule]]] = MappingProxyType(
    {
        ControlVerb.CHANGE: _RULES_OF_TIMING,
        ControlVerb.CANCEL: _RULES_OF_TIMING,
        ControlVerb.CLOSE: {
            ControlState.ACCEPTED: Rule("6.1", "has not begun; cancel it, then it can be closed"),
            ControlState.SCHEDULED: Rule("6.1", "has not begun; cancel it, then it can be closed"),
            ControlState.STARTED: Rule("6.1", "is under way; it can be closed when it is over"),
            ControlState.CLOSED: Rule("6.1", "was closed before"),
        },
        ControlVerb.DELETE: {
            ControlState.ACCEPTED: Rule("6.1", "has not begun; cancel it, then it can be deleted"),
            ControlState.SCHEDULED: Rule("6.1", "has not begun; cancel it, then it can be deleted"),
            ControlState.STARTED: Rule("6.1", "is under way; it can be deleted when it is over"),
        },
    }
)
"""By verb, then by state: what is refused. What does not stand here is carried out."""


def refused(
    verb: ControlVerb, state: ControlState, control: EndDeviceControl, device_mrid: str | None = None
) -> Error | None:
    """The error of a verb on a control, or on a control at one device; None where it may be carried out."""
    rule = RULES[verb].get(state)
    if rule is None:
        return None
    itself = control_id(control.mrid)
    if device_mrid is None:
        return Error(rule.code, f"EndDeviceControl {control.mrid} {rule.sentence}", object_id=itself)
    return Error(
        rule.code,
        f"EndDeviceControl {control.mrid} at {device_mrid} {rule.sentence}",
        object_id=ObjectId(device_mrid, "uuid", "EndDevice"),
        related_id=itself,
    )


def check(verb: ControlVerb, state: ControlState, control: EndDeviceControl) -> None:
    """Raises Refusal where a verb may not be carried out on a control as a whole."""
    error = refused(verb, state, control)
    if error is not None:
        raise Refusal(error)


def control_id(mrid: str) -> ObjectId:
    """A control as replies name it."""
    return ObjectId(mrid, "uuid", "EndDeviceControl")


def taken_on(control: EndDeviceControl) -> datetime:
    """Since when the control is what it is: its acceptance, or its last change."""
    return control.changed or control.accepted


def first_state(control: EndDeviceControl) -> ControlState:
    """The state with which it is accepted, or comes out of a change."""
    return ControlState.SCHEDULED if _is_for_later(control) else ControlState.ACCEPTED


def device_state(control: EndDeviceControl, outcome: ControlOutcome, now: datetime) -> ControlState:
    """The state at one device at an instant."""
    since = taken_on(control)
    done = outcome.done or since
    if outcome.result == CANCELLED and done <= now:
        return ControlState.CANCELLED
    if now < (outcome.begins or since):
        return first_state(control)
    if now < max(done, outcome.ends or since):
        return ControlState.STARTED
    if outcome.result == Result.SUCCEEDED:
        return ControlState.DONE
    never_told = outcome.result == Result.NOT_ATTEMPTED and control.scheduled is not None
    return ControlState.EXPIRED if never_told else ControlState.FAILED


def state_changes(
    control: EndDeviceControl, outcome: ControlOutcome, after: datetime
) -> Iterator[tuple[datetime, ControlState]]:
    """The instants after one at which the state at a device becomes another, and which."""
    before = device_state(control, outcome, after)
    instants = {one for one in (outcome.begins, outcome.done, outcome.ends) if one is not None and one > after}
    for instant in sorted(instants):
        state = device_state(control, outcome, instant)
        if state is not before:
            yield instant, state
        before = state


def control_state(control: EndDeviceControl, outcomes: Collection[ControlOutcome], now: datetime) -> ControlState:
    """The state of the control as a whole at an instant."""
    if control.closed is not None:
        return ControlState.CLOSED
    return summed_up(device_state(control, one, now) for one in outcomes)


def summed_up(states: Iterable[ControlState]) -> ControlState:
    """One state for all devices: what is still to happen counts before what has; a success before failures."""
    present = set(states)
    over = present - _UNDER_WAY - {ControlState.CANCELLED}
    if ControlState.STARTED in present or (present & WAITING and over):
        return ControlState.STARTED
    order = (
        ControlState.SCHEDULED,
        ControlState.ACCEPTED,
        ControlState.DONE,
        ControlState.FAILED,
        ControlState.EXPIRED,
        ControlState.CANCELLED,
    )
    return next((one for one in order if one in present), ControlState.DONE)


def starts(control: EndDeviceControl) -> datetime:
    """When it is to begin, as far as its client said; devices may be later."""
    return max(control.scheduled or planned_start(control) or taken_on(control), taken_on(control)).astimezone(UTC)


def _is_for_later(control: EndDeviceControl) -> bool:
    return starts(control) > taken_on(control)
