"""Cars charged at home: on some days one block of constant power, when the car comes home or after midnight."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade.presence import AT_HOME, presence
from simulator.noise import Purpose, Words
from simulator.profiles import Charging, Profile, rungs

_SLOTS_OF_DAY: Final = 288
# A day of a household's mean load weighs 288 slots of 128; a factor of 256 stands for it.
_WEIGHT_OF_FACTOR: Final = _SLOTS_OF_DAY * 128 // 256
_MOST_CHARGED: Final = 1_536

Blocks = tuple[NDArray[np.int64], NDArray[np.int64], Words]


def charged(profile: Profile, charging: Charging, keys: Words, days: NDArray[np.int64]) -> Words:
    """What charging adds to the factor of a day, (meters, days)."""
    start, end, power = _blocks(profile, charging, keys, days)
    factor = (end - start).view(np.uint64)
    factor *= power
    factor //= _WEIGHT_OF_FACTOR
    return np.minimum(factor, _MOST_CHARGED, out=factor)


def charging_weights(
    profile: Profile, charging: Charging, keys: Words, days: NDArray[np.int64], slots: int
) -> NDArray[np.int64]:
    """The weight of charging in each slot of each day, (meters, days, slots)."""
    start, end, power = (block[..., np.newaxis] for block in _blocks(profile, charging, keys, days))
    slot = np.arange(slots)
    return np.where((slot >= start) & (slot < end), power.view(np.int64), 0)


def _blocks(profile: Profile, charging: Charging, keys: Words, days: NDArray[np.int64]) -> Blocks:
    """First slot, slot after the last, and weight of each day's block, (meters, days); empty where there is none."""
    point = noise.mix(noise.key_for(keys, Purpose.CHARGING_POINT))
    power = rungs(charging.power)[noise.top_byte(point)][:, np.newaxis]
    at_night = (_byte(point, 0) < charging.at_night).astype(np.int64)[:, np.newaxis]
    day = noise.draw(noise.key_for(keys, Purpose.CHARGING)[:, np.newaxis], days)
    plugged = (_byte(day, 0) < charging.days) & (presence(profile, keys, days) == AT_HOME)
    begins = np.concatenate([rungs(charging.arrival), rungs(charging.night)]).view(np.int64)
    start = begins[at_night * 256 + _byte(day, 1)]
    length = rungs(charging.length).view(np.int64)[_byte(day, 2)]
    length *= plugged
    length += start
    return start, np.minimum(length, _SLOTS_OF_DAY, out=length), np.broadcast_to(power, start.shape)


def _byte(word: Words, number: int) -> NDArray[np.int64]:
    return np.right_shift(word, 8 * number).view(np.int64) & 0xFF
