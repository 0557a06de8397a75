"""Index arrays that step evenly, as slices: NumPy moves data through a slice several times faster."""

import numpy as np
from numpy.typing import NDArray


def as_slice(indices: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """The slice that selects what `indices` (1-d, not negative) do, or `indices` if they step unevenly."""
    if len(indices) == 0:
        return slice(0, 0)
    first = int(indices[0])
    if len(indices) == 1:
        return slice(first, first + 1)
    step = int(indices[1]) - first
    if step <= 0 or np.any(np.diff(indices) != step):
        return indices
    return slice(first, int(indices[-1]) + 1, step)
