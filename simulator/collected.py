"""What a head end has of the readings of a fleet when somebody looks: the same for a read and for the truth."""

from collections.abc import Mapping, Sequence
from functools import partial

from simulator.defects import FieldDefects
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.links import known_until, unheard_of
from simulator.observation import Observation
from simulator.windows import Window


def collected_at(
    fleet: Fleet,
    history: FieldHistory,
    now: int,
    *,
    answered_now: bool = False,
    mounted: Mapping[int, Sequence[Window]] | None = None,
) -> Observation | None:
    """What stands between the meters and the head end at `now`, epoch seconds; None where nothing does.

    answered_now: the meters answer at this moment, so nothing is still on its way. mounted: see `Observation`.
    """
    defects = FieldDefects(fleet, history)
    disturbances = None if defects.is_empty else defects
    unheard = None if answered_now or known_until(fleet, now, history) == now else partial(unheard_of, fleet, history)
    if unheard is None and disturbances is None and not mounted:
        return None
    return Observation(now, unheard, disturbances, mounted=mounted or None)


def collected_between(fleet: Fleet, history: FieldHistory, before: int, now: int) -> Observation:
    """What a head end has at `now` and had not `before`, both in epoch seconds."""
    defects = FieldDefects(fleet, history)
    return Observation(now, partial(unheard_of, fleet, history), None if defects.is_empty else defects, before=before)


def all_known_until(fleet: Fleet, history: FieldHistory, now: int) -> int:
    """Nothing that is stamped up to this instant is missing at `now`, which is plain without looking at any meter."""
    return known_until(fleet, now, history) if FieldDefects(fleet, history).is_empty else fleet.installed - 1
