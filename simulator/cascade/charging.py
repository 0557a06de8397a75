"""Cars charged at home: on some days one block of constant power, when the car comes home or after midnight."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade.presence import Presence
from simulator.noise import Purpose, Words
from simulator.profiles import Charging, rungs

_SLOTS_OF_DAY: Final = 288
# A day of a household's mean load weighs 288 slots of 128; a factor of 256 stands for it.
_WEIGHT_OF_FACTOR: Final = _SLOTS_OF_DAY * 128 // 256
_MOST_CHARGED: Final = 1_536

Blocks = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


def charged(charging: Charging, keys: Words, days: NDArray[np.int64], there: Presence) -> Words:
    """What charging adds to the factor of a day, (meters, days); nobody charges a car while away."""
    start, end, power = _blocks(charging, keys, days, there)
    end -= start
    end *= power
    end //= _WEIGHT_OF_FACTOR
    return np.minimum(end, _MOST_CHARGED, out=end).astype(np.uint64)


def charging_weights(
    charging: Charging, keys: Words, days: NDArray[np.int64], there: Presence, slots: int
) -> NDArray[np.int32]:
    """The weight of charging in each slot of each day, (meters, days, slots)."""
    start, end, power = (block[..., np.newaxis] for block in _blocks(charging, keys, days, there))
    slot = np.arange(slots, dtype=np.int32)
    weights: NDArray[np.int32] = ((slot >= start) & (slot < end)) * power
    return weights


def _blocks(charging: Charging, keys: Words, days: NDArray[np.int64], there: Presence) -> Blocks:
    """First slot, slot after the last, and weight of each day's block, (meters, days); empty where there is none."""
    point = noise.mix(noise.key_for(keys, Purpose.CHARGING_POINT))
    power = noise.picked(rungs(charging.power), point).astype(np.int32)[:, np.newaxis]
    at_night = (point & 0xFF).view(np.int64) < charging.at_night
    drawn = noise.draw(noise.key_for(keys, Purpose.CHARGING)[:, np.newaxis], days)
    byte = drawn.astype("<u8", copy=False).view(np.uint8).reshape(*drawn.shape, 8)  # the lowest first
    plugged = byte[..., 0] < charging.days
    plugged &= there
    begins = np.concatenate([rungs(charging.arrival), rungs(charging.night)]).astype(np.int32)
    start = begins.take(byte[..., 1] + at_night[:, np.newaxis] * 256, mode="wrap")
    end = rungs(charging.length).astype(np.int32).take(byte[..., 2], mode="wrap")
    end *= plugged
    end += start
    return start, np.minimum(end, _SLOTS_OF_DAY, out=end), power
