"""What meters register at the stamps of some series: values, and of extremes when they happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulator.fleet import Fleet
from simulator.quantities import Channel
from simulator.quantities.decoding import decoded
from simulator.quantities.extremes import Reduction
from simulator.quantities.metered import Block, Columns, Computation, Flows, Samples, View, shared_axes
from simulator.quantities.tariff import Filtered
from simulator.quantities.tariff_rates import CLASS_TARIFFS
from simulator.series import Series
from simulator.supply import Supply
from simulator.tariffs.tariff_groups import TariffHistory
from simulator.windows import Window

Measured = tuple[tuple[NDArray[np.int64], ...], tuple[NDArray[np.int64] | None, ...]]
"""(meters, stamps) of each series: its values, and the stamps of its own; these are () if no series has any."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One series, ready to be computed."""

    computation: Computation
    reduction: Reduction | None
    axis: int  # number of the axis that its flows are on
    columns: Columns
    scale: int


class MeasuredSeries:
    """Some series, on the axes of all instants whose flows they are made of, for meters with one history of tariffs."""

    __slots__ = ("_axes", "_fleet", "_supply", "_wanted", "work")

    def __init__(
        self, fleet: Fleet, series: Sequence[Series], supply: Supply, tariffs: TariffHistory = CLASS_TARIFFS
    ) -> None:
        """Raises ValueError for stamps before the installation."""
        self._fleet = fleet
        self._supply = supply
        made = [_computation(fleet, one, tariffs) for one in series]
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

    def of(self, meters: NDArray[np.int64]) -> Measured:
        """What these meters register."""
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
        return tuple(values), tuple(own_stamps) if any_own else ()


def _computation(fleet: Fleet, series: Series, tariffs: TariffHistory) -> tuple[Computation, Reduction | None, int]:
    """How a series is computed, reduced and scaled."""
    channel = decoded(series.reading_type)
    quantity = channel.quantity
    if isinstance(quantity, Filtered):
        quantity = replace(quantity, tariffs=tariffs)
    stamps = np.asarray(series.stamps, np.int64)
    if channel.sampling is None:
        samples = Samples(stamps, series.interval_starts() if series.is_interval else None)
        return quantity.at(samples, fleet), None, channel.scale
    starts = series.starts
    if starts is None and channel.sampling.since is None:
        starts = series.interval_starts()
    reduction = Reduction(channel.sampling, stamps, starts, fleet, tariffs)
    return quantity.at(reduction.samples, fleet), reduction, channel.scale


def tariff_span(fleet: Fleet, series: Sequence[Series]) -> Window | None:
    """When it makes a difference by which tariff a meter counts, [start, end); None: never, for no series is of one."""
    spans = [
        (_counts_since(fleet, one, channel), int(one.stamps[-1]))
        for one in series
        if len(one.stamps) and _is_of_a_tariff(channel := decoded(one.reading_type))
    ]
    return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None


def _is_of_a_tariff(channel: Channel) -> bool:
    return isinstance(channel.quantity, Filtered) or (channel.sampling is not None and channel.sampling.rate > 0)


def _counts_since(fleet: Fleet, series: Series, channel: Channel) -> int:
    """Since when what flowed may be in the values: intervals begin anew, registers and sums never."""
    is_interval = series.is_interval and channel.sampling is None
    return int(series.interval_starts()[0]) if is_interval else fleet.installed


def merged(rows: Sequence[NDArray[np.int64]], parts: Sequence[Measured]) -> Measured:
    """What meters register, from parts that tell it of some of their rows each; all parts have the same series."""
    count = sum(map(len, rows))
    values = [_joined(count, rows, columns) for columns in zip(*(values for values, _ in parts), strict=True)]
    stamps = [
        None if columns[0] is None else _joined(count, rows, columns)
        for columns in zip(*(stamps for _, stamps in parts), strict=True)
    ]
    return tuple(values), tuple(stamps)


def _joined(count: int, rows: Sequence[NDArray[np.int64]], parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    whole = np.empty((count, parts[0].shape[1]), np.int64)
    for own, part in zip(rows, parts, strict=True):
        whole[own] = part
    return whole
