"""Readings of which a subscriber wants only a part: some of the meters, some of the reading types."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from headend.operations.readings.read_meters import ReadingsRecipe
from headend.operations.readings.reading_type_patterns import fits_reading_type
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of


def readings_of_types(recipe: ReadingsRecipe, patterns: Sequence[str]) -> ReadingsRecipe:
    """Those of the reading types that fit one of the patterns; no pattern at all is every type."""
    if not patterns:
        return recipe
    assortments = tuple(
        tuple(one for one in series if fits_reading_type(patterns, one.reading_type)) for series in recipe.assortments
    )
    return replace(recipe, assortments=assortments)


def readings_of_devices(recipe: ReadingsRecipe, devices: Sequence[str], fleet: Fleet) -> ReadingsRecipe:
    """Those of the meters that have one of these mRIDs, in the recipe's order."""
    meters = indices_of(recipe.meters)
    return replace(recipe, meters=meters[np.isin(meters, device_indices(devices, fleet))])


def has_values(recipe: ReadingsRecipe) -> bool:
    """Whether there is anything to deliver: a meter, and a reading type at an instant."""
    return bool(len(recipe.meters)) and any(len(one.stamps) for series in recipe.assortments for one in series)


def device_indices(devices: Sequence[str], fleet: Fleet) -> NDArray[np.int64]:
    """The fleet indices of mRIDs; what the fleet does not know any more is left out."""
    found = (fleet.index_of_mrid(device) for device in devices)
    return np.array([index for index in found if index is not None], np.int64)
