"""Interval data as runs: the intervals of one meter, one local day and one length, behind each other without a gap.

A run says where it begins and how long its intervals are, so every interval has its instant, whatever the clocks did
on that day: there are 92, 96 or 100 quarters in one, and a day whose intervals differ in length is several runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.local_time import LocalCalendar
from simulator.series import Series

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RunShape:
    """The runs of a series, the same for each of its meters."""

    starts: Numbers  # (runs,) epoch seconds
    interval_s: Numbers  # (runs,)
    lengths: Numbers  # (runs,) intervals in each; their sum is the series' number of stamps


@dataclass(frozen=True, slots=True, eq=False)
class IntervalRows:
    """Runs of some meters, in the order of the meters and then of time."""

    positions: Numbers  # (rows,) of the meter in its block
    starts: Numbers  # (rows,) epoch seconds
    interval_s: Numbers  # (rows,)
    lengths: Numbers  # (rows,)
    integers: Numbers  # (intervals,), those of the first row first
    given: NDArray[np.bool_] | None  # (intervals,), which of them were delivered; None: all

    def interval_starts(self) -> Numbers:
        """Where each interval begins, (intervals,) epoch seconds."""
        first_of_row = np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        number = np.arange(len(self.integers)) - first_of_row
        return np.repeat(self.starts, self.lengths) + number * np.repeat(self.interval_s, self.lengths)


def run_shape(series: Series, calendar: LocalCalendar) -> RunShape:
    """How a series of intervals, which must have a stamp at least, falls into runs."""
    starts, stamps = series.interval_starts(), series.stamps
    lengths = stamps - starts
    days = calendar.days(int(starts[0]), int(stamps[-1])).locate(starts)
    begins = np.ones(len(starts), np.bool_)
    begins[1:] = (np.diff(days) != 0) | (np.diff(lengths) != 0) | (starts[1:] != stamps[:-1])
    first = np.flatnonzero(begins)
    return RunShape(starts[first], lengths[first], np.diff(np.append(first, len(starts))))


def interval_rows(
    shape: RunShape, positions: Numbers, values: Numbers, given: NDArray[np.bool_] | None = None
) -> IntervalRows:
    """The rows of meters at `positions` of a block; values, and what of them is given, are (meters, stamps)."""
    meters, runs = len(positions), len(shape.starts)
    return IntervalRows(
        np.repeat(positions, runs),
        np.tile(shape.starts, meters),
        np.tile(shape.interval_s, meters),
        np.tile(shape.lengths, meters),
        values.ravel(),
        None if given is None else given.ravel(),
    )


def merged_intervals(parts: Sequence[IntervalRows]) -> IntervalRows:
    """The rows of different meters of one block as if they had been made together."""
    if len(parts) == 1:
        return parts[0]
    positions, lengths = (np.concatenate([getattr(part, name) for part in parts]) for name in ("positions", "lengths"))
    order = np.argsort(positions, kind="stable")
    first = np.cumsum(lengths) - lengths
    # Each row's intervals, taken from where they are to where the row goes.
    taken = lengths[order]
    index = np.repeat(first[order] - (np.cumsum(taken) - taken), taken) + np.arange(int(taken.sum()))
    given = None
    if any(part.given is not None for part in parts):
        masks = [np.ones(len(part.integers), np.bool_) if part.given is None else part.given for part in parts]
        given = np.concatenate(masks)[index]
    return IntervalRows(
        positions[order],
        np.concatenate([part.starts for part in parts])[order],
        np.concatenate([part.interval_s for part in parts])[order],
        taken,
        np.concatenate([part.integers for part in parts])[index],
        given,
    )
