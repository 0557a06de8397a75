"""Which rate a meter class's tariff has in each hour of some days."""

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.shared_days import day_types
from simulator.fleet import Fleet
from simulator.meter_class import MeterClass
from simulator.profiles.residential import RESIDENTIAL


def rates(meter_class: MeterClass) -> frozenset[int]:
    """The rates of a class's tariff; 1 is touA."""
    tariff = meter_class.tariff
    return frozenset((*tariff.weekday, *tariff.saturday, *tariff.sunday))


def rate_hours(fleet: Fleet, meter_class: MeterClass, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """(days, 24) the rate in each hour of the wall clock of epoch days."""
    tariff = meter_class.tariff
    table = np.array([tariff.weekday, tariff.saturday, tariff.sunday])
    return table[day_types(fleet, RESIDENTIAL, days)]
