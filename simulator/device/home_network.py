"""Commands to the devices of the customer, which the meter reaches over its home network: texts, prices, pairing."""

from datetime import datetime, timedelta
from typing import Final

from simulator.device.aspect import Aspect, Value
from simulator.device.behaviour import happens
from simulator.device.command import CommandKind
from simulator.device.course import Course, Situation, Withdrawal

_ACKNOWLEDGED: Final = "13.112.3"
"""The customer confirms a text. The list has no event for it; this one is put together as Annex E allows."""
_WINDOW_CLOSED: Final = "10.73.16"
_DISABLED: Final[Value] = {"state": "disabled"}
_OPENED: Final[Value] = {"state": "open"}


def hindrance(situation: Situation, at: datetime) -> str | None:
    """Why the devices of the customer cannot be reached at an instant; None: they can."""
    if situation.holding(Aspect.NETWORK_DISABLED, at) is not None:
        return "the home network is disabled"
    return "the device reports failure" if situation.fails() else None


def display_text(situation: Situation) -> Course:
    """A text is shown from its start for its duration; a newer one takes its place.

    Where confirmation is required it comes as an event of its own, if the customer sees the text in time.
    """
    answered = situation.after(situation.behaviour.home_network)
    if why := hindrance(situation, answered):
        return situation.failed(Aspect.DISPLAY, answered, why)
    parameters, chance = situation.command.parameters, situation.chance
    start = max(parameters.start or answered, answered)
    until = None if parameters.duration_s is None else start + timedelta(seconds=parameters.duration_s)
    later = []
    if parameters.confirmation_required and not happens(
        situation.behaviour.confirmation_never_per_million, chance.customer
    ):
        confirmed = start + timedelta(seconds=situation.behaviour.confirmation.drawn_s(chance.customer_time))
        if until is None or confirmed < until:
            later.append(situation.event(Aspect.DISPLAY, confirmed, _ACKNOWLEDGED))
    return situation.done(
        situation.success(Aspect.DISPLAY, start),
        (situation.transition(Aspect.DISPLAY, start, parameters.words, until),),
        later,
        (Withdrawal(Aspect.DISPLAY, start),),
        answered,
    )


def cancel_text(situation: Situation) -> Course:
    """The text on the display goes, and what is planned to follow it. Without any the device reports failure."""
    answered = situation.after(situation.behaviour.home_network)
    shown = situation.holding(Aspect.DISPLAY, answered) is not None
    planned = any(
        one.aspect is Aspect.DISPLAY and one.value is not None and one.at > answered for one in situation.transitions
    )
    if why := hindrance(situation, answered) or (None if shown or planned else "there is no text to cancel"):
        return situation.failed(Aspect.DISPLAY, answered, why)
    return situation.done(
        situation.success(Aspect.DISPLAY, answered),
        situation.ending(Aspect.DISPLAY, answered),
        withdrawals=(Withdrawal(Aspect.DISPLAY, answered),),
    )


def create_price(situation: Situation) -> Course:
    """A price is taken at once and holds from its start for its duration; a newer one takes its place."""
    answered = situation.after(situation.behaviour.home_network)
    if why := hindrance(situation, answered):
        return situation.failed(Aspect.PRICE, answered, why)
    parameters = situation.command.parameters
    start = max(parameters.start or answered, answered)
    until = None if parameters.duration_s is None else start + timedelta(seconds=parameters.duration_s)
    price = situation.transition(Aspect.PRICE, start, parameters.words, until)
    return situation.done(situation.success(Aspect.PRICE, answered), (price,))


def operate_pairing_window(situation: Situation) -> Course:
    """Devices may join while the window is open; it closes by itself, with the same event as if it is told to."""
    opens = situation.command.kind is CommandKind.OPEN_PAIRING_WINDOW
    at = situation.after(situation.behaviour.home_network)
    if why := hindrance(situation, at):
        return situation.failed(Aspect.PAIRING_WINDOW, at, why)
    event = situation.success(Aspect.PAIRING_WINDOW, at)
    before = (Withdrawal(Aspect.PAIRING_WINDOW, at),)
    if not opens:
        return situation.done(event, situation.ending(Aspect.PAIRING_WINDOW, at), withdrawals=before)
    duration_s = situation.command.parameters.duration_s
    until = at + timedelta(seconds=situation.behaviour.pairing_window_s if duration_s is None else duration_s)
    return situation.done(
        event,
        (situation.transition(Aspect.PAIRING_WINDOW, at, _OPENED, until),),
        (situation.event(Aspect.PAIRING_WINDOW, until, _WINDOW_CLOSED),),
        before,
    )


def allow_network(situation: Situation) -> Course:
    """Enable or disable the home network. While it is disabled no device of the customer hears anything."""
    disables = situation.command.kind is CommandKind.DISABLE_NETWORK
    at = situation.after(situation.behaviour.home_network)
    if situation.fails():
        return situation.failed(Aspect.NETWORK_DISABLED, at, "the device reports failure")
    if not disables:
        ended = situation.ending(Aspect.NETWORK_DISABLED, at)
        return situation.done(situation.success(Aspect.NETWORK_DISABLED, at), ended)
    change = situation.transition(Aspect.NETWORK_DISABLED, at, _DISABLED)
    return situation.done(situation.success(Aspect.NETWORK_DISABLED, at), (change,))
