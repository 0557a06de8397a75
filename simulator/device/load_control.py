"""Load control: started and stopped at once, or as an event that the device plans by itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from simulator.device.aspect import Aspect, Transition
from simulator.device.behaviour import happens, shift_s
from simulator.device.course import Course, DeviceEvent, Result, Situation, Withdrawal
from simulator.device.home_network import hindrance

_LOAD: Final = Aspect.LOAD_CONTROL
_CREATED, _STARTED, _STOPPED = "15.43.83", "15.17.242", "15.17.243"
_OPTED_IN, _OPTED_OUT = "15.43.80", "15.43.81"


def start_load_control(situation: Situation) -> Course:
    """The load is held back from now on, for the command's duration or until it is stopped."""
    at = situation.after(situation.behaviour.load_control)
    if situation.fails():
        return situation.failed(_LOAD, at, "the device reports failure")
    until = _end(situation, at)
    transition = situation.transition(_LOAD, at, {"kind": "direct", **situation.command.parameters.words}, until)
    return situation.done(
        situation.success(_LOAD, at),
        (transition,),
        () if until is None else (situation.event(_LOAD, until, _STOPPED),),
        _made_way(situation, at, until, at),
    )


def stop_load_control(situation: Situation) -> Course:
    """Whatever holds the load back ends; what is planned for later stays. Where nothing does, that is success too."""
    at = situation.after(situation.behaviour.load_control)
    if situation.fails():
        return situation.failed(_LOAD, at, "the device reports failure")
    running = situation.holding(_LOAD, at)
    return situation.done(
        situation.success(_LOAD, at),
        situation.ending(_LOAD, at),
        withdrawals=() if running is None else (Withdrawal(_LOAD, at, running.control),),
    )


def schedule_load_event(situation: Situation) -> Course:
    """The device takes the event at once, and starts and stops it by itself, unless its customer opts out.

    Where events overlap, the newer one wins: what is under way ends when it starts, and what is planned for its time
    does not happen.
    """
    answered = situation.after(situation.behaviour.home_network)
    if why := hindrance(situation, answered):
        return situation.failed(_LOAD, answered, why)
    parameters, behaviour, chance = situation.command.parameters, situation.behaviour, situation.chance
    created = situation.event(_LOAD, answered, _CREATED)
    start = max(parameters.start or answered, answered)
    if parameters.randomise_start:
        start += timedelta(seconds=shift_s(behaviour.randomisation_s, chance.randomisation))
    opted_out = not parameters.mandatory and happens(behaviour.opt_outs_per_million, chance.customer)
    if opted_out:
        return replace(situation.done(created, (), (situation.event(_LOAD, start, _OPTED_OUT),)), declined=start)
    later: list[DeviceEvent] = []
    # The same draw as above, from its other end: nobody opts both in and out.
    if happens(behaviour.opt_ins_per_million, ~chance.customer & (2**64 - 1)):
        later.append(situation.event(_LOAD, start, _OPTED_IN))
    until = _end(situation, start)
    running = situation.holding(_LOAD, start)
    if running is not None and running.at < start:
        later.append(situation.event(_LOAD, start, _STOPPED))
    later.append(situation.event(_LOAD, start, _STARTED))
    if until is not None:
        later.append(situation.event(_LOAD, until, _STOPPED))
    return situation.done(
        created,
        (situation.transition(_LOAD, start, {"kind": "event", **parameters.words}, until),),
        later,
        _made_way(situation, start, until, answered),
    )


def cancel_load_event(situation: Situation) -> Course:
    """The event that the command names is cancelled; if it names none the one under way, else the next one.

    Without any the device reports failure.
    """
    answered = situation.after(situation.behaviour.home_network)
    if why := hindrance(situation, answered):
        return situation.failed(_LOAD, answered, why)
    wanted = situation.command.parameters.cancels
    running = situation.holding(_LOAD, answered)
    known = [running] if running is not None else []
    known += [one for one in situation.transitions if _is_planned(one, answered)]
    found = next((one for one in known if wanted is None or one.control == wanted), None)
    if found is None:
        return situation.failed(_LOAD, answered, "there is no load control event to cancel")
    at = max(answered, situation.command.parameters.cancel_at or answered)
    withdrawals = (Withdrawal(_LOAD, at if found is running else answered, found.control),)
    ended = situation.ending(_LOAD, at) if found is running else ()
    event = situation.success(_LOAD, at)
    return Course(Result.SUCCEEDED, answered, event.type, ended, (event,), withdrawals)


def cancel_all_load_events(situation: Situation) -> Course:
    """What is under way ends, what is planned does not happen. It is success also where there is none."""
    answered = situation.after(situation.behaviour.home_network)
    if why := hindrance(situation, answered):
        return situation.failed(_LOAD, answered, why)
    at = max(answered, situation.command.parameters.cancel_at or answered)
    event = situation.success(_LOAD, at)
    ended = situation.ending(_LOAD, at)
    return Course(Result.SUCCEEDED, answered, event.type, ended, (event,), (Withdrawal(_LOAD, at),))


def _end(situation: Situation, start: datetime) -> datetime | None:
    parameters = situation.command.parameters
    if parameters.duration_s is None:
        return None
    end = start + timedelta(seconds=parameters.duration_s)
    if parameters.randomise_end:
        end += timedelta(seconds=shift_s(situation.behaviour.randomisation_s, situation.chance.randomisation >> 32))
    return end


def _is_planned(transition: Transition, after: datetime) -> bool:
    return transition.aspect is _LOAD and transition.value is not None and transition.at > after


def _made_way(
    situation: Situation, start: datetime, until: datetime | None, answered: datetime
) -> tuple[Withdrawal, ...]:
    """What the events before this one lose to it."""
    found = []
    for one in situation.transitions:
        if one.aspect is not _LOAD or one.value is None or one.control is None:
            continue
        if one.at < start and (one.until is None or one.until > start):
            found.append(Withdrawal(_LOAD, start, one.control))
        elif start <= one.at and (until is None or one.at < until):
            found.append(Withdrawal(_LOAD, answered, one.control))
    return tuple(found)
