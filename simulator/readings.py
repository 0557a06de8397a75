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
from simulator.measured_series import Measured, MeasuredSeries, merged, tariff_span
from simulator.meter_kinds import kind_of
from simulator.observation import Observation, Observed
from simulator.series import Series, latest_series, period_series
from simulator.supply import Supply
from simulator.tariffs.tariff_groups import TariffGroups

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
# Of the groups of meters with equal tariffs: each holds what it takes to walk through years.
_KEPT_GROUPS: Final = 64


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
    request = _Request(fleet, series, history, Supply(fleet, history), observation)
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
    requests = [_Request(fleet, series, history, supply, observation) for series in assortments]
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


class _Request:
    """One request: its series, computed for all meters with one history of tariffs together, and what is observed."""

    __slots__ = (
        "_by_class",
        "_by_group",
        "_fleet",
        "_groups",
        "_history",
        "_observation",
        "_series",
        "_supply",
        "work",
    )

    def __init__(
        self,
        fleet: Fleet,
        series: Sequence[Series],
        history: FieldHistory,
        supply: Supply,
        observation: Observation | None = None,
    ) -> None:
        self._fleet = fleet
        self._series = series
        self._history = history
        self._supply = supply
        self._observation = observation
        self._by_class = MeasuredSeries(fleet, series, supply)
        self._by_group: dict[int, MeasuredSeries] = {}
        span = tariff_span(fleet, series) if history.tariffs else None
        self._groups = None if span is None else TariffGroups(history.tariffs, span)
        self.work = self._by_class.work

    def block(self, meters: NDArray[np.int64]) -> ReadingBlock:
        """The readings of these meters."""
        values, stamps = self._measured(meters)
        if self._observation is None:
            return ReadingBlock(meters, values, stamps)
        observed = self._observation.observed(meters, self._series, values, stamps, self._measured_anew)
        return ReadingBlock(meters, values, stamps, observed)

    def _measured(self, meters: NDArray[np.int64]) -> Measured:
        if self._groups is None:
            return self._by_class.of(meters)
        groups = self._groups.of(meters)
        numbers = np.unique(groups).tolist()
        if len(numbers) == 1:
            return self._of_group(numbers[0], self._groups).of(meters)
        rows = [np.flatnonzero(groups == number) for number in numbers]
        parts = [
            self._of_group(number, self._groups).of(meters[own]) for number, own in zip(numbers, rows, strict=True)
        ]
        return merged(rows, parts)

    def _of_group(self, number: int, groups: TariffGroups) -> MeasuredSeries:
        if number == 0:
            return self._by_class
        found = self._by_group.get(number)
        if found is None:
            if len(self._by_group) >= _KEPT_GROUPS:
                self._by_group.clear()
            found = MeasuredSeries(self._fleet, self._series, self._supply, groups.histories[number])
            self._by_group[number] = found
        return found

    def _measured_anew(self, meter: int, series: Series) -> NDArray[np.int64]:
        """What one meter registers at other stamps than those of the request."""
        tariffs = tuple(self._history.tariffs.get(meter, ()))
        measured = MeasuredSeries(self._fleet, [series], self._supply, tariffs).of(np.array([meter]))
        values: NDArray[np.int64] = measured[0][0][0]
        return values
