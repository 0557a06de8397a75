"""On-demand reads: which meters answer the head end in time, and how long it takes until all that will have answered.

A meter may be silent because it has no power, is outside its time of day, is dark for days, or because no try got
through. The head end cannot tell these apart: all it knows is that no answer came (4.1). It concludes nothing from it,
least of all an outage.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from headend.operations.fleet.meter_targets import Indices
from headend.operations.refusal import TimedOut
from headend.operations.reply import Error, ObjectId
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of
from simulator.links import all_answer_at_once, attempts
from simulator.local_time import epoch_seconds

NO_ANSWER = "4.1"

_METERS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of asking meters."""

    meters: Indices
    """Those that answered, in the order in which they were asked."""
    errors: tuple[Error, ...]
    """One (4.1) for each that did not."""
    after: timedelta
    """When the head end had heard from all or given up, in the fleet's time."""


def ask(fleet: Fleet, meters: Indices, now: datetime, history: FieldHistory, longest_wait: timedelta) -> Answers:
    """Ask meters for their registers; whoever takes longer than `longest_wait` counts as silent.

    Raises TimedOut if no meter answers.
    """
    instant = epoch_seconds(now)
    if not len(meters) or all_answer_at_once(fleet, instant, history):
        return Answers(meters, (), timedelta(0))
    limit_ms = longest_wait // timedelta(milliseconds=1)
    indices = indices_of(meters)
    answered = np.empty(indices.size, np.bool_)
    waited_ms = 0
    for first in range(0, indices.size, _METERS_AT_ONCE):
        part = slice(first, first + _METERS_AT_ONCE)
        found = attempts(fleet, indices[part], instant, history)
        answered[part] = found.answered & (found.after_ms <= limit_ms)
        waited_ms = max(waited_ms, min(int(found.after_ms.max()), limit_ms))
    after = timedelta(milliseconds=waited_ms)
    silent = indices[~answered]
    errors = _no_answer(fleet, silent, limit_ms)
    if silent.size == indices.size:
        raise TimedOut(*errors, after=after)
    return Answers(meters if not silent.size else indices[answered], errors, after)


def _no_answer(fleet: Fleet, meters: NDArray[np.int64], limit_ms: int) -> tuple[Error, ...]:
    """One error a meter, which says when the head end gave up."""
    waits_ms = [min(one.communication.give_up_ms, limit_ms) for one in fleet.conditions]
    return tuple(
        Error(
            NO_ANSWER,
            f"{name.decode()} gave no answer within {waits_ms[position] / 1_000:g} s",
            object_id=ObjectId(mrid.decode(), "uuid", "Meter"),
        )
        for name, mrid, position in zip(
            fleet.names(meters), fleet.mrids(meters), fleet.conditions_of(meters).tolist(), strict=True
        )
    )
