"""Readings of many meters at once: what a request asks for as Series, and the values as a stream of blocks.

While a meter is without supply nothing flows: its registers stand still and its intervals are exactly zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet
from simulator.meter_kinds import kind_of
from simulator.observation import Observation, Observed
from simulator.quantities.decoding import decoded
from simulator.quantities.extremes import Reduction
from simulator.quantities.metered import (
    Block,
    Columns,
    Computation,
    Flows,
    Samples,
    View,
    shared_axes,
)
from simulator.series import Series, latest_series, period_series
from simulator.supply import Supply

__all__ = [
    "MixedBlock",
    "ReadingBlock",
    "Series",
    "latest_series",
    "mixed_blocks",
    "period_series",
    "reading_blocks",
]

_FIRST_BLOCK_VALUES: Final = 4_096


@dataclass(frozen=True, slots=True)
class ReadingBlock:
    """Readings of some meters."""

    meters: NDArray[np.int64]  # (meters,) fleet indices
    values: tuple[NDArray[np.int64], ...]  # one (meters, stamps) array for each series of the request
    # Of series with own stamps (meters, stamps) epoch seconds, of others None; () if no series has any.
    own_stamps: tuple[NDArray[np.int64] | None, ...] = ()
    # Rows that are delivered otherwise than they were registered; of all others values and stamps are delivered.
    observed: Observed = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MixedBlock:
    """Readings of some meters that do not all have the same series."""

    size: int
    # For each assortment that occurs: its number, the rows of its meters among `size`, their readings.
    parts: tuple[tuple[int, NDArray[np.int64], ReadingBlock], ...]


def reading_blocks(
    fleet: Fleet,
    meters: NDArray[np.int64] | range,
    series: Sequence[Series],
    history: FieldHistory = UNDISTURBED,
    block_values: int = 65_536,
    observation: Observation | None = None,
) -> Iterator[ReadingBlock]:
    """The readings of meters in their order, block by block; nothing is computed before it is consumed.

    The first block is small, so that a reply can begin early; the others hold about `block_values` values,
    but at least one meter. Where a meter does not deliver a series its values mean nothing (see
    `mixed_blocks`). observation: what is delivered of them; None is everything as it was registered. Raises
    ValueError for stamps before the installation, IndexError for a meter that is not there.
    """
    supply = Supply(fleet, history)
    request = _Request(fleet, series, supply, observation)
    for chosen in _chunks(meters, fleet, request.work, block_values):
        yield request.block(chosen)


def mixed_blocks(
    fleet: Fleet,
    meters: NDArray[np.int64] | range,
    assortments: Sequence[Sequence[Series]],
    of_kind: Sequence[int],
    history: FieldHistory = UNDISTURBED,
    block_values: int = 65_536,
    observation: Observation | None = None,
) -> Iterator[MixedBlock]:
    """As `reading_blocks`, where kinds of meters have different series.

    Meters without any series are left out. assortments: the different sets of series. of_kind: for each kind of
    meters (see `simulator.meter_kinds`), which of them it has.
    """
    supply = Supply(fleet, history)
    requests = [_Request(fleet, series, supply, observation) for series in assortments]
    assortment_of_kind = np.array(of_kind, np.int64)
    work = max((request.work for request in requests), default=1)
    for chosen in _chunks(meters, fleet, work, block_values):
        numbers = assortment_of_kind[kind_of(fleet, chosen)]
        parts = []
        for number in np.unique(numbers).tolist():
            if not assortments[number]:
                continue
            rows = np.flatnonzero(numbers == number)
            parts.append((number, rows, requests[number].block(chosen[rows])))
        yield MixedBlock(len(chosen), tuple(parts))


def _chunks(
    meters: NDArray[np.int64] | range, fleet: Fleet, work: int, block_values: int
) -> Iterator[NDArray[np.int64]]:
    most = max(1, block_values // work)
    size = max(1, min(block_values, _FIRST_BLOCK_VALUES) // work)
    start = 0
    while start < len(meters):
        yield _indices(meters[start : start + size], fleet)
        start += size
        size = most


def _indices(meters: NDArray[np.int64] | range, fleet: Fleet) -> NDArray[np.int64]:
    if isinstance(meters, range):
        indices = np.arange(meters.start, meters.stop, meters.step)
    else:
        indices = np.asarray(meters, np.int64)
    if indices.min() < 0 or indices.max() >= len(fleet):
        raise IndexError(f"meters are 0 to {len(fleet) - 1}, not {indices.min()} to {indices.max()}")
    return indices


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One series, ready to be computed."""

    computation: Computation
    reduction: Reduction | None
    axis: int  # number of the axis that its flows are on
    columns: Columns
    scale: int


class _Request:
    """One request: its series, on the axes of all instants whose flows they are made of."""

    __slots__ = ("_axes", "_fleet", "_observation", "_series", "_supply", "_wanted", "work")

    def __init__(
        self, fleet: Fleet, series: Sequence[Series], supply: Supply, observation: Observation | None = None
    ) -> None:
        self._fleet = fleet
        self._series = series
        self._supply = supply
        self._observation = observation
        made = [_computation(fleet, one) for one in series]
        self._axes, numbers = shared_axes(fleet, [computation for computation, _, _ in made])
        self._wanted = []
        for number, (computation, reduction, scale) in zip(numbers, made, strict=True):
            columns = self._axes[number].columns(computation.instants)
            self._wanted.append(_Wanted(computation, reduction, number, columns, scale))
        samples = sum(len(one.reduction.samples.ends) for one in self._wanted if one.reduction is not None)
        self.work = max(
            1,
            sum(len(one.stamps) for one in series) + samples,
            sum(len(axis.instants) * len(axis.flows) for axis in self._axes),
        )

    def block(self, meters: NDArray[np.int64]) -> ReadingBlock:
        """The readings of these meters."""
        block = Block(self._fleet, meters, self._supply.disturbed(meters), self._supply.demand_resets(meters))
        flows: list[Flows] = [block.on(axis) for axis in self._axes]
        values: list[NDArray[np.int64]] = []
        own_stamps: list[NDArray[np.int64] | None] = []
        for wanted in self._wanted:
            value = wanted.computation.values(View(block, flows[wanted.axis], wanted.columns))
            happened = None
            if wanted.reduction is not None:
                value, happened = wanted.reduction.reduced(value, block)
            values.append(value if wanted.scale == 1 else value * wanted.scale)
            own_stamps.append(happened)
        any_own = any(one is not None for one in own_stamps)
        stamps = tuple(own_stamps) if any_own else ()
        if self._observation is None:
            return ReadingBlock(meters, tuple(values), stamps)
        observed = self._observation.observed(meters, self._series, values, stamps, self._measured)
        return ReadingBlock(meters, tuple(values), stamps, observed)

    def _measured(self, meter: int, series: Series) -> NDArray[np.int64]:
        """What one meter registers at other stamps than those of the request."""
        request = _Request(self._fleet, [series], self._supply)
        values: NDArray[np.int64] = request.block(np.array([meter])).values[0][0]
        return values


def _computation(fleet: Fleet, series: Series) -> tuple[Computation, Reduction | None, int]:
    """How a series is computed, reduced and scaled."""
    channel = decoded(series.reading_type)
    stamps = np.asarray(series.stamps, np.int64)
    if channel.sampling is None:
        samples = Samples(stamps, series.interval_starts() if series.is_interval else None)
        return channel.quantity.at(samples, fleet), None, channel.scale
    starts = series.starts
    if starts is None and channel.sampling.since is None:
        starts = series.interval_starts()
    reduction = Reduction(channel.sampling, stamps, starts, fleet)
    return channel.quantity.at(reduction.samples, fleet), reduction, channel.scale
