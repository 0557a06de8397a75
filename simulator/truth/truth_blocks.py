"""What flowed, was registered and is reported of many meters, block by block: arrays of (meters, stamps)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.bypass import bypasses_among
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet
from simulator.observation import Observation, ObservedSeries
from simulator.readings import ReadingBlock, mixed_blocks, reading_blocks
from simulator.series import Series
from simulator.truth.honest_fleet import honest_fleet

Values = NDArray[np.int64]

_ALL_AT_ONCE: Final = 2**40


@dataclass(frozen=True, slots=True, eq=False)
class SeriesTruth:
    """One series of some meters. All arrays are (meters, stamps), in the integers of the series.

    Where nothing is different an array is the very one before it: `flowed is registered`, `reported is registered`.
    """

    series: Series
    flowed: Values
    registered: Values
    reported: Values  # means nothing where `delivered` is 0
    delivered: NDArray[np.int64] | None  # how often the head end delivers each value; None: each once
    happened: Values | None  # epoch seconds, where an extreme has a stamp of its own
    observed: Mapping[int, ObservedSeries]  # by row: those that are not delivered as they were registered

    @property
    def given(self) -> NDArray[np.bool_] | None:
        """Which values are delivered, (meters, stamps); None: all."""
        return None if self.delivered is None else self.delivered > 0

    def extra(self, row: int) -> NDArray[np.bool_]:
        """Which of the readings delivered of a row of `observed` are at stamps that its series does not have."""
        stamps = self.observed[row].stamps
        return np.zeros(stamps.shape, np.bool_) if self.series.has_own_stamps else ~np.isin(stamps, self.series.stamps)


@dataclass(frozen=True, slots=True, eq=False)
class TruthPart:
    """The meters of a block that are of one kind, and so have the same series."""

    kind: int  # see `simulator.meter_kinds`
    positions: NDArray[np.int64]  # (meters,) in the block
    meters: NDArray[np.int64]  # (meters,) fleet indices
    truths: tuple[SeriesTruth, ...]  # in the order of the kind's series


@dataclass(frozen=True, slots=True, eq=False)
class TruthBlock:
    """Some meters, in their order."""

    meters: NDArray[np.int64]  # (meters,) fleet indices
    parts: tuple[TruthPart, ...]


def truth_blocks(
    fleet: Fleet,
    meters: NDArray[np.int64] | range,
    series_of_kind: Sequence[Sequence[Series]],
    history: FieldHistory = UNDISTURBED,
    observation: Observation | None = None,
    block_values: int = 65_536,
) -> Iterator[TruthBlock]:
    """The truth about meters in their order; what no bypass and no disturbance touches is computed once.

    series_of_kind: for each kind of meters its series. observation: who looks, and when; None sees everything.
    Raises as `simulator.readings.mixed_blocks` does.
    """
    blocks = mixed_blocks(fleet, meters, series_of_kind, range(len(series_of_kind)), history, block_values, observation)
    honest = honest_fleet(fleet)
    first = 0
    for block in blocks:
        chosen = np.asarray(meters[first : first + block.size], np.int64)
        first += block.size
        parts = [
            TruthPart(kind, positions, readings.meters, _truths(fleet, honest, series_of_kind[kind], readings, history))
            for kind, positions, readings in block.parts
        ]
        yield TruthBlock(chosen, tuple(parts))


def _truths(
    fleet: Fleet, honest: Fleet, series: Sequence[Series], block: ReadingBlock, history: FieldHistory
) -> tuple[SeriesTruth, ...]:
    flowed = _flowed(fleet, honest, series, block, history)
    own_stamps = block.own_stamps or (None,) * len(series)
    truths = []
    for number, (one, registered, happened) in enumerate(zip(series, block.values, own_stamps, strict=True)):
        observed = {row: rows[number] for row, rows in block.observed.items()}
        reported, delivered = _reported(one, registered, observed)
        truths.append(SeriesTruth(one, flowed[number], registered, reported, delivered, happened, observed))
    return tuple(truths)


def _flowed(
    fleet: Fleet, honest: Fleet, series: Sequence[Series], block: ReadingBlock, history: FieldHistory
) -> tuple[Values, ...]:
    """What the same meters would have registered without a bypass: computed for those that have one."""
    rows = bypasses_among(fleet, block.meters).rows
    if not len(rows):
        return block.values
    found = list(reading_blocks(honest, block.meters[rows], series, history, block_values=_ALL_AT_ONCE))
    flowed = []
    for number, registered in enumerate(block.values):
        all_values = registered.copy()
        all_values[rows] = np.concatenate([one.values[number] for one in found])
        flowed.append(all_values)
    return tuple(flowed)


def _reported(
    series: Series, registered: Values, observed: Mapping[int, ObservedSeries]
) -> tuple[Values, NDArray[np.int64] | None]:
    if not observed:
        return registered, None
    reported = registered.copy()
    delivered = np.ones(registered.shape, np.int64)
    for row, readings in observed.items():
        if series.has_own_stamps:  # nothing but its being there is ever disturbed
            delivered[row] = ~np.isin(series.stamps, list(readings.causes))
            continue
        on_grid = np.isin(readings.stamps, series.stamps)
        columns = np.searchsorted(series.stamps, readings.stamps[on_grid])
        delivered[row] = np.bincount(columns, minlength=len(series.stamps))
        reported[row, columns] = readings.values[on_grid]  # of a stamp that comes twice, the last
    return reported, delivered
