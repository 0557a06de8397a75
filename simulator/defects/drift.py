"""Clocks that drift a little between two synchronisations: stamps are made some seconds early or late.

How wrong a clock is belongs to its link, which sets it right (`simulator.links.clock_error_s`). Each boundary moves
as a whole, so what one interval loses the next one has.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.defects.series_draft import SeriesDraft
from simulator.local_time import Instants

DRIFT: Final = "clock_drift"
"""The cause of a value that was measured between instants a little off."""


def drift(draft: SeriesDraft, clock_error_s: Callable[[Instants], NDArray[np.int64]]) -> None:
    """Have everything measured when the clock of the device says that it is time; positive errors are fast clocks."""
    if draft.is_read_now or not draft.is_metered:
        return
    begins = draft.begins - clock_error_s(draft.begins)
    # A slow clock has not come to a stamp that the wall clock has just passed: it is told as if it had.
    ends = np.minimum(draft.ends - clock_error_s(draft.ends), draft.now)
    for stamp in draft.stamps[(begins != draft.begins) | (ends != draft.ends)].tolist():
        draft.explain(stamp, DRIFT)
    draft.move(begins if draft.is_of_intervals else ends, ends)
