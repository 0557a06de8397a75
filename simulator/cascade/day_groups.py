"""The instants of a request sorted into local days, and the days put together that are alike.

So a few array operations compute a whole year: all its ordinary days at once, and the two on which clocks
change.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.day_curve import DayClock, DayPlan, day_plan
from simulator.cascade.progressions import as_slice
from simulator.local_time import Instants, LocalCalendar, LocalDays, wall_hours


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Days of one length and wall clock, asked for at the same offsets: one array operation does them all."""

    days: NDArray[np.int64]  # (days,) epoch days
    midnights: NDArray[np.int64]  # (days,) where they begin, in epoch seconds
    rows: slice | NDArray[np.int64]  # which days of the request these are
    clock: DayClock
    plan: DayPlan | None  # None: nothing but midnights is asked for, and they need no curve
    columns: slice | NDArray[np.int64]  # which instants of the request these days have, day by day


@dataclass(frozen=True, slots=True)
class DayGroups:
    """All days of a request."""

    days: NDArray[np.int64]  # (days,) epoch days, ascending
    groups: tuple[DayGroup, ...]


def group_days(calendar: LocalCalendar, instants: Instants) -> DayGroups:
    """The days of epoch seconds, distinct and ascending. ValueError for one outside the calendar."""
    if not len(instants):
        return DayGroups(np.empty(0, np.int64), ())
    local = calendar.days(int(instants[0]), int(instants[-1]))
    row = local.locate(instants)
    rows, first = np.unique(row, return_index=True)
    offsets = np.split(instants - local.midnights[row], first[1:])
    return DayGroups(local.first + rows, tuple(_groups(calendar, local, rows, offsets, first)))


def _groups(
    calendar: LocalCalendar,
    local: LocalDays,
    rows: NDArray[np.int64],
    offsets: list[NDArray[np.int64]],
    first: NDArray[np.int64],
) -> list[DayGroup]:
    """Days (rows of `local`) sorted by what they have in common.

    `offsets` are the instants of each day since its midnight, `first` where they begin among all instants.
    """
    alike: dict[tuple[DayClock, bytes], list[int]] = {}
    for number, row in enumerate(rows.tolist()):
        midnight = int(local.midnights[row])
        length_s = int(local.midnights[row + 1]) - midnight
        clock = DayClock(length_s, wall_hours(calendar.zone, midnight, length_s))
        alike.setdefault((clock, offsets[number].tobytes()), []).append(number)
    groups = []
    for (clock, _), numbers in alike.items():
        at = offsets[numbers[0]]
        groups.append(
            DayGroup(
                days=local.first + rows[numbers],
                midnights=local.midnights[rows[numbers]],
                rows=as_slice(np.array(numbers)),
                clock=clock,
                plan=None if at.tolist() == [0] else day_plan(at.tobytes()),
                columns=as_slice(np.concatenate([first[number] + np.arange(len(at)) for number in numbers])),
            )
        )
    return groups
