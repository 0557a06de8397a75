"""The reset of maximum demand: registers that keep a maximum begin anew."""

from typing import Final

from simulator.device.aspect import Aspect, Value
from simulator.device.course import Course, Situation

_DONE: Final[Value] = {"state": "reset"}


def reset_demand(situation: Situation) -> Course:
    """The maximum at the very instant of the reset is the closing value; what comes after counts for the next one."""
    at = situation.after(situation.behaviour.demand_reset)
    if situation.fails():
        return situation.failed(Aspect.DEMAND_RESET, at, "the device reports failure")
    return situation.done(
        situation.success(Aspect.DEMAND_RESET, at), (situation.transition(Aspect.DEMAND_RESET, at, _DONE),)
    )
