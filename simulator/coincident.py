"""Coincident readings: what channels have at instants that are not of their own choosing, such as that of a peak.

A register is read at the instant itself. What lies on a grid is there already: of a period, that is an interval or an
extreme of a day or month, the value whose period (start, stamp] holds the instant and is complete; of other grids the
last value up to the instant. A channel that has no such value has nothing there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, Instants, LocalCalendar
from simulator.observation import Observation, ReadingQuality
from simulator.quantities import Channel
from simulator.readings import ReadingBlock, reading_blocks
from simulator.series import Series, series_of

NOWHERE: Final = -1
_AROUND_S: Final = 3 * DAY_S
"""Before and behind any instant there is a whole value of every grid of up to a day, also in zones that skip days."""
_AROUND_SPAN_S: Final = 63 * DAY_S
"""The same for weeks and months."""


@dataclass(frozen=True, slots=True)
class SeriesAt:
    """What a channel has at some instants."""

    series: Series
    places: NDArray[np.int64]  # (instants,) which of the stamps each has, NOWHERE for none


@dataclass(frozen=True, slots=True)
class CoincidentReading:
    """One value of one channel that stands at an instant, or covers it."""

    channel: int  # its number in the request
    value: int  # over 10**decimals, as in Series
    stamp: int  # epoch seconds: of the value itself, which of a period is its end
    start: int | None = None  # where the period of the value begins; None for a value of an instant
    qualities: tuple[ReadingQuality, ...] = ()


def series_at(channel: Channel, instants: Instants, *, calendar: LocalCalendar, installed: int, now: int) -> SeriesAt:
    """What a channel has at instants (epoch seconds, in any order) of meters installed at `installed`."""
    nowhere = np.full(len(instants), NOWHERE, np.int64)
    inside = instants[(instants >= installed) & (instants <= now)]
    empty = series_of(channel, 0, 0, calendar, installed)
    if channel.whole_request or not len(inside):
        return SeriesAt(empty, nowhere)
    if channel.period_s is None and channel.span is None:
        stamps = np.unique(inside)
        places = np.searchsorted(stamps, instants)
        has = (instants >= installed) & (instants <= now)
        return SeriesAt(replace(empty, stamps=stamps), np.where(has, places, NOWHERE))
    around = _AROUND_S if channel.span is None else _AROUND_SPAN_S
    first = max(int(inside.min()) - around, installed - 1)
    last = min(int(inside.max()) + around, now)
    series = series_of(channel, first, last, calendar, installed)
    if series.starts is None:
        places = np.searchsorted(series.stamps, instants, side="right") - 1
        has = (places >= 0) & (instants <= now)
    else:
        places = np.searchsorted(series.stamps, instants, side="left")
        within = np.minimum(places, len(series.stamps) - 1)
        has = (places < len(series.stamps)) & (series.starts[within] < instants) if len(series.stamps) else nowhere == 0
    # A block of many meters needs a few stamps of a long grid.
    used = np.unique(places[has])
    found = np.where(has, np.searchsorted(used, places), NOWHERE)
    starts = None if series.starts is None else series.starts[used]
    return SeriesAt(replace(series, stamps=series.stamps[used], starts=starts), found)


def coincident_readings(
    fleet: Fleet,
    meters: NDArray[np.int64],
    instants: Instants,
    channels: Sequence[tuple[int, Channel]],
    history: FieldHistory,
    *,
    installed: int,
    now: int,
    observation: Observation | None,
) -> Iterator[tuple[int, list[CoincidentReading], bool]]:
    """For each pair of a meter and an instant: its number, its readings, and whether some are missing; in no order.

    meters, instants: (pairs,); all meters deliver the channels, which have their numbers beside them, and were
    installed at `installed`. observation: what is delivered; missing is what the meter has beyond that.
    """
    at = [
        series_at(channel, instants, calendar=fleet.calendar, installed=installed, now=now) for _, channel in channels
    ]
    distinct, numbers = np.unique(meters, return_inverse=True)
    pairs_of_meter: list[list[int]] = [[] for _ in distinct]
    for pair, number in enumerate(numbers.tolist()):
        pairs_of_meter[number].append(pair)
    first = 0
    for block in reading_blocks(fleet, distinct, [one.series for one in at], history, observation=observation):
        for row in range(len(block.meters)):
            for pair in pairs_of_meter[first + row]:
                found: list[CoincidentReading] = []
                is_missing = False
                for position, one in enumerate(at):
                    place = int(one.places[pair])
                    if place == NOWHERE:
                        continue
                    reading, is_gone = _delivered(block, row, position, one.series, place, channels[position][0])
                    is_missing |= is_gone
                    if reading is not None:
                        found.append(reading)
                yield pair, found, is_missing
        first += len(block.meters)


def _delivered(
    block: ReadingBlock, row: int, position: int, series: Series, place: int, number: int
) -> tuple[CoincidentReading | None, bool]:
    """A reading as it is delivered, and whether it is missing."""
    own_stamps = block.own_stamps[position] if block.own_stamps else None
    due = int(series.stamps[place])
    stamp = due if own_stamps is None else int(own_stamps[row, place])
    # An extreme is stamped when it happened: its period says nothing of that.
    start = int(series.starts[place]) if series.starts is not None and own_stamps is None else None
    if row not in block.observed:
        return CoincidentReading(number, int(block.values[position][row, place]), stamp, start), False
    observed = block.observed[row][position]
    # One extreme may be told at several stamps, so its being there at one of them says nothing of the others.
    places = np.flatnonzero(observed.stamps == stamp)
    if not len(places) or (own_stamps is not None and due in observed.causes):
        return None, due in observed.causes
    first = int(places[0])
    qualities = tuple(observed.qualities.get(first, ()))
    return CoincidentReading(number, int(observed.values[first]), stamp, start, qualities), False
