"""Weeks in which nobody is at home: what runs by itself goes on, the rest does not."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.noise import Purpose, Words
from simulator.profiles import Profile

Presence = NDArray[np.bool_]

_ALL: Final = 256
_EMPTY_HOUSE: Final = 70
_DAYS_OF_WEEK: Final = 7
_FIRST_SATURDAY: Final = 2  # 1970-01-03: people leave on Saturdays


def left_running(there: Presence) -> Words:
    """What is left of a day's use in 256ths, (meters, days): all of it, or what an empty house takes."""
    left = there.astype(np.uint64)
    left *= _ALL - _EMPTY_HOUSE
    left += _EMPTY_HOUSE
    return left


def presence(profile: Profile, keys: Words, days: NDArray[np.int64]) -> Presence:
    """Whether somebody is there on epoch days, ascending, (meters, days)."""
    if not profile.away:
        return np.broadcast_to(np.True_, (len(keys), len(days)))
    week = (days - _FIRST_SATURDAY) // _DAYS_OF_WEEK
    first = int(week[0])
    weeks = np.arange(first, int(week[-1]) + 1)
    drawn = noise.top_byte(noise.draw(noise.key_for(keys, Purpose.AWAY)[:, np.newaxis], weeks))
    return (drawn >= profile.away).take(week - first, axis=1)
