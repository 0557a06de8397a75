"""The lower half of the cascade where five minutes matter: cars, solar panels and lamps.

A day is divided over all of its five-minute slots at once, by weights in one measure: 128 is a household's
mean load. Charging adds a block, the sun takes its part away, and what is left decides which way energy flows
in the slot: to the customer or from him, never both. Inside a slot power is constant.

The weights of a day add up to less than 300 * 2**13 < 2**22, as `simulator.cascade.day_energy` wants it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade import daylight, weather
from simulator.cascade.charging import charging_weights
from simulator.cascade.day_curve import SLOTS, SLOTS_IN_QUARTER, AlikeDays, Share, appliance_words, hour_weights
from simulator.cascade.flow import Flow, flow_keys
from simulator.cascade.lamps import lamp_weights, minutes_from_noon
from simulator.cascade.presence import presence
from simulator.fleet import Fleet
from simulator.local_time import SLOT_S
from simulator.noise import Purpose, Words
from simulator.profiles import Panels, Profile, rungs, tables

_MOST_WEIGHT: Final = 8_191
# An hour of a household's mean load weighs 910; a slot of it 128, which is 910 * 9 / 64.
_SLOT_OF_HOUR: Final = (9, 64)
_MOST_DRIFT_SLOTS: Final = 12
_QUARTERS: Final = 4


def energy_since_midnight(
    fleet: Fleet,
    profile: Profile,
    keys: Words,
    alike: AlikeDays,
    shares: Sequence[Share],
    offsets: NDArray[np.int64],
) -> list[Words]:
    """Of each share the energy from the local midnight to each offset in seconds, (meters, days, offsets).

    keys (meters,) are those of the meters, which know both directions.
    """
    net = net_weights(fleet, profile, keys, alike)
    forward, reverse = np.maximum(net, 0).view(np.uint64), np.maximum(-net, 0).view(np.uint64)
    slot, second = np.divmod(offsets, SLOT_S)
    return [_spread(share, reverse if share.reverse else forward, alike, slot, second) for share in shares]


def _spread(
    share: Share, direction: Words, alike: AlikeDays, slot: NDArray[np.int64], second: NDArray[np.int64]
) -> Words:
    weights = direction
    if share.hours is not None:
        hours = share.hours[list(alike.clock.wall_hours)]
        weights = direction * np.repeat(hours, SLOTS)[: direction.shape[-1]]
        # On a day that has no slot of this direction in those hours the quadrant takes the others.
        weights = np.where(weights.any(axis=-1, keepdims=True), weights // 256 + (weights > 0), direction)
    sums = np.zeros((*weights.shape[:-1], weights.shape[-1] + 1), np.uint64)
    np.cumsum(weights, axis=-1, out=sums[..., 1:])
    total = np.maximum(sums[..., -1:], 1)  # without a slot there is no energy either
    energy = share.energy[..., np.newaxis]
    at = sums[..., slot] * energy // total
    if second.any():
        after = sums[..., np.minimum(slot + 1, weights.shape[-1])] * energy // total
        at += (after - at) * second.astype(np.uint64) // SLOT_S
    return at


def net_weights(fleet: Fleet, profile: Profile, keys: Words, alike: AlikeDays) -> NDArray[np.int64]:
    """What flows in each slot, negative from the customer, (meters, days, slots)."""
    slots = alike.clock.length_s // SLOT_S
    if profile.lamps is not None:
        lit = lamp_weights(fleet, profile.lamps, alike.days, alike.midnights, slots)
        return np.broadcast_to(lit, (len(keys), *lit.shape))
    net = _load(profile, keys, alike, slots)
    if profile.charging is not None:
        net += charging_weights(profile, profile.charging, keys, alike.days, slots)
    if profile.panels is None:
        return np.minimum(net, _MOST_WEIGHT)
    net -= _sun(fleet, profile.panels, keys, alike, slots)
    np.clip(net, -_MOST_WEIGHT, _MOST_WEIGHT, out=net)
    # A day that never feeds in still has a few watt-hours to place: in the slot in which it comes nearest to it.
    meter, day = np.nonzero(net.min(axis=-1) >= 0)
    net[meter, day, net[meter, day].argmin(axis=-1)] = -1
    return net


def _load(profile: Profile, keys: Words, alike: AlikeDays, slots: int) -> NDArray[np.int64]:
    """What the household draws, 1 or more, (meters, days, slots)."""
    hours = hour_weights(profile, keys, alike)
    if profile.away:
        hours = hours * presence(profile, keys, alike.days)[..., np.newaxis] // 256
    words = np.stack(appliance_words(keys, alike.days, np.arange(hours.shape[-1])), axis=-1)
    drawn = words.astype("<u8").view(np.uint8)  # 16 bytes an hour, the lowest first
    shapes = tables(profile)
    weight = shapes.slot[drawn[..., _QUARTERS:]]
    weight += np.repeat(shapes.quarter[drawn[..., :_QUARTERS]], SLOTS_IN_QUARTER, axis=-1)
    weight += shapes.calm[list(alike.clock.wall_hours)][:, np.newaxis]
    # As in `day_curve`, what levels an hour takes nothing from the others: its slots have the mean of the hour.
    total = weight.sum(axis=-1, keepdims=True)
    weight *= hours[..., np.newaxis] * (SLOTS * _SLOT_OF_HOUR[0])
    weight //= total * _SLOT_OF_HOUR[1]
    load = np.clip(weight.view(np.int64), 1, _MOST_WEIGHT)
    return load.reshape(*hours.shape[:-1], -1)[..., :slots]


def _sun(fleet: Fleet, panels: Panels, keys: Words, alike: AlikeDays, slots: int) -> NDArray[np.int64]:
    """What the panels give, (meters, days, slots). Clouds drift: they reach some meters up to an hour later."""
    days = alike.days
    from_noon = minutes_from_noon(fleet, days, alike.midnights, slots)
    height = daylight.through_the_day(from_noon, daylight.half_day_min(fleet.latitude_deg, days)[:, np.newaxis])
    clear = height * daylight.noon_strength(fleet.latitude_deg, days)[:, np.newaxis]  # at most 2**18
    clouds = weather.cloud_factors(fleet.key, days, slots + _MOST_DRIFT_SLOTS)
    drift = noise.top_byte(noise.mix(noise.key_for(keys, Purpose.CLOUD_DRIFT))) * _MOST_DRIFT_SLOTS // 256
    moved = clouds[np.arange(len(days))[:, np.newaxis], np.arange(slots) + drift[:, np.newaxis, np.newaxis]]
    # The draw that says how much is fed in over the year: large panels give much.
    character = noise.mix(noise.key_for(flow_keys(keys, Flow.REVERSE), Purpose.CHARACTER))
    size = rungs(panels.size)[noise.top_byte(character)].view(np.int64)
    given: NDArray[np.int64] = size[:, np.newaxis, np.newaxis] * (clear * moved // 2**16) // 2**10
    return given
