"""Flow directions: which flows a reading type adds up (61968-9:2013, Annex C, flowDirection).

Quadrants 1 and 2 count as positive reactive energy, 3 and 4 as negative; so forward and lagging reactive energy is
q1plusQ2, reverse and leading is q3plusQ4.
"""

from typing import Final

from simulator.cascade.flow import Flow
from simulator.cim.reading_type import ReadingType
from simulator.quantities.energy import Term
from simulator.quantities.refusals import unsupported

_FORWARD: Final = (Flow.FORWARD, 1)
_REVERSE: Final = (Flow.REVERSE, 1)
_Q1, _Q2, _Q3, _Q4 = ((flow, 1) for flow in (Flow.Q1, Flow.Q2, Flow.Q3, Flow.Q4))


def _less(term: Term) -> Term:
    return term[0], -1


TOTAL_ACTIVE: Final = (_FORWARD, _REVERSE)
NET_ACTIVE: Final = (_FORWARD, _less(_REVERSE))
TOTAL_REACTIVE: Final = (_Q1, _Q2, _Q3, _Q4)
NET_REACTIVE: Final = (_Q1, _Q2, _less(_Q3), _less(_Q4))
_ACTIVE: Final[dict[int, tuple[Term, ...]]] = {
    1: (_FORWARD,),
    4: NET_ACTIVE,
    19: (_REVERSE,),
    20: TOTAL_ACTIVE,
    21: TOTAL_ACTIVE,  # the phases of a meter flow the same way
}
_REACTIVE: Final[dict[int, tuple[Term, ...]]] = {
    1: (_Q1, _Q2),
    2: (_Q1, _Q2),
    3: (_Q3, _Q4),
    4: NET_REACTIVE,
    5: (_Q1, _Q2),
    7: (_Q1, _Q3),
    8: (_Q1, _Q4),
    9: (_Q1, _less(_Q4)),
    10: (_Q2, _Q3),
    11: (_Q2, _Q4),
    12: (_Q2, _less(_Q3)),
    13: (_Q3, _Q4),
    14: (_Q3, _less(_Q2)),
    15: (_Q1,),
    16: (_Q2,),
    17: (_Q3,),
    18: (_Q4,),
    19: (_Q3, _Q4),
    20: TOTAL_REACTIVE,
    21: TOTAL_REACTIVE,
}
# What goes together while energy flows forward, while it flows back, and always.
_APPARENT: Final[dict[int, tuple[tuple[Term, ...], tuple[Term, ...]]]] = {
    0: (TOTAL_ACTIVE, TOTAL_REACTIVE),
    1: ((_FORWARD,), (_Q1, _Q4)),
    19: ((_REVERSE,), (_Q2, _Q3)),
    20: (TOTAL_ACTIVE, TOTAL_REACTIVE),
    21: (TOTAL_ACTIVE, TOTAL_REACTIVE),
}


def active_terms(reading_type: ReadingType) -> tuple[Term, ...]:
    """Flows of active energy. Raises UnsupportedQuantity."""
    if reading_type.flow_direction not in _ACTIVE:
        raise unsupported(reading_type, "flow_direction", "active energy flows forward, reverse, net or total")
    return _ACTIVE[reading_type.flow_direction]


def reactive_terms(reading_type: ReadingType) -> tuple[Term, ...]:
    """Flows of reactive energy. Raises UnsupportedQuantity."""
    if reading_type.flow_direction not in _REACTIVE:
        raise unsupported(reading_type, "flow_direction", "reactive energy flows in quadrants or sums of them")
    return _REACTIVE[reading_type.flow_direction]


def apparent_terms(reading_type: ReadingType) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Flows of active energy and the reactive ones that go with them. Raises UnsupportedQuantity."""
    if reading_type.flow_direction not in _APPARENT:
        raise unsupported(reading_type, "flow_direction", "what is apparent flows forward, reverse or total")
    return _APPARENT[reading_type.flow_direction]
