"""What days have in common for all meters of a fleet: kind of day, season, weather, and how long they are.

These are weights: of the days of a month, of the months of a year, and of the days of a year for the house beside a
car.
"""

from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade import daylight, weather
from simulator.cascade.lamps import lamp_weights
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, epoch_day
from simulator.noise import Purpose, Words
from simulator.profiles import Driver, Profile

_WEEKDAY, _SATURDAY, _SUNDAY = range(3)
_HEATED_BELOW_DC: Final = 155
_WARM_ABOVE_DC: Final = 140
_USED_AT_HOME: Final = 40
_MOST_DRIVEN: Final = 1_023
_BY_MONTH: Final = frozenset({Driver.SEASON, Driver.CALENDAR})


@lru_cache(maxsize=512)
def shared_days(fleet: Fleet, profile: Profile, year: int, month: int) -> Words:
    """What the days of a month have in common for all meters: kind of day, weather and length. 16 bits."""
    days = _days_of_month(year, month)
    midnights = fleet.calendar.month(year, month)
    lengths_s = np.diff(midnights).astype(np.uint64)
    usual = np.array(profile.day_types, np.uint64)[day_types(fleet, profile, days)]
    # A day that a zone skipped has length 0, hence weight 0 and no energy.
    if profile.driver is Driver.SEASON:
        return usual * weather.mood(fleet.key, days) * lengths_s // (4 * DAY_S)
    if profile.driver is Driver.CALENDAR:
        return usual * (weather.mood(fleet.key, days) // 8 + 224) * lengths_s // (4 * DAY_S)
    return usual * (_driven(fleet, profile, days, midnights[:-1]) + profile.undriven) * lengths_s // (16 * DAY_S)


def _driven(fleet: Fleet, profile: Profile, days: NDArray[np.int64], midnights: NDArray[np.int64]) -> Words:
    """What the sky makes of each day, 256 on one of spring, at most 1023."""
    latitude = fleet.latitude_deg
    if profile.lamps is not None:  # Driver.DARKNESS
        factor = lamp_weights(fleet, profile.lamps, days, midnights).sum(axis=1) // 128
    elif profile.driver is Driver.SUNLIGHT:
        clear = daylight.half_day_min(latitude, days) * daylight.noon_strength(latitude, days)
        given = clear * weather.sunshine(fleet.key, days) // 28_400
        factor = np.maximum(given - _USED_AT_HOME, given // 8)  # the house takes its part before anything flows out
    elif profile.driver is Driver.HEATING:
        factor = np.maximum(_HEATED_BELOW_DC - weather.temperature_dc(fleet.key, latitude, days), 0) * 4
    else:
        warmth = np.maximum(weather.temperature_dc(fleet.key, latitude, days) - _WARM_ABOVE_DC, 0)
        factor = warmth * (weather.sunshine(fleet.key, days) + 64) // 96
    # At least 1: a month of polar night must have days to divide its nothing by.
    bounded: NDArray[np.int64] = np.clip(factor, 1, _MOST_DRIVEN)
    return bounded.astype(np.uint64)


@lru_cache(maxsize=512)
def shared_months(fleet: Fleet, profile: Profile, year: int) -> Words:
    """What the months of a year have in common for all meters: season, length, a deviation. 18 bits."""
    if profile.driver not in _BY_MONTH:
        return np.array(
            [int(shared_days(fleet, profile, year, month).sum()) // 16 for month in range(1, 13)], np.uint64
        )
    months = year * 12 + np.arange(12)
    shared = noise.draw(noise.key_for(fleet.key, Purpose.SHARED_MONTH), months) // 2**59 + 240  # 240 to 271
    lengths = [_days_in_month(year, month) for month in range(1, 13)]
    return season(fleet, profile) * np.array(lengths, np.uint64) * shared // 64


@lru_cache(maxsize=512)
def shared_house(fleet: Fleet, profile: Profile, year: int) -> Words:
    """What the days of a year have in common for the house beside the car, (days,); 1024 of a day's weight."""
    of_month = season(fleet, profile)
    months = [shared_days(fleet, profile, year, month) * of_month[month - 1] // 256 for month in range(1, 13)]
    return np.concatenate(months)


def season(fleet: Fleet, profile: Profile) -> Words:
    """The factor of each month, (12,); half a year later in the south."""
    months = np.array(profile.season, np.uint64)
    return np.roll(months, 6) if fleet.latitude_deg < 0 else months


def day_types(fleet: Fleet, profile: Profile, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for a weekday, 1 for a Saturday, 2 for a Sunday or holiday, for each epoch day."""
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    kinds = np.where(weekday == 5, _SATURDAY, np.where(weekday == 6, _SUNDAY, _WEEKDAY))
    kinds[are_holidays(fleet, profile, days)] = _SUNDAY
    return kinds


def are_holidays(fleet: Fleet, profile: Profile, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which epoch days are holidays: those of the fleet's country, or else those of the profile."""
    if fleet.holidays is not None:
        return np.isin(days, fleet.holidays)
    found = np.zeros(len(days), np.bool_)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month_numbers = months.astype(np.int64) % 12 + 1
    day_numbers = (dates - months).astype(np.int64) + 1
    for month, day in profile.holidays:
        found |= (month_numbers == month) & (day_numbers == day)
    return found


def _days_of_month(year: int, month: int) -> NDArray[np.int64]:
    first = epoch_day(date(year, month, 1))
    return np.arange(first, first + _days_in_month(year, month))


def _days_in_month(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1)
    return (after - date(year, month, 1)).days
