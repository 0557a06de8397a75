"""The lower half of the cascade: a local day's energy over its hours, an hour's over its five-minute slots.

    hour    what always runs + the household's activity at that hour of the wall clock x what really goes on
    slot    a level part (high at night) + what runs through a quarter of an hour + what is over in five
    minutes

Hours and slots are counted from the local midnight, so a day of 23, 24 or 25 hours has as many; where a zone
shifts by half an hour the last hour has six slots. Inside a slot power is constant.

Rows are pairs of a meter and a day, meters outermost, all days of the same length and wall clock. The bounds
in `simulator.day_energy` hold here, too: the weights of a day add up to less than 26 * 2**16 < 2**21, those
of an hour to less than 12 * 3 * 2**12 < 2**18.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.day_energy import split
from simulator.fleet import Fleet
from simulator.local_time import HOUR_S
from simulator.noise import Purpose, Words
from simulator.profiles import tables
from simulator.progressions import as_slice

SLOT_S: Final = 300
SLOTS: Final = HOUR_S // SLOT_S
_SLOTS_IN_QUARTER: Final = 3
# An hour's draws have the address (day * 32 + hour): room for the longest day, one number for ever.
_HOURS_IN_ADDRESS: Final = 32


@dataclass(frozen=True, slots=True)
class DayClock:
    """Days that look alike: so long, and with this hour on the wall clock at each elapsed hour."""

    length_s: int
    wall_hours: tuple[int, ...]

    def slots(self) -> NDArray[np.int64]:
        """How many slots each elapsed hour has: 12, or fewer in the last one."""
        starts = np.arange(len(self.wall_hours)) * HOUR_S
        return np.minimum(self.length_s - starts, HOUR_S) // SLOT_S


@dataclass(frozen=True, slots=True)
class Phase:
    """The instants of a day that lie equally deep in their hours."""

    slot: int
    second: int  # since the slot began
    hours: slice | NDArray[np.int64]  # rows of `DayPlan.hours`
    columns: slice | NDArray[np.int64]  # rows of the offsets that were asked for


class DayPlan:
    """Which hours and slots the wanted instants of a day need; the same for all meters and all days alike."""

    __slots__ = ("hours", "on_the_hour", "phases", "size", "slot_bounds")

    def __init__(self, offsets: NDArray[np.int64]) -> None:
        """`offsets` are distinct, ascending seconds since the local midnight, less than the day's length."""
        self.size = len(offsets)
        hour, within = np.divmod(offsets, HOUR_S)
        columns = np.flatnonzero(within == 0)
        self.on_the_hour = (as_slice(hour[columns]), as_slice(columns)) if len(columns) else None
        self.hours = np.unique(hour[within != 0])
        self.phases: list[Phase] = []
        wanted: set[int] = set()  # slot bounds, counted in slots since the hour began
        for depth in np.unique(within[within != 0]).tolist():
            slot, second = divmod(depth, SLOT_S)
            columns = np.flatnonzero(within == depth)
            rows = as_slice(np.searchsorted(self.hours, hour[columns]))
            self.phases.append(Phase(slot, second, rows, as_slice(columns)))
            wanted |= {slot, slot + 1} if second else {slot}
        self.slot_bounds: Sequence[int] = sorted(wanted - {0, SLOTS})


@lru_cache(maxsize=256)
def day_plan(offsets: bytes) -> DayPlan:
    """The plan for offsets, given as the bytes of their int64 array. A few grids serve most requests."""
    return DayPlan(np.frombuffer(offsets, np.int64))


def energy_since_midnight(
    fleet: Fleet,
    keys: Words,
    days: NDArray[np.int64],
    day_types: NDArray[np.int64],
    clock: DayClock,
    energy: Words,
    plan: DayPlan,
) -> Words:
    """Energy in mWh from the local midnight to each instant of the plan, (meters, days, instants).

    keys (meters,), days and day_types (days,), energy of each day (meters, days).
    """
    hour_bounds = split(energy, _hour_weights(fleet, keys, days, day_types, clock))
    result = np.empty((len(keys), len(days), plan.size), np.uint64)
    if plan.on_the_hour is not None:
        hours, columns = plan.on_the_hour
        result[..., columns] = hour_bounds[..., hours]
    if plan.phases:
        hours = as_slice(plan.hours)
        low, high = hour_bounds[..., :-1][..., hours], hour_bounds[..., 1:][..., hours]
        bounds = _slot_bounds(fleet, keys, days, clock, plan, low, high)
        for phase in plan.phases:
            at = bounds[phase.slot][..., phase.hours]
            if phase.second:
                in_slot = bounds[phase.slot + 1][..., phase.hours] - at
                at = at + in_slot * phase.second // SLOT_S
            result[..., phase.columns] = at
    return result


def _hour_weights(
    fleet: Fleet, keys: Words, days: NDArray[np.int64], day_types: NDArray[np.int64], clock: DayClock
) -> Words:
    """The weight of each elapsed hour, (meters, days, hours)."""
    profile = tables(fleet.profile)
    household = profile.household[noise.mix(noise.key_for(keys, Purpose.CHARACTER)).view(np.int64) & 0xFF]
    activity = profile.activity[household[:, np.newaxis], day_types[np.newaxis, :]]
    if clock.wall_hours != tuple(range(24)):
        activity = activity[..., list(clock.wall_hours)]
    address = days[:, np.newaxis] * _HOURS_IN_ADDRESS + np.arange(len(clock.wall_hours))
    key = noise.key_for(keys, Purpose.HOUR)[:, np.newaxis, np.newaxis]
    going_on = profile.hour_activity[noise.top_byte(noise.draw(key, address))]
    weights: Words = (activity * going_on + fleet.profile.standing * 256) // 16
    slots = clock.slots()
    last = int(slots[-1])
    if last < SLOTS:
        weights[..., -1] = weights[..., -1] * last // SLOTS
    return weights


def _slot_bounds(
    fleet: Fleet,
    keys: Words,
    days: NDArray[np.int64],
    clock: DayClock,
    plan: DayPlan,
    low: Words,
    high: Words,
) -> dict[int, Words]:
    """Energy since midnight at the wanted slot bounds of the wanted hours, each (meters, days, hours)."""
    profile = tables(fleet.profile)
    bounds = {0: low, SLOTS: high}
    if not plan.slot_bounds:
        return bounds
    # Two words an hour: four bytes for the quarters, twelve for the slots.
    address = (days[:, np.newaxis] * _HOURS_IN_ADDRESS + plan.hours) * 2
    key = noise.key_for(keys, Purpose.APPLIANCE)[:, np.newaxis, np.newaxis]
    words = (noise.draw(key, address), noise.draw(key, address + 1))
    calm = profile.calm[[clock.wall_hours[hour] for hour in plan.hours]]
    slots = clock.slots()[plan.hours]
    total = np.zeros_like(low)
    running = {}
    quarter = total
    for slot in range(SLOTS):
        if slot % _SLOTS_IN_QUARTER == 0:
            quarter = profile.quarter[_byte(words, slot // _SLOTS_IN_QUARTER)]
            quarter += calm
        weight = profile.slot[_byte(words, 4 + slot)]
        weight += quarter
        if slot >= slots[-1]:
            weight *= slot < slots
        total += weight
        if slot + 1 in plan.slot_bounds:
            running[slot + 1] = total.copy()
    during = high - low
    for slot, sum_so_far in running.items():
        sum_so_far *= during
        sum_so_far //= total
        sum_so_far += low
        bounds[slot] = sum_so_far
    return bounds


def _byte(words: tuple[Words, Words], number: int) -> NDArray[np.int64]:
    """Byte `number`, 0 to 15, of two words, counted from the lowest."""
    word = words[number // 8]
    byte: Words = np.right_shift(word, 8 * (number % 8))
    byte &= 0xFF
    return byte.view(np.int64)
