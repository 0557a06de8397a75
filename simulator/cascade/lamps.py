"""Street lamps: which five-minute slots of a day they burn in, by latitude and date."""

from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.cascade import daylight
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, SLOT_S, epoch_day
from simulator.profiles import Lamps

_MINUTE_S: Final = 60
_SLOTS_OF_HOUR: Final = 12


def lamp_weights(
    fleet: Fleet, lamps: Lamps, days: NDArray[np.int64], midnights: NDArray[np.int64], slots: int = DAY_S // SLOT_S
) -> NDArray[np.int64]:
    """The weight of each slot of each epoch day, 0 in daylight, (days, slots)."""
    half_day = daylight.half_day_min(fleet.latitude_deg, days)[:, np.newaxis] + lamps.twilight_min
    dark = np.abs(minutes_from_noon(fleet, days, midnights, slots)) > half_day
    hours = np.minimum(np.arange(slots) // _SLOTS_OF_HOUR, 23)
    return dark * np.array(lamps.dimmed, np.int64)[hours]


def minutes_from_noon(
    fleet: Fleet, days: NDArray[np.int64], midnights: NDArray[np.int64], slots: int
) -> NDArray[np.int64]:
    """From the sun's highest stand to the middle of each slot, in minutes, (days, slots)."""
    years = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    offsets = np.array([_standard_offset_s(fleet.origin, year) for year in years.tolist()], np.int64)
    noon = days * DAY_S + DAY_S // 2 - offsets
    middles = midnights[:, np.newaxis] + np.arange(slots) * SLOT_S + SLOT_S // 2
    minutes: NDArray[np.int64] = (middles - noon[:, np.newaxis]) // _MINUTE_S
    return minutes


@lru_cache(maxsize=256)
def _standard_offset_s(fleet: Fleet, year: int) -> int:
    """Seconds that the zone is ahead of UTC in its winter, which is the smaller of its two offsets."""
    firsts = date(year, 1, 1), date(year, 7, 1)
    return min(epoch_day(first) * DAY_S - fleet.calendar.start_of(first) for first in firsts)
