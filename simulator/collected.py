"""What a head end has of the readings of a fleet when somebody looks."""

import numpy as np
from numpy.typing import NDArray

from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.links import unheard
from simulator.local_time import Instants
from simulator.observation import Observation


def collected_at(fleet: Fleet, history: FieldHistory, now: int) -> Observation | None:
    """What stands between the meters and the head end at `now`, epoch seconds; None where nothing does."""
    if all(one.communication.is_prompt for one in fleet.conditions) and not history.outages:
        return None

    def not_heard(meters: NDArray[np.int64], stamps: Instants, at: int, /) -> NDArray[np.bool_]:
        return unheard(fleet, meters, stamps, at)

    return Observation(now, not_heard)
