"""Windows in time: [start, end) in epoch seconds, and what several of them are together."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.local_time import Instants

Window = tuple[int, int | None]
"""[start, end) in epoch seconds; None: not over yet."""

FOR_EVER: Final = 2**62
"""An end later than any instant."""


def union(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The instants that lie in any of the windows, as disjoint windows in ascending order."""
    merged: list[Window] = []
    for start, end in sorted(windows, key=lambda window: window[0]):
        if merged:
            first, last = merged[-1]
            if last is None or start <= last:
                merged[-1] = (first, None if last is None or end is None else max(last, end))
                continue
        merged.append((start, end))
    return tuple(merged)


def inside(windows: Sequence[Window], instants: Instants) -> NDArray[np.bool_]:
    """Which instants lie in one of the windows, (instants,)."""
    found = np.zeros(len(instants), np.bool_)
    for start, end in windows:
        found |= (instants >= start) & (instants < (FOR_EVER if end is None else end))
    return found
