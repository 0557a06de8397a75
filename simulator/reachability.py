"""When meters can be reached: their windows of the local day, and the days on which single ones are dark."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.communication import DARK_SPAN_DAYS, WHOLE_SHARE, Communication, ReachabilityWindow
from simulator.local_time import DAY_S, Instants, LocalCalendar
from simulator.noise import Purpose, Words

_SPAN_S = DARK_SPAN_DAYS * DAY_S


def reachable_at(line: Communication, calendar: LocalCalendar, keys: Words, instants: Instants) -> NDArray[np.bool_]:
    """Whether the meters of these keys can be reached; keys and instants are broadcast against each other."""
    stays: NDArray[np.bool_] = _moved(line, calendar, *np.broadcast_arrays(keys, instants)) == instants
    return stays


def when_reachable(line: Communication, calendar: LocalCalendar, keys: Words, instants: Instants) -> Instants:
    """The first instants, from these on, at which the meters of these keys can be reached.

    keys and instants are broadcast against each other; so is the result.
    """
    keys, instants = np.broadcast_arrays(keys, instants)
    if line.is_always_reachable:
        return instants
    at = instants.ravel()
    keys = keys.ravel()
    found = at.copy()
    cells = np.arange(at.size)
    while cells.size:  # who is back from a dark time may have missed the window, and fall silent until the next
        before = found[cells]
        after = _moved(line, calendar, keys[cells], before)
        found[cells] = after
        cells = cells[after != before]
    return found.reshape(instants.shape)


def _moved(line: Communication, calendar: LocalCalendar, keys: Words, instants: Instants) -> Instants:
    """Out of the dark time or to the next opening: one step towards an instant at which the meter is reachable."""
    if line.dark:
        starts, ends = _dark_times(line, keys, instants // _SPAN_S)
        instants = np.where((starts <= instants) & (instants < ends), ends, instants)
    if line.windows and instants.size:
        opens, closes = _openings(line.windows, calendar, int(instants.min()), int(instants.max()))
        # The windows are apart and in order: the first one that is not over yet is open, or opens next.
        instants = np.maximum(instants, opens[np.searchsorted(closes, instants, side="right")])
    return instants


def _dark_times(line: Communication, keys: Words, spans: NDArray[np.int64]) -> tuple[Instants, Instants]:
    """When a meter falls silent in a span of DARK_SPAN_DAYS and when it is back; equal where it does not.

    A dark time lies within its span, so each instant asks for one only.
    """
    word = noise.draw(noise.key_for(keys, Purpose.DARK), spans)
    is_dark = (word >> 32) * WHOLE_SHARE >> 32 < line.dark
    days = 1 + ((word & 0xFFFF) * line.dark_longest_days >> 16).view(np.int64)
    length_s = days * DAY_S
    offset_s = (word >> 16 & 0xFFFF).view(np.int64) * (_SPAN_S - length_s) >> 16
    starts = spans * _SPAN_S + offset_s
    return starts, np.where(is_dark, starts + length_s, starts)


def _openings(
    windows: tuple[ReachabilityWindow, ...], calendar: LocalCalendar, first: int, last: int
) -> tuple[Instants, Instants]:
    """When windows open and close, from one that is not over at `first` to one that is not over at `last`."""
    # What opened the day before may still be open, and behind the last instant another one opens.
    days = calendar.days(first - 2 * DAY_S, last + 3 * DAY_S)
    bounds = int(days.midnights[0]), int(days.midnights[-1]) - 1
    return _openings_between(windows, calendar.zone.key, *bounds)


@lru_cache(maxsize=64)
def _openings_between(
    windows: tuple[ReachabilityWindow, ...], zone: str, first: int, last: int
) -> tuple[Instants, Instants]:
    """The windows of whole years of local days: apart, in order, those that touch or overlap as one."""
    calendar = LocalCalendar(zone)
    days = calendar.days(first, last)
    opens, closes = [], []
    for window in windows:
        next_day = int(window.closes_min <= window.opens_min)
        until = len(days.midnights) - 1 - next_day
        opens.append(calendar.wall_instants(days, window.opens_min)[:until])
        closes.append(calendar.wall_instants(days, window.closes_min)[next_day:])
    starts, ends = np.concatenate(opens), np.concatenate(closes)
    order = np.argsort(starts, kind="stable")
    order = order[ends[order] > starts[order]]  # a window inside an hour that is skipped does not open
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    apart = starts[1:] > ends[:-1]
    return starts[np.append(True, apart)], ends[np.append(apart, True)]
