"""The lower half of the cascade: a local day's energy over its hours, an hour's over its five-minute slots.

    hour    what always runs + the household's activity at that hour of the wall clock x what really goes on
    slot    a level part (high at night) + what runs through a quarter of an hour + what is over in five
    minutes

Hours and slots are counted from the local midnight, so a day of 23, 24 or 25 hours has as many; where a zone
shifts by half an hour the last hour has six slots. Inside a slot power is constant.

Rows are pairs of a meter and a day, meters outermost, all days of the same length and wall clock. The bounds
in `simulator.cascade.day_energy` hold here, too: the weights of a day add up to less than 26 * 2**16 < 2**21, those
of an hour to less than 12 * 3 * 2**12 < 2**18; with the factors of reactive energy, at most four, a day's stay
below 2**22.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade.progressions import as_slice
from simulator.cascade.splitting import bounds_at
from simulator.local_time import HOUR_S, SLOT_S, in_order
from simulator.noise import Purpose, Words
from simulator.profiles import Profile, tables

SLOTS: Final = HOUR_S // SLOT_S
SLOTS_IN_QUARTER: Final = 3
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


Positions = slice | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Phase:
    """The instants of a day that lie equally deep in their hours."""

    slot: int
    second: int  # since the slot began
    hours: Positions  # among `DayPlan.hours`
    columns: Positions  # among the offsets that were asked for


class DayPlan:
    """Which hours and slots the wanted instants of a day need; the same for all meters and all days alike."""

    __slots__ = ("begun", "ended", "hour_bounds", "hours", "offsets", "on_the_hour", "phases", "size", "slot_bounds")

    def __init__(self, offsets: NDArray[np.int64]) -> None:
        """`offsets` are distinct, ascending seconds since the local midnight, less than the day's length."""
        self.offsets = offsets
        self.size = len(offsets)
        hour, within = np.divmod(offsets, HOUR_S)
        columns = np.flatnonzero(within == 0)
        self.hours = in_order(hour[within != 0])
        # The energy since midnight is wanted where an hour is asked for, and around the hours that are looked into.
        self.hour_bounds = in_order(hour[columns], self.hours, self.hours + 1)
        self.begun, self.ended = self._positions(self.hours), self._positions(self.hours + 1)
        self.on_the_hour = (self._positions(hour[columns]), as_slice(columns)) if len(columns) else None
        self.phases: list[Phase] = []
        wanted: set[int] = set()  # slot bounds, counted in slots since the hour began
        for depth in in_order(within[within != 0]).tolist():
            slot, second = divmod(depth, SLOT_S)
            columns = np.flatnonzero(within == depth)
            rows = as_slice(np.searchsorted(self.hours, hour[columns]))
            self.phases.append(Phase(slot, second, rows, as_slice(columns)))
            wanted |= {slot, slot + 1} if second else {slot}
        self.slot_bounds: Sequence[int] = sorted(wanted - {0, SLOTS})

    def _positions(self, hours: NDArray[np.int64]) -> Positions:
        """Where hours are among the wanted bounds."""
        return as_slice(np.searchsorted(self.hour_bounds, hours))


@lru_cache(maxsize=256)
def day_plan(offsets: bytes) -> DayPlan:
    """The plan for offsets, given as the bytes of their int64 array. A few grids serve most requests."""
    return DayPlan(np.frombuffer(offsets, np.int64))


@dataclass(frozen=True, slots=True)
class AlikeDays:
    """Days of one length and wall clock, for which one array operation computes everything."""

    days: NDArray[np.int64]  # (days,) epoch days
    midnights: NDArray[np.int64]  # (days,) where they begin, in epoch seconds
    day_types: NDArray[np.int64]  # (days,) weekday, Saturday, Sunday
    clock: DayClock


@dataclass(frozen=True, slots=True)
class Share:
    """Energy of each day that is to be spread over it."""

    energy: Words  # (meters, days)
    reverse: bool = False  # it flows while the customer feeds in, and no other time
    hours: Words | None = None  # (24,) factors: reactive energy, which spreads otherwise than the active


def energy_since_midnight(
    profile: Profile, keys: Words, alike: AlikeDays, shares: Sequence[Share], plan: DayPlan
) -> list[Words]:
    """Of each share the energy from the local midnight to each instant of the plan, (meters, days, instants).

    keys (meters,) are those of the meters; no share may be a reverse one: in these profiles energy flows one way.
    """
    weights = hour_weights(profile, keys, alike)
    bounds = [
        bounds_at(share.energy, _share_of_hours(weights, share, alike.clock), plan.hour_bounds) for share in shares
    ]
    results = [np.empty((len(keys), len(alike.days), plan.size), np.uint64) for _ in shares]
    if plan.on_the_hour is not None:
        hours, columns = plan.on_the_hour
        for result, hour_bounds in zip(results, bounds, strict=True):
            result[..., columns] = hour_bounds[..., hours]
    if plan.phases:
        parts = _slot_parts(profile, keys, alike, plan)
        for number, (result, hour_bounds) in enumerate(zip(results, bounds, strict=True), start=1):
            low, high = hour_bounds[..., plan.begun], hour_bounds[..., plan.ended]
            _fill_phases(result, plan, _slot_bounds(parts, low, high, last=number == len(shares)))
    return results


def _share_of_hours(weights: Words, share: Share, clock: DayClock) -> Words:
    if share.hours is None:
        return weights
    return weights * share.hours[list(clock.wall_hours)] // 64


def _fill_phases(result: Words, plan: DayPlan, bounds: dict[int, Words]) -> None:
    for phase in plan.phases:
        at = bounds[phase.slot][..., phase.hours]
        if phase.second:
            in_slot = bounds[phase.slot + 1][..., phase.hours] - at
            at = at + in_slot * phase.second // SLOT_S
        result[..., phase.columns] = at


def hour_weights(profile: Profile, keys: Words, alike: AlikeDays) -> Words:
    """The weight of each elapsed hour, (meters, days, hours)."""
    shapes, clock = tables(profile), alike.clock
    household = shapes.household[noise.mix(noise.key_for(keys, Purpose.CHARACTER)).view(np.int64) & 0xFF]
    activity = shapes.activity[household[:, np.newaxis], alike.day_types[np.newaxis, :]]
    if clock.wall_hours != tuple(range(24)):
        activity = activity[..., list(clock.wall_hours)]
    address = alike.days[:, np.newaxis] * _HOURS_IN_ADDRESS + np.arange(len(clock.wall_hours))
    key = noise.key_for(keys, Purpose.HOUR)[:, np.newaxis, np.newaxis]
    weights: Words = noise.picked(shapes.hour_activity, noise.draw(key, address))
    weights *= activity
    weights += profile.standing * 256
    weights //= 16
    slots = clock.slots()
    last = int(slots[-1])
    if last < SLOTS:
        weights[..., -1] = weights[..., -1] * last // SLOTS
    return weights


@dataclass(frozen=True, slots=True)
class _SlotParts:
    """How the wanted hours divide over their slots."""

    running: dict[int, Words]  # the weights up to a wanted slot bound, (meters, days, hours)
    total: Words


def _slot_parts(profile: Profile, keys: Words, alike: AlikeDays, plan: DayPlan) -> _SlotParts | None:
    """None where no bound inside an hour is wanted."""
    if not plan.slot_bounds:
        return None
    words = appliance_words(keys, alike.days, plan.hours)
    shapes, clock = tables(profile), alike.clock
    calm = shapes.calm[[clock.wall_hours[hour] for hour in plan.hours]]
    slots = clock.slots()[plan.hours]
    total = np.zeros((len(keys), len(alike.days), len(plan.hours)), np.uint64)
    running = {}
    quarter = total
    for slot in range(SLOTS):
        if slot % SLOTS_IN_QUARTER == 0:
            quarter = _byte_picked(shapes.quarter, words, slot // SLOTS_IN_QUARTER)
            quarter += calm
        weight = _byte_picked(shapes.slot, words, 4 + slot)
        weight += quarter
        if slot >= slots[-1]:
            weight *= slot < slots
        total += weight
        if slot + 1 in plan.slot_bounds:
            running[slot + 1] = total.copy()
    return _SlotParts(running, total)


def _slot_bounds(parts: _SlotParts | None, low: Words, high: Words, *, last: bool) -> dict[int, Words]:
    """Energy since midnight at the wanted slot bounds of the wanted hours, each (meters, days, hours).

    The last share may work in the memory of the parts, which saves a third of the time where it is the only one.
    """
    bounds = {0: low, SLOTS: high}
    if parts is None:
        return bounds
    during = high - low
    for slot, so_far in parts.running.items():
        at = np.multiply(so_far, during, out=so_far if last else None)
        at //= parts.total
        at += low
        bounds[slot] = at
    return bounds


def appliance_words(keys: Words, days: NDArray[np.int64], hours: NDArray[np.int64]) -> tuple[Words, Words]:
    """Two words an hour, (meters, days, hours) each: four bytes for its quarters, twelve for its slots."""
    address = (days[:, np.newaxis] * _HOURS_IN_ADDRESS + hours) * 2
    key = noise.key_for(keys, Purpose.APPLIANCE)[:, np.newaxis, np.newaxis]
    return noise.draw(key, address), noise.draw(key, address + 1)


def _byte_picked(table: Words, words: tuple[Words, Words], number: int) -> Words:
    """The value of a table of 256 for byte `number`, 0 to 15, of two words, counted from the lowest."""
    byte = np.right_shift(words[number // 8], 8 * (number % 8))
    byte &= 0xFF
    found: Words = table.take(byte.view(np.int64), mode="wrap")
    return found
