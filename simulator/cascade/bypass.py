"""Energy taken past the meter: who does it, since when, and how much. The meter never knows."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.fleet import Fleet
from simulator.meter_class import MeterClass
from simulator.noise import Purpose, Words

_LATEST_MONTH: Final = 60  # after the installation of the fleet


@dataclass(frozen=True, slots=True)
class Bypasses:
    """The meters of a block that have a bypass."""

    rows: NDArray[np.int64]  # (bypasses,) of the block
    since: NDArray[np.int64]  # (bypasses,) epoch seconds, a local midnight
    taken: NDArray[np.int64]  # (bypasses,) how much of what flows does not pass the meter, in 256ths


def bypasses(fleet: Fleet, meter_class: MeterClass, keys: Words) -> Bypasses:
    """Who of these meters of one class is bypassed; see `MeterClass.bypassed` and `bypass_takes`."""
    word = noise.mix(noise.key_for(keys, Purpose.BYPASS))
    rows = np.flatnonzero(np.right_shift(word, 48) < meter_class.bypassed)
    chosen = word[rows]
    months = (np.right_shift(chosen, 24) & 0xFF).astype(np.int64) * _LATEST_MONTH // 256
    nights = [_night(fleet, int(month), int(day)) for month, day in zip(months, chosen & 0xFF, strict=True)]
    least, most = meter_class.bypass_takes
    taken = least + (np.right_shift(chosen, 8) & 0xFF).astype(np.int64) * (most - least) // 256
    return Bypasses(rows, np.array(nights, np.int64), taken)


def bypasses_among(fleet: Fleet, meters: NDArray[np.int64]) -> Bypasses:
    """Who of these meters (fleet indices) of any class is bypassed, in their order."""
    positions = fleet.class_of(meters)
    found = []
    for position in np.unique(positions).tolist():
        if fleet.classes[position].bypassed:
            rows = np.flatnonzero(positions == position)
            own = bypasses(fleet, fleet.classes[position], fleet.keys(meters[rows]))
            found.append(Bypasses(rows[own.rows], own.since, own.taken))
    if not found:
        nothing = np.empty(0, np.int64)
        return Bypasses(nothing, nothing, nothing)
    rows, since, taken = (np.concatenate([getattr(one, name) for one in found]) for name in ("rows", "since", "taken"))
    order = np.argsort(rows)
    return Bypasses(rows[order], since[order], taken[order])


def _night(fleet: Fleet, month: int, day: int) -> int:
    """A midnight in a month counted from the fleet's installation, in epoch seconds."""
    year, month = divmod(fleet.spec.installed.year * 12 + fleet.spec.installed.month - 1 + month, 12)
    first, after = date(year, month + 1, 1), date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    night = first + timedelta(days=day * (after - first).days // 256)
    return max(fleet.calendar.start_of(night), fleet.installed)
