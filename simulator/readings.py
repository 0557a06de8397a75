"""Readings of many meters at once: what a request asks for as Series, and the values as a stream of blocks.

Interval values are stamped at their end, and a period is (start, end]: what ended at `start` belongs to the
period before. A register has a value from the installation on, where it is zero; an interval must have begun
by then. Nothing is answered for the future.

While a meter is interrupted no energy flows: its register stands still and its intervals are exactly zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet
from simulator.local_time import Instants, Intervals, LocalCalendar, epoch_seconds
from simulator.progressions import as_slice
from simulator.quantities import Channel, ChannelKind
from simulator.registers import cumulative_mwh, register_plan, register_wh

# [start, end) in epoch seconds without supply; None: not over yet.
Window = tuple[int, int | None]
Interruptions = Mapping[int, Sequence[Window]]  # by fleet index; the windows of a meter do not overlap

_NO_INTERRUPTIONS: Final[Interruptions] = MappingProxyType({})
_FIRST_BLOCK_VALUES: Final = 4_096
_FOR_EVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Series:
    """One reading type at a set of instants, the same for every meter of a request."""

    reading_type: ReadingType
    stamps: Instants  # (stamps,) epoch seconds UTC, ascending: the END of an interval, the instant of a register
    is_interval: bool  # interval: what flowed in (stamp - interval_s, stamp]; else a register value at the stamp
    decimals: int  # value = integer / 10**decimals in the reading type's unit and multiplier
    starts: Instants | None = None  # (stamps,) where intervals begin, if not one interval_s before the stamp

    def interval_starts(self) -> Instants:
        """Where each interval begins, in epoch seconds. ValueError if the series does not know."""
        if self.starts is not None:
            return self.starts
        if self.reading_type.interval_s is None:
            raise ValueError(f"reading type {self.reading_type} does not say how long its intervals are")
        return self.stamps - self.reading_type.interval_s


@dataclass(frozen=True, slots=True)
class ReadingBlock:
    """Readings of some meters."""

    meters: NDArray[np.int64]  # (meters,) fleet indices
    values: tuple[NDArray[np.int64], ...]  # one (meters, stamps) array for each series of the request


def period_series(
    channels: Sequence[Channel],
    start: datetime,
    end: datetime,
    *,
    calendar: LocalCalendar,
    installed: int,
    now: datetime,
) -> list[Series]:
    """What each channel has in the period (start, end] and up to now; a series may come out empty.

    Registers without a grid of their own come as one value per local midnight. `installed` is in epoch
    seconds.
    """
    # Half open on whole seconds: a stamp is later than `start` exactly if it is later than `start` rounded
    # down.
    first = max(epoch_seconds(start), installed - 1)
    last = min(epoch_seconds(end), epoch_seconds(now))
    return [_series(channel, first, last, calendar, installed) for channel in channels]


def latest_series(
    channels: Sequence[Channel], *, calendar: LocalCalendar, installed: int, now: datetime
) -> list[Series]:
    """The latest value of each channel: a register as it stands now, the last one on a grid that is complete.

    Before the installation every series is empty.
    """
    instant = epoch_seconds(now)
    series = []
    for channel in channels:
        if channel.period_s is None:
            stamps = np.array([instant] if instant >= installed else [], np.int64)
            series.append(Series(channel.reading_type, stamps, False, channel.decimals))
            continue
        # Two days back there is a complete value on every grid, also where a zone skipped a whole day.
        since = max(instant - 3 * 86_400, installed - 1)
        series.append(_last(_series(channel, since, instant, calendar, installed)))
    return series


def _series(channel: Channel, first: int, last: int, calendar: LocalCalendar, installed: int) -> Series:
    if channel.period_s is None:
        stamps = calendar.midnights(first, last)
        return Series(channel.reading_type, stamps, False, channel.decimals)
    grid = calendar.intervals(first, last, channel.period_s)
    if channel.kind is ChannelKind.REGISTER:
        return Series(channel.reading_type, grid.stamps, False, channel.decimals)
    complete = grid.starts >= installed
    grid = Intervals(grid.starts[complete], grid.stamps[complete])
    return Series(channel.reading_type, grid.stamps, True, channel.decimals, grid.starts)


def _last(series: Series) -> Series:
    starts = None if series.starts is None else series.starts[-1:]
    return Series(series.reading_type, series.stamps[-1:], series.is_interval, series.decimals, starts)


def reading_blocks(
    fleet: Fleet,
    meters: NDArray[np.int64] | range,
    series: Sequence[Series],
    interruptions: Interruptions = _NO_INTERRUPTIONS,
    block_values: int = 65_536,
) -> Iterator[ReadingBlock]:
    """The readings of meters in their order, block by block; nothing is computed before it is consumed.

    The first block is small, so that a reply can begin early; the others hold about `block_values` values,
    but at least one meter. Raises ValueError for stamps before the installation, IndexError for a meter that
    is not there.
    """
    request = _Request(fleet, series, interruptions)
    stamps = max(1, sum(len(one.stamps) for one in series))
    most = max(1, block_values // stamps)
    size = max(1, min(block_values, _FIRST_BLOCK_VALUES) // stamps)
    start = 0
    while start < len(meters):
        yield request.block(_indices(meters[start : start + size], fleet))
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
    """One request: its series on the axis of all instants whose registers they are made of."""

    __slots__ = ("_at", "_fleet", "_instants", "_interrupted", "_interruptions", "_plan", "_scales")

    def __init__(self, fleet: Fleet, series: Sequence[Series], interruptions: Interruptions) -> None:
        self._fleet = fleet
        bounds = [
            (one.interval_starts() if one.is_interval else None, np.asarray(one.stamps, np.int64)) for one in series
        ]
        every = [axis for pair in bounds for axis in pair if axis is not None]
        self._instants = np.unique(np.concatenate(every)) if every else np.empty(0, np.int64)
        self._at = [
            (None if starts is None else self._columns(starts), self._columns(stamps)) for starts, stamps in bounds
        ]
        # Registers are whole watt-hours; in milli, centi and deci watt-hours they end in zeros.
        self._scales = [10 ** max(0, -one.reading_type.multiplier) for one in series]
        self._plan = register_plan(fleet, self._instants)
        self._interruptions = interruptions
        self._interrupted = np.array(sorted(interruptions), np.int64)

    def _columns(self, instants: Instants) -> slice | NDArray[np.int64]:
        return as_slice(np.searchsorted(self._instants, instants))

    def block(self, meters: NDArray[np.int64]) -> ReadingBlock:
        """The readings of these meters."""
        energy_mwh = self._plan.cumulative_mwh(meters)
        if len(self._interrupted) and len(self._instants):
            self._interrupt(meters, energy_mwh)
        registers = register_wh(energy_mwh)
        values = []
        for (starts, stamps), scale in zip(self._at, self._scales, strict=True):
            value = registers[:, stamps] if starts is None else registers[:, stamps] - registers[:, starts]
            values.append(value if scale == 1 else value * scale)
        return ReadingBlock(meters, tuple(values))

    def _interrupt(self, meters: NDArray[np.int64], energy_mwh: NDArray[np.int64]) -> None:
        """Take from energy (meters, instants) what did not flow. Only interrupted meters cost anything."""
        rows_of: dict[tuple[Window, ...], list[int]] = {}
        for row in np.flatnonzero(np.isin(meters, self._interrupted)).tolist():
            # Meters that were switched by one command share their windows and are computed together.
            rows_of.setdefault(tuple(self._interruptions[int(meters[row])]), []).append(row)
        for windows, rows in rows_of.items():
            bounds = self._bounds(windows)
            at_bounds = cumulative_mwh(self._fleet, meters[rows], bounds)
            unsupplied = energy_mwh[rows]
            lost = np.zeros_like(unsupplied)
            for start, end in windows:
                low, high = self._clip(start), self._clip(_FOR_EVER if end is None else end)
                if high <= low:
                    continue
                before = at_bounds[:, np.searchsorted(bounds, [low])]
                after = at_bounds[:, np.searchsorted(bounds, [high])]
                lost += np.clip(unsupplied, before, after) - before
            energy_mwh[rows] -= lost

    def _bounds(self, windows: Sequence[Window]) -> Instants:
        ends = [self._clip(_FOR_EVER if end is None else end) for _, end in windows]
        return np.unique(np.array([self._clip(start) for start, _ in windows] + ends, np.int64))

    def _clip(self, instant: int) -> int:
        """Limits a window to what is asked for: from the installation to the last instant of the request."""
        return min(max(instant, self._fleet.installed), max(int(self._instants[-1]), self._fleet.installed))
