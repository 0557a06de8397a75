"""What a roof gets of the sun through a day: its height in the sky, and the clouds that drift over the town.

All roofs of a fleet are under one sky, so it is worked out once a month and kept.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.cascade import daylight, weather
from simulator.cascade.lamps import minutes_from_noon
from simulator.fleet import Fleet

MOST_DRIFT_SLOTS: Final = 12  # how late clouds reach a roof: fewer than so many slots
_LONGEST_DAY_SLOTS: Final = 300


@dataclass(frozen=True, slots=True)
class Sky:
    """Some days' sky, in five-minute slots from midnight; slots beyond the end of a day mean nothing."""

    strength: NDArray[np.int32]  # (days, slots) of the sun without clouds, at most 2**18
    clouds: NDArray[np.int32]  # (days, slots + MOST_DRIFT_SLOTS) what they let through, 256 being all of it

    def sun(self, drift: int, slots: int) -> NDArray[np.int32]:
        """What arrives under clouds that are `drift` slots late, (days, slots), at most 2**10."""
        arrived: NDArray[np.int32] = self.strength[:, :slots] * self.clouds[:, drift : drift + slots] // 2**16
        return arrived


def sky_of_days(fleet: Fleet, days: NDArray[np.int64]) -> Sky:
    """The sky of epoch days, ascending."""
    of_month = days.astype("datetime64[D]").astype("datetime64[M]")
    months, begin = np.unique(of_month, return_index=True)
    rows = (days - of_month.astype("datetime64[D]").astype(np.int64)).tolist()
    ends = np.append(begin[1:], len(days)).tolist()
    skies = [_sky_of_month(fleet.origin, month) for month in months.astype(np.int64).tolist()]
    parts = list(zip(skies, begin.tolist(), ends, strict=True))
    return Sky(
        np.concatenate([sky.strength[rows[start:end]] for sky, start, end in parts]),
        np.concatenate([sky.clouds[rows[start:end]] for sky, start, end in parts]),
    )


@lru_cache(maxsize=512)  # 75 kB each
def _sky_of_month(fleet: Fleet, month: int) -> Sky:
    """The sky of a month, counted since January 1970."""
    midnights = fleet.calendar.month(1970 + month // 12, month % 12 + 1)[:-1]
    first = np.array(month).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days = first + np.arange(len(midnights))
    from_noon = minutes_from_noon(fleet, days, midnights, _LONGEST_DAY_SLOTS)
    half_day = daylight.half_day_min(fleet.latitude_deg, days)[:, np.newaxis]
    noon = daylight.noon_strength(fleet.latitude_deg, days)[:, np.newaxis]
    strength = daylight.through_the_day(from_noon, half_day) * noon
    clouds = weather.cloud_factors(fleet.key, days, _LONGEST_DAY_SLOTS + MOST_DRIFT_SLOTS)
    return Sky(strength.astype(np.int32), clouds.astype(np.int32))
