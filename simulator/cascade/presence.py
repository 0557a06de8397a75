"""Weeks in which nobody is at home: what runs by itself goes on, the rest does not."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.noise import Purpose, Words
from simulator.profiles import Profile

AT_HOME: Final = 256
AWAY: Final = 70
_LEFT: Final = np.array([AWAY, AT_HOME], np.uint64)
_DAYS_OF_WEEK: Final = 7
_FIRST_SATURDAY: Final = 2  # 1970-01-03: people leave on Saturdays


def presence(profile: Profile, keys: Words, days: NDArray[np.int64]) -> Words:
    """What is left of a day's use in 256ths, (meters, days): all of it, or what an empty house takes."""
    weeks, week = np.unique((days - _FIRST_SATURDAY) // _DAYS_OF_WEEK, return_inverse=True)
    drawn = noise.top_byte(noise.draw(noise.key_for(keys, Purpose.AWAY)[:, np.newaxis], weeks))
    return _LEFT[(drawn >= profile.away).view(np.int8)][:, week]
