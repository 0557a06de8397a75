"""The rate and the step that hold at an instant for the meters of each class, which may share a history of tariffs.

Arrays are (classes, instants) in the order of `Fleet.classes`. Before the first tariff of a history, and where one has
no calendar, a class has its own.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.shared_days import are_holidays, day_types
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, Instants, clock_change, in_order
from simulator.profiles.residential import RESIDENTIAL
from simulator.tariffs.tariff_calendar import HOLIDAY, TariffCalendar, rate_minutes
from simulator.tariffs.tariff_groups import TariffHistory

EVER: Final = 2**62
"""Above every consumption."""
CLASS_TARIFFS: Final[TariffHistory] = ()


def rates_at(fleet: Fleet, tariffs: TariffHistory, instants: Instants) -> NDArray[np.int64]:
    """The rate at each instant, 1 being touA; instants ascend."""
    if not len(instants):
        return np.zeros((len(fleet.classes), 0), np.int64)
    days = fleet.calendar.days(int(instants[0]), int(instants[-1]))
    kinds = _kinds_of_days(fleet, days.first, len(days.midnights) - 1)[days.locate(instants)]
    minutes = fleet.calendar.wall_seconds(days, instants) // 60
    of_classes: dict[TariffCalendar, NDArray[np.int64]] = {}
    for one in fleet.classes:
        if one.tariff not in of_classes:
            of_classes[one.tariff] = rate_minutes(one.tariff)[kinds, minutes]
    rates = np.stack([of_classes[one.tariff] for one in fleet.classes])
    for calendar, first, last in _in_force(tariffs, instants):
        rates[:, first:last] = rate_minutes(calendar)[kinds[first:last], minutes[first:last]]
    return rates


def rate_changes(fleet: Fleet, tariffs: TariffHistory, rate: int, first: int, last: int) -> Instants:
    """Every instant in [first, last] at which a rate begins or ends for some class."""
    days = fleet.calendar.days(first, last)
    low, high = days.locate(np.array([first, last])).tolist()
    midnights, lengths = days.midnights[low : high + 1], np.diff(days.midnights[low : high + 2])
    calendars = {one.tariff for one in fleet.classes} | {one.calendar for one in tariffs if one.calendar is not None}
    starts = np.array(sorted(set().union(*(one.start_minutes for one in calendars)))) * 60
    usual = midnights[lengths == DAY_S, np.newaxis] + starts
    odd = [_starts_on_odd_day(fleet, int(midnights[row]), int(lengths[row]), starts)
           for row in np.flatnonzero((lengths != DAY_S) & (lengths > 0)).tolist()]  # fmt: skip
    may_change = in_order(usual.ravel(), *odd, tariff_starts(tariffs))
    at_rate = rates_at(fleet, tariffs, may_change) == rate
    # Each mark costs every meter a look at the flow, so those where nothing changes for any class are left out.
    begins_or_ends = np.append(True, (at_rate[:, 1:] != at_rate[:, :-1]).any(axis=0))
    changes: Instants = may_change[begins_or_ends & (may_change >= first) & (may_change <= last)]
    return changes


def tariff_starts(tariffs: TariffHistory) -> Instants:
    """When the tariffs of a history begin."""
    return np.array([one.start for one in tariffs], np.int64)


def steps_at(
    fleet: Fleet, tariffs: TariffHistory, step: int, instants: Instants
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where in a month's consumption a step begins and ends; one that a tariff lacks holds nothing.

    Of classes alone the arrays are (classes, 1): theirs never change.
    """
    own = [_bounds(one.tariff, step) for one in fleet.classes]
    low, high = (np.array(bounds, np.int64)[:, np.newaxis] for bounds in zip(*own, strict=True))
    if not tariffs:
        return low, high
    low, high = (np.repeat(bounds, len(instants), axis=1) for bounds in (low, high))
    for calendar, first, last in _in_force(tariffs, instants):
        low[:, first:last], high[:, first:last] = _bounds(calendar, step)
    return low, high


def _bounds(calendar: TariffCalendar, step: int) -> tuple[int, int]:
    bounds = (0, *calendar.tier_bounds, EVER)
    return (bounds[step - 1], bounds[step]) if step < len(bounds) else (EVER, EVER)


def _in_force(tariffs: TariffHistory, instants: Instants) -> list[tuple[TariffCalendar, int, int]]:
    """The calendars of a history, each with the run of the instants at which it holds."""
    ends = np.searchsorted(instants, [*(one.start for one in tariffs), EVER]).tolist()
    return [
        (one.calendar, first, last)
        for one, first, last in zip(tariffs, ends[:-1], ends[1:], strict=True)
        if one.calendar is not None and first < last
    ]


@lru_cache(maxsize=64)
def _kinds_of_days(fleet: Fleet, first: int, count: int) -> NDArray[np.int64]:
    """The kind of each of some days from an epoch day on, as a position in `TariffCalendar.days`."""
    days = first + np.arange(count)
    kinds = day_types(fleet, RESIDENTIAL, days)  # holidays are those of homes, for whomever
    kinds[are_holidays(fleet, RESIDENTIAL, days)] = HOLIDAY
    kinds.flags.writeable = False  # cached, and therefore shared
    return kinds


def _starts_on_odd_day(fleet: Fleet, midnight: int, length_s: int, starts: NDArray[np.int64]) -> Instants:
    """When the wall clock of a day with a change shows starts (seconds since 0:00), before it and after."""
    change = clock_change(fleet.calendar.zone, midnight, length_s)
    before, after = midnight + starts, midnight + starts - change.forward_s
    # What shows before midnight, where clocks go back into the day before, shows once more.
    after = np.concatenate((after, after - DAY_S))
    return np.concatenate(
        (
            before[before < change.instant],
            after[(after >= change.instant) & (after < midnight + length_s)],
            [midnight, change.instant],
        )
    )
