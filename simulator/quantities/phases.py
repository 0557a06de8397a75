"""How the load of a three-phase meter lies on its phases: in whole units, so that phases add up to the total.

Every unit (a watt-hour, a watt) belongs to one phase, dealt out in a fixed order of 256: a register of a phase
never runs backwards, and the three always make the register of all.
"""

from enum import IntEnum
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.noise import Purpose

_DECK: Final = 256
# Shares of the phases A, B and C, of 256. Electricians spread a house as well as they can.
_SHARES: Final = (
    (86, 85, 85),
    (96, 82, 78),
    (78, 98, 80),
    (82, 76, 98),
    (110, 80, 66),
    (70, 108, 78),
    (74, 68, 114),
    (122, 50, 84),
    (60, 126, 70),
    (90, 58, 108),
    (102, 94, 60),
    (64, 88, 104),
    (136, 64, 56),
    (58, 70, 128),
    (84, 104, 68),
    (92, 90, 74),
)


class Phase(IntEnum):
    """One of the three phases."""

    A = 0
    B = 1
    C = 2


@cache
def _dealt() -> NDArray[np.int64]:
    """How many of the first n units each phase has, (patterns, 257, 3)."""
    tables = []
    for shares in _SHARES:
        counts = [(0, 0, 0)]
        for number in range(1, _DECK + 1):
            last = counts[-1]
            # The phase that is furthest behind its share takes the next unit.
            behind = [share * number - _DECK * had for share, had in zip(shares, last, strict=True)]
            next_phase = behind.index(max(behind))
            counts.append((last[0] + (next_phase == 0), last[1] + (next_phase == 1), last[2] + (next_phase == 2)))
        tables.append(counts)
    return np.array(tables, np.int64)


def on_phase(
    whole: NDArray[np.int64], phase: Phase, keys: noise.Words, three_phase: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """What of `whole` (meters, instants), not negative, is on a phase. A single-phase meter has all on A.

    keys (meters,) as of the fleet, three_phase (meters,).
    """
    pattern = np.right_shift(noise.mix(noise.key_for(keys, Purpose.PHASES)), 60).view(np.int64)[:, np.newaxis]
    dealt = _dealt()
    decks, rest = np.divmod(whole, _DECK)
    share = decks * dealt[pattern, _DECK, phase] + dealt[pattern, rest, phase]
    alone = whole if phase is Phase.A else np.zeros_like(whole)
    return np.where(three_phase[:, np.newaxis], share, alone)
