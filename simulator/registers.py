"""The register of a meter at any instant: all that its readings are made of.

    R(meter, t)     energy since installation, rounded down to whole watt-hours
    an interval     R(end) - R(start)

So registers and intervals of any length agree to the digit. The energy behind R is a function of the fleet's
seed, the meter and the instant. Nothing is stored and nothing is summed up from the past: a year is split
over months, a month over days, a day over hours, an hour over five-minute slots (`day_energy`, `day_curve`),
and only the few years since installation are added up.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.day_curve import DayClock, day_plan, energy_since_midnight
from simulator.day_energy import MWH_PER_WH, day_energy, day_types
from simulator.fleet import Fleet, Indices
from simulator.local_time import Instants, LocalDays, epoch_day, wall_hours
from simulator.noise import Words
from simulator.progressions import as_slice

# How many rows, pairs of a meter and a day, are worked on together: their arrays should stay in the cache.
_ROWS_AT_A_TIME: Final = 1024


def register_wh(energy_mwh: NDArray[np.int64]) -> NDArray[np.int64]:
    """What a register shows: whole watt-hours, rounded down. Energy since installation is never negative."""
    unsigned: Words = energy_mwh.view(np.uint64) // MWH_PER_WH
    return unsigned.view(np.int64)


def cumulative_mwh(fleet: Fleet, indices: Indices, instants: Instants) -> NDArray[np.int64]:
    """Energy in mWh since installation of meters at instants, (meters, instants); see `RegisterPlan`."""
    return register_plan(fleet, instants).cumulative_mwh(indices)


def register_plan(fleet: Fleet, instants: Instants) -> "RegisterPlan":
    """The plan for epoch seconds, distinct and ascending; kept, since clients ask for one window meter by meter.

    Raises ValueError for an instant before the installation or outside the calendar.
    """
    return _kept_plan(fleet, instants.astype(np.int64, copy=False).tobytes())


@lru_cache(maxsize=64)
def _kept_plan(fleet: Fleet, instants: bytes) -> "RegisterPlan":
    return RegisterPlan(fleet, np.frombuffer(instants, np.int64))


class RegisterPlan:
    """What the registers of a fleet need at a set of instants, worked out once for any number of meters.

    The instants are sorted into their local days, and days that are alike are put together, so that a few
    array operations compute a whole year.
    """

    __slots__ = ("_days", "_days_at_most", "_fleet", "_groups", "_instants")

    def __init__(self, fleet: Fleet, instants: Instants) -> None:
        """`instants` are epoch seconds, distinct and ascending.

        Raises ValueError for one before the installation or outside the calendar.
        """
        self._fleet = fleet
        self._instants = len(instants)
        self._days = np.empty(0, np.int64)
        self._groups: list[_Group] = []
        self._days_at_most = 1
        if not self._instants:
            return
        if instants[0] < fleet.installed:
            raise ValueError(f"{int(instants[0])} is before the installation of the fleet at {fleet.installed}")
        local = fleet.calendar.days(int(instants[0]), int(instants[-1]))
        row = local.locate(instants)
        rows, first = np.unique(row, return_index=True)
        self._days = local.first + rows
        offsets = np.split(instants - local.midnights[row], first[1:])
        self._groups = _groups(fleet, local, rows, offsets, first)
        self._days_at_most = max(len(group.days) for group in self._groups)

    def cumulative_mwh(self, indices: Indices) -> NDArray[np.int64]:
        """Energy in mWh since installation, (meters, instants)."""
        keys = self._fleet.keys(indices)
        result = np.empty((len(keys), self._instants), np.uint64)
        size = max(1, _ROWS_AT_A_TIME // self._days_at_most)
        for start in range(0, len(keys), size):
            self._fill(keys[start : start + size], result[start : start + size])
        return result.view(np.int64)

    def _fill(self, keys: Words, result: Words) -> None:
        if not self._instants:
            return
        energy = day_energy(self._fleet, keys, self._days)
        before_installation = _since_new_year(self._fleet, keys)
        for group in self._groups:
            before = energy.before[:, group.rows, np.newaxis] - before_installation
            if group.plan is None:
                result[:, group.columns] = before[..., 0]
                continue
            within = energy_since_midnight(
                self._fleet,
                keys,
                group.days,
                group.day_types,
                group.clock,
                energy.during[:, group.rows],
                group.plan,
            )
            within += before
            result[:, group.columns] = within.reshape(len(keys), -1)


def _since_new_year(fleet: Fleet, keys: Words) -> Words:
    """Energy between the start of the year of installation and the installation, (meters, 1, 1)."""
    installed = fleet.spec.installed
    if (installed.month, installed.day) == (1, 1):
        return np.zeros((1, 1, 1), np.uint64)
    return day_energy(fleet, keys, np.array([epoch_day(installed)])).before[..., np.newaxis]


class _Group:
    """Days of one length and wall clock, asked for at the same offsets: one array operation does them all."""

    __slots__ = ("clock", "columns", "day_types", "days", "plan", "rows")

    def __init__(
        self,
        fleet: Fleet,
        days: NDArray[np.int64],
        rows: NDArray[np.int64],
        clock: DayClock,
        offsets: NDArray[np.int64],
        columns: NDArray[np.int64],
    ) -> None:
        self.days = days[rows]
        self.rows = as_slice(rows)
        self.clock = clock
        self.day_types = day_types(fleet.profile, self.days)
        self.plan = None if offsets.tolist() == [0] else day_plan(offsets.tobytes())  # midnights need no curve
        self.columns = as_slice(columns)


def _groups(
    fleet: Fleet,
    local: LocalDays,
    rows: NDArray[np.int64],
    offsets: list[NDArray[np.int64]],
    first: NDArray[np.int64],
) -> list[_Group]:
    """Days (rows of `local`) sorted by what they have in common.

    `offsets` are the instants of each day since its midnight, `first` where they begin among all instants.
    """
    alike: dict[tuple[DayClock, bytes], list[int]] = {}
    for number, row in enumerate(rows.tolist()):
        midnight = int(local.midnights[row])
        length_s = int(local.midnights[row + 1]) - midnight
        clock = DayClock(length_s, wall_hours(fleet.calendar.zone, midnight, length_s))
        alike.setdefault((clock, offsets[number].tobytes()), []).append(number)
    return [
        _Group(
            fleet,
            local.first + rows,
            np.array(numbers),
            clock,
            offsets[numbers[0]],
            np.concatenate([first[number] + np.arange(len(offsets[number])) for number in numbers]),
        )
        for (clock, _), numbers in alike.items()
    ]
