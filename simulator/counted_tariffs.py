"""By which tariffs the registers of a class's meters ever counted: what decides which registers they have."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.fleet import Fleet
from simulator.meter_class import MeterClass
from simulator.tariffs import TariffCalendar, TariffInForce

CountedTariffs = Mapping[MeterClass, frozenset[TariffCalendar]]
"""Besides the tariff of the class; classes without any are not in it."""

CLASSES_ALONE: Final[CountedTariffs] = MappingProxyType({})
"""No meter has a tariff of its own."""


def counted_tariffs(
    fleet: Fleet, meters: NDArray[np.int64] | range, tariffs: Mapping[int, Sequence[TariffInForce]]
) -> CountedTariffs:
    """What some meters (fleet indices) of each class have or had. tariffs: by fleet index, perhaps of others, too."""
    if not tariffs:
        return CLASSES_ALONE
    if isinstance(meters, range):
        asked = np.array([index for index in tariffs if index in meters], np.int64)
    else:
        asked = np.intersect1d(meters, np.fromiter(tariffs, np.int64, len(tariffs)))
    found: dict[MeterClass, set[TariffCalendar]] = {}
    seen: dict[tuple[int, int], Sequence[TariffInForce]] = {}  # many meters share one; kept, as identities are reused
    for index, position in zip(asked.tolist(), fleet.class_of(asked).tolist(), strict=True):
        history = tariffs[index]
        if (position, id(history)) not in seen:
            seen[position, id(history)] = history
            calendars = (one.calendar for one in history if one.calendar is not None)
            found.setdefault(fleet.classes[position], set()).update(calendars)
    return {meter_class: frozenset(calendars) for meter_class, calendars in found.items()}
