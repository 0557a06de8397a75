"""Square roots of whole numbers, exact to the last digit on every machine."""

import numpy as np
from numpy.typing import NDArray


def whole_root(squares: NDArray[np.int64]) -> NDArray[np.int64]:
    """The largest whole number whose square is not above each of `squares`, which are 0 to below 2**62."""
    # Below 2**62 the root of the processor is off by less than one, and a step up or down sets it right.
    root = np.sqrt(squares).astype(np.int64)
    root -= root * root > squares
    root += (root + 1) * (root + 1) <= squares
    return root


def hypotenuse(active: NDArray[np.int64], reactive: NDArray[np.int64]) -> NDArray[np.int64]:
    """The apparent amount of an active and a reactive one, rounded down; each is below 2**30."""
    return whole_root(active * active + reactive * reactive)
