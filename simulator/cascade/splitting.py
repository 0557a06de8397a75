"""How a whole divides over weights: part k of E gets the energy between E * c[k] // c[n] and E * c[k+1] // c[n].

c are the running sums of the weights. The bounds telescope, so the parts add up to the whole without any rounding
rest. Running sums and divisions are what a split costs; where only a few bounds are wanted, only those are made.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.noise import Words

# Running over all weights costs as much as leaping to the wanted ones does for a third of them.
_FEW: Final = 3
_LONGEST_STEP: Final = 12


def split(energy: Words, weights: Words) -> Words:
    """Where the parts of `energy` (...,) begin and end, (..., parts + 1), by weights (..., parts)."""
    bounds = np.zeros((*weights.shape[:-1], weights.shape[-1] + 1), np.uint64)
    np.cumsum(weights, axis=-1, out=bounds[..., 1:])
    total = bounds[..., -1:].copy()
    np.multiply(bounds, energy[..., np.newaxis], out=bounds)
    return np.floor_divide(bounds, total, out=bounds)


def bounds_at(energy: Words, weights: Words, at: NDArray[np.int64]) -> Words:
    """As `split`, but only the bounds `at`, which ascend and are distinct, (..., bounds)."""
    parts = weights.shape[-1]
    if len(at) * _FEW > parts:
        every = split(energy, weights)
        return every if len(at) == parts + 1 else every[..., at]
    bounds = sums_at(weights, at)
    bounds *= energy[..., np.newaxis]
    bounds //= weights.sum(axis=-1, keepdims=True)
    return bounds


def sums_at(weights: NDArray[np.integer], at: NDArray[np.int64]) -> Words:
    """The sum of the first at[k] weights (..., parts) for each k, (..., len(at)); `at` ascend and are distinct.

    The sum of all weights must fit into their type.
    """
    parts, wanted = weights.shape[-1], len(at)
    step = parts // wanted if wanted else 0
    sums = np.zeros((*weights.shape[:-1], wanted), np.uint64)
    if 1 < step <= _LONGEST_STEP and wanted * step == parts and at[0] == 0 and (np.diff(at) == step).all():
        pieces = weights[..., 0:-step:step].copy()
        for number in range(1, step):
            pieces += weights[..., number:-step:step]
        sums[..., 1:] = np.cumsum(pieces, axis=-1, dtype=pieces.dtype)
    elif wanted * _FEW > parts:
        running = np.cumsum(weights, axis=-1, dtype=weights.dtype)
        first = int(wanted > 0 and at[0] == 0)
        sums[..., first:] = running[..., at[first:] - 1]
    elif wanted:
        begin = np.flatnonzero(np.append(0, at[:-1]) != at)  # where a piece is not empty: all but one that begins at 0
        cuts = np.append(0, at[:-1])[begin]
        pieces = np.add.reduceat(weights[..., : at[-1]], cuts, axis=-1) if len(cuts) else weights[..., :0]
        sums[..., begin] = np.cumsum(pieces, axis=-1)
    return sums
