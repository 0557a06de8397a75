"""Registers as rows: what a meter's register shows at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.series import Series

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RegisterRows:
    """Registers of some meters, in the order of the meters and then of time; all arrays are (rows,)."""

    positions: Numbers  # of the meter in its block
    times: Numbers  # epoch seconds
    integers: Numbers
    happened: Numbers | None  # epoch seconds at which an extreme was reached, where the series tells one
    given: NDArray[np.bool_] | None  # which of them were delivered; None: all


def register_rows(
    series: Series,
    positions: Numbers,
    values: Numbers,
    own_stamps: Numbers | None,
    given: NDArray[np.bool_] | None = None,
) -> RegisterRows:
    """The registers of meters at `positions` of a block; the other arrays are (meters, stamps)."""
    return RegisterRows(
        np.repeat(positions, len(series.stamps)),
        np.tile(series.stamps, len(positions)),
        values.ravel(),
        None if own_stamps is None else own_stamps.ravel(),
        None if given is None else given.ravel(),
    )


def merged_registers(parts: Sequence[RegisterRows]) -> RegisterRows:
    """The rows of different meters of one block as if they had been made together."""
    if len(parts) == 1:
        return parts[0]
    positions = np.concatenate([part.positions for part in parts])
    order = np.argsort(positions, kind="stable")
    happened = given = None
    if all(part.happened is not None for part in parts):
        happened = np.concatenate([part.happened for part in parts if part.happened is not None])[order]
    if any(part.given is not None for part in parts):
        masks = [np.ones(len(part.integers), np.bool_) if part.given is None else part.given for part in parts]
        given = np.concatenate(masks)[order]
    return RegisterRows(
        positions[order],
        np.concatenate([part.times for part in parts])[order],
        np.concatenate([part.integers for part in parts])[order],
        happened,
        given,
    )
