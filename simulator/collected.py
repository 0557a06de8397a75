"""What a head end has of the readings of a fleet when somebody looks: the same for a read and for the truth."""

from functools import partial

from simulator.defects import FieldDefects
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.links import known_until, unheard_of
from simulator.observation import Observation


def collected_at(fleet: Fleet, history: FieldHistory, now: int, *, answered_now: bool = False) -> Observation | None:
    """What stands between the meters and the head end at `now`, epoch seconds; None where nothing does.

    answered_now: the meters answer at this moment, so nothing is still on its way.
    """
    defects = FieldDefects(fleet, history)
    disturbances = None if defects.is_empty else defects
    unheard = None if answered_now or known_until(fleet, now, history) == now else partial(unheard_of, fleet, history)
    if unheard is None and disturbances is None:
        return None
    return Observation(now, unheard, disturbances)
