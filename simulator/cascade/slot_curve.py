"""The lower half of the cascade where five minutes matter: cars, solar panels and lamps.

A day is divided over all of its five-minute slots at once, by weights in one measure: 128 is a household's
mean load. Charging adds a block, the sun takes its part away, and what is left decides which way energy flows
in the slot: to the customer or from him, never both. Inside a slot power is constant.

The weights of a day add up to less than 300 * 2**13 < 2**22, as `simulator.cascade.day_energy` wants it, and a
reactive quadrant's before they are divided to less than 2**31, so that 32 bits hold them: half the memory, half
the time.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade.charging import charging_weights
from simulator.cascade.clear_sky import MOST_DRIFT_SLOTS, sky_of_days
from simulator.cascade.day_curve import SLOTS, SLOTS_IN_QUARTER, AlikeDays, Share, appliance_words, hour_weights
from simulator.cascade.flow import Flow, flow_keys
from simulator.cascade.lamps import lamp_weights
from simulator.cascade.presence import Presence, left_running, presence
from simulator.cascade.progressions import as_slice
from simulator.cascade.splitting import sums_at
from simulator.fleet import Fleet
from simulator.local_time import SLOT_S, in_order
from simulator.noise import Purpose, Words
from simulator.profiles import Panels, Profile, rungs, tables

Weights = NDArray[np.int32]

_MOST_WEIGHT: Final = 8_191
# An hour of a household's mean load weighs 910; a slot of it 128, which is 910 * 9 / 64.
_SLOT_OF_HOUR: Final = (9, 64)
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
    directions = {reverse: np.maximum(-net if reverse else net, 0) for reverse in {share.reverse for share in shares}}
    slot, second = np.divmod(offsets, SLOT_S)
    return [_spread(share, directions[share.reverse], alike, slot, second) for share in shares]


def _spread(
    share: Share, direction: Weights, alike: AlikeDays, slot: NDArray[np.int64], second: NDArray[np.int64]
) -> Words:
    weights = direction
    if share.hours is not None:
        hours = share.hours[list(alike.clock.wall_hours)].astype(np.int32)
        weights = direction * np.repeat(hours, SLOTS)[: direction.shape[-1]]
        # On a day that has no slot of this direction in those hours the quadrant takes the others.
        weights = np.where(weights.any(axis=-1, keepdims=True), weights // 256 + (weights > 0), direction)
    energy = share.energy[..., np.newaxis]
    total = np.maximum(weights.sum(axis=-1, keepdims=True), 1).astype(np.uint64)  # no slot, no energy
    within = second > 0
    bounds = in_order(slot, slot[within] + 1)
    at_bounds = sums_at(weights, bounds) * energy
    at_bounds //= total
    at: Words = at_bounds[..., as_slice(np.searchsorted(bounds, slot))]
    if within.any():
        after = at_bounds[..., np.searchsorted(bounds, slot + within)]
        at = at + (after - at) * second.astype(np.uint64) // SLOT_S
    return at


def net_weights(fleet: Fleet, profile: Profile, keys: Words, alike: AlikeDays) -> Weights:
    """What flows in each slot, negative from the customer, (meters, days, slots); (1, days, slots) if all are alike."""
    slots = alike.clock.length_s // SLOT_S
    if profile.lamps is not None:
        return lamp_weights(fleet, profile.lamps, alike.days, alike.midnights, slots)[np.newaxis].astype(np.int32)
    there = presence(profile, keys, alike.days)
    net = _load(profile, keys, alike, there, slots)
    if profile.charging is not None:
        net += charging_weights(profile.charging, keys, alike.days, there, slots)
    if profile.panels is None:
        return np.minimum(net, _MOST_WEIGHT, out=net)
    net -= _sun(fleet, profile.panels, keys, alike, slots)
    np.clip(net, -_MOST_WEIGHT, _MOST_WEIGHT, out=net)
    # A day that never feeds in still has a few watt-hours to place: in the slot in which it comes nearest to it.
    meter, day = np.nonzero(net.min(axis=-1) >= 0)
    net[meter, day, net[meter, day].argmin(axis=-1)] = -1
    return net


def _load(profile: Profile, keys: Words, alike: AlikeDays, there: Presence, slots: int) -> Weights:
    """What the household draws, 1 or more, (meters, days, slots)."""
    hours = hour_weights(profile, keys, alike)
    if profile.away:
        hours *= left_running(there)[..., np.newaxis]
        hours //= 256
    words = np.stack(appliance_words(keys, alike.days, np.arange(hours.shape[-1])), axis=-1)
    drawn = words.astype("<u8", copy=False).view(np.uint8)  # 16 bytes an hour, the lowest first
    shapes = tables(profile)
    running = shapes.quarter.take(drawn[..., :_QUARTERS], mode="wrap")
    running += shapes.calm[list(alike.clock.wall_hours)][:, np.newaxis]
    weight = shapes.slot.take(drawn[..., _QUARTERS:], mode="wrap")
    by_quarter = weight.reshape(*hours.shape, _QUARTERS, SLOTS_IN_QUARTER)
    by_quarter += running[..., np.newaxis]
    # As in `day_curve`, what levels an hour takes nothing from the others: its slots have the mean of the hour.
    total = weight.sum(axis=-1, keepdims=True)
    weight *= hours[..., np.newaxis] * (SLOTS * _SLOT_OF_HOUR[0])
    weight //= total * _SLOT_OF_HOUR[1]
    load = np.clip(weight, 1, _MOST_WEIGHT, out=weight).astype(np.int32)
    return load.reshape(*hours.shape[:-1], -1)[..., :slots]


def _sun(fleet: Fleet, panels: Panels, keys: Words, alike: AlikeDays, slots: int) -> Weights:
    """What the panels give, (meters, days, slots). Clouds drift: they reach some meters up to an hour later."""
    drift = noise.top_byte(noise.mix(noise.key_for(keys, Purpose.CLOUD_DRIFT))) * MOST_DRIFT_SLOTS // 256
    late, of_meter = np.unique(drift, return_inverse=True)
    sky = sky_of_days(fleet, alike.days)
    sun = np.stack([sky.sun(slots_late, slots) for slots_late in late.tolist()])
    # The draw that says how much is fed in over the year: large panels give much.
    character = noise.mix(noise.key_for(flow_keys(keys, Flow.REVERSE), Purpose.CHARACTER))
    size = rungs(panels.size)[noise.top_byte(character)].astype(np.int32)
    given: Weights = sun[of_meter]
    given *= size[:, np.newaxis, np.newaxis]
    given //= 2**10
    return given
