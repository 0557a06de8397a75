"""Commands to the remote switch: connect and disconnect, arm, enable and disable, limits of the supply."""

from datetime import datetime, timedelta
from typing import Final

from simulator.device.aspect import OPEN, Aspect, Value
from simulator.device.behaviour import happens
from simulator.device.command import CommandKind
from simulator.device.course import POSITION, Course, Situation, Withdrawal
from simulator.device.firmware import REPLACING, STAGE

_CONNECTED: Final = "31.0.42"
_DISCONNECTED: Final = "31.0.68"
_ENABLED: Final[Value] = {"state": "enabled"}
_DISABLED: Final[Value] = {"state": "disabled"}


def switch(situation: Situation) -> Course:
    """Connect or disconnect. A switch that already is where it should go reports success: the state is what counts."""
    opens = situation.command.kind is CommandKind.DISCONNECT
    at = situation.after(situation.behaviour.switching)
    word = situation.switch_word(at)
    if why := _hindrance(situation, at, "the switch is stuck" if (word == "Closed") is opens else None):
        return situation.failed(Aspect.SWITCH, at, why, **{POSITION: word})
    return situation.done(
        situation.success(Aspect.SWITCH, at, **{POSITION: "Opened" if opens else "Closed"}),
        (
            situation.transition(Aspect.SWITCH, at, OPEN if opens else None),
            *situation.ending(Aspect.ARMED, at),
        ),
        withdrawals=(Withdrawal(Aspect.ARMED, at),),
    )


def arm(situation: Situation) -> Course:
    """Arm for closure or for opening: nothing moves until the customer presses the button at the meter.

    A switch that stands where the button would move it needs no arming, and reports success.
    """
    opens = situation.command.kind is CommandKind.ARM_FOR_OPEN
    at = situation.after(situation.behaviour.switching)
    word = situation.switch_word(at)
    if why := _hindrance(situation, at):
        return situation.failed(Aspect.ARMED, at, why, **{POSITION: word})
    if (situation.holding(Aspect.SWITCH, at) is not None) is opens:
        return situation.done(situation.success(Aspect.ARMED, at, **{POSITION: "Opened" if opens else "Closed"}))
    armed = situation.transition(Aspect.ARMED, at, {"for": "open" if opens else "closure"})
    event = situation.success(Aspect.ARMED, at, **{POSITION: "Armed"})
    before = (Withdrawal(Aspect.ARMED, at),)
    behaviour, chance = situation.behaviour, situation.chance
    if happens(behaviour.button_never_per_million, chance.customer) or _is_stuck(situation):
        return situation.done(event, (armed,), withdrawals=before)
    pressed = at + timedelta(seconds=behaviour.button.drawn_s(chance.customer_time))
    return situation.done(
        event,
        (
            armed,
            situation.transition(Aspect.SWITCH, pressed, OPEN if opens else None, thread=Aspect.ARMED),
            situation.transition(Aspect.ARMED, pressed, None),
        ),
        (
            situation.event(
                Aspect.ARMED,
                pressed,
                _DISCONNECTED if opens else _CONNECTED,
                **{POSITION: "Opened" if opens else "Closed"},
            ),
        ),
        before,
    )


def allow_switching(situation: Situation) -> Course:
    """Enable or disable the switch. A disabled one stays where it is, and is not armed any more."""
    disables = situation.command.kind is CommandKind.DISABLE_SWITCH
    at = situation.after(situation.behaviour.switching)
    if situation.fails():
        return situation.failed(Aspect.SWITCH_DISABLED, at, "the device reports failure")
    event = situation.success(Aspect.SWITCH_DISABLED, at)
    if not disables:
        return situation.done(event, situation.ending(Aspect.SWITCH_DISABLED, at))
    return situation.done(
        event,
        (
            situation.transition(Aspect.SWITCH_DISABLED, at, _DISABLED),
            *situation.ending(Aspect.ARMED, at),
        ),
        withdrawals=(Withdrawal(Aspect.ARMED, at),),
    )


def limit_supply(situation: Situation) -> Course:
    """Enable or disable a supply capacity limit, the usual one or the one for emergencies.

    A limit that has a duration ends by itself, without an event.
    """
    kind = situation.command.kind
    enables = kind in (CommandKind.ENABLE_CAPACITY_LIMIT, CommandKind.ENABLE_EMERGENCY_CAPACITY_LIMIT)
    usual = kind in (CommandKind.ENABLE_CAPACITY_LIMIT, CommandKind.DISABLE_CAPACITY_LIMIT)
    aspect = Aspect.CAPACITY_LIMIT if usual else Aspect.EMERGENCY_CAPACITY_LIMIT
    at = situation.after(situation.behaviour.switching)
    if situation.fails():
        return situation.failed(aspect, at, "the device reports failure")
    if not enables:
        return situation.done(situation.success(aspect, at), situation.ending(aspect, at))
    duration_s = situation.command.parameters.duration_s
    until = None if duration_s is None else at + timedelta(seconds=duration_s)
    return situation.done(situation.success(aspect, at), (situation.transition(aspect, at, _ENABLED, until),))


def _hindrance(situation: Situation, at: datetime, if_stuck: str | None = None) -> str | None:
    """Why the switch cannot be operated at an instant; None: it can."""
    if situation.holding(Aspect.SWITCH_DISABLED, at) is not None:
        return "the switch is disabled"
    update = situation.holding(Aspect.FIRMWARE_UPDATE, at)
    if update is not None and update.value is not None and update.value[STAGE] == REPLACING:
        return "the device is replacing its firmware"
    if if_stuck is not None and _is_stuck(situation):
        return if_stuck
    return "the device reports failure" if situation.fails() else None


def _is_stuck(situation: Situation) -> bool:
    return happens(situation.behaviour.stuck_switches_per_million, situation.chance.stuck)
