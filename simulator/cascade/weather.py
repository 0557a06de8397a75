"""The weather that all meters of a fleet share, day by day: how it makes people feel, warmth, sunshine, clouds.

A day resembles the ones before it: each number mixes the draws of several days. Everything follows from the
fleet's key, its latitude and the date.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade import daylight
from simulator.noise import Purpose, Words
from simulator.profiles import rungs

SUNNIEST: Final = 256
_QUARTERS_OF_DAY: Final = 128  # room for the longest day in the addresses of clouds
_SLOTS_OF_QUARTER: Final = 3
_DULLEST_SLOT: Final = 14

# Half of all days are neither bright nor dull; some are quite clear and some quite grey.
_SUNSHINE: Final = ((0, 16), (48, 40), (96, 100), (160, 190), (208, 244), (256, 256))


def mood(key: Words, days: NDArray[np.int64]) -> Words:
    """How much the weather makes people use, 192 to 319, 256 being usual, for each epoch day."""
    today, yesterday, before, long_ago = _last_days(key, Purpose.WEATHER, days)
    return (today * 3 + yesterday * 2 + before * 2 + long_ago) // 16 + 192


def sunshine(key: Words, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much of the sun comes through on each epoch day: 16 on a grey day, 256 under a clear sky."""
    today, yesterday, before, _ = _last_days(key, Purpose.SUNSHINE, days)
    # Today counts most, and is not averaged away: a clear day may follow a grey one.
    mixed = today // 2 + (yesterday + before) // 4
    return rungs(_SUNSHINE)[mixed.view(np.int64)].view(np.int64)


def temperature_dc(key: Words, latitude_deg: int, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """The mean temperature outdoors on each epoch day, in tenths of a degree Celsius."""
    latitude = abs(latitude_deg)
    usual = 270 - 3 * latitude + daylight.warm_season(latitude_deg, days) * latitude * 8 // (5 * 256)
    today, yesterday, before, long_ago = (draw.view(np.int64) for draw in _last_days(key, Purpose.TEMPERATURE, days))
    return usual + (today * 3 + yesterday * 3 + before * 2 + long_ago * 2) // 10 - 128


def cloud_factors(key: Words, days: NDArray[np.int64], slots: int) -> NDArray[np.int64]:
    """What the clouds let through in each five-minute slot, 256 being all of it, (days, slots).

    A clear day is even, a grey one too; between them sun and clouds take turns.
    """
    quarters = -(-slots // _SLOTS_OF_QUARTER)
    address = days[:, np.newaxis] * _QUARTERS_OF_DAY + np.arange(quarters)
    word = noise.draw(noise.key_for(key, Purpose.CLOUDS), address)
    broad = np.repeat(np.right_shift(word, 56).view(np.int64), _SLOTS_OF_QUARTER, axis=1)[:, :slots]
    narrow = np.stack([np.right_shift(word, 8 * byte).view(np.int64) & 0xFF for byte in range(_SLOTS_OF_QUARTER)], -1)
    drawn = (broad * 2 + narrow.reshape(len(days), -1)[:, :slots]) // 3
    sun = sunshine(key, days)[:, np.newaxis]
    change = np.minimum(sun, SUNNIEST - sun)
    factors: NDArray[np.int64] = np.clip(sun + (drawn - 128) * change // 56, _DULLEST_SLOT, SUNNIEST)
    return factors


def _last_days(key: Words, purpose: Purpose, days: NDArray[np.int64]) -> tuple[Words, Words, Words, Words]:
    """A byte for each day and for the three before it."""
    key = noise.key_for(key, purpose)
    today, yesterday, before, long_ago = (noise.draw(key, days - back) // 2**56 for back in range(4))
    return today, yesterday, before, long_ago
