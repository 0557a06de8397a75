"""The upper half of the cascade: a meter's energy of a year, split over its months and their local days.

    year    what the customer uses, growth, a shared and an own deviation
    month   season x length, a shared and an own deviation; or the sum of its days, where the sky decides
    day     weekday or weekend x what the weather does to it (shared by the fleet) x the customer's own day

A split gives part k of a whole E the energy between E * c[k] // c[n] and E * c[k+1] // c[n], where c are the
running sums of the weights. The bounds telescope, so the parts add up to the whole without any rounding rest.

Energy is in whole milliwatt-hours (millilitres for a volume) times the profile's `unit`, uint64. Nothing
overflows: a year stays below 2**41 of them (a profile's largest is 10**12, growth adds at most three quarters
and the factors less than a fifth), the weights of one split add up to less than 2**22, so E * c stays below
2**63.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade import daylight, weather
from simulator.cascade.charging import charged
from simulator.cascade.lamps import lamp_weights
from simulator.cascade.presence import presence
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, epoch_day
from simulator.noise import Purpose, Words
from simulator.profiles import Charging, Driver, Profile, tables

MWH_PER_WH = 1_000
_WEEKDAY, _SATURDAY, _SUNDAY = range(3)
_HEATED_BELOW_DC: Final = 155
_WARM_ABOVE_DC: Final = 140
_USED_AT_HOME: Final = 40
_USUAL_DAY: Final = 256 * 256 // 4  # the shared weight of a day as usual
_MOST_DRIVEN: Final = 1_023
_BY_MONTH: Final = frozenset({Driver.SEASON, Driver.CALENDAR})
_GROWTH_SINCE: Final = 2020
_LEAST_GROWN, _MOST_GROWN = 512, 1_792


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """What some meters used on some local days, in mWh times the profile's `unit`."""

    before: Words  # (meters, days) from the start of the year of installation to the start of the day
    during: Words  # (meters, days) on the day


def split(energy: Words, weights: Words) -> Words:
    """Where the parts of `energy` (...,) begin and end, (..., parts + 1), by weights (..., parts)."""
    bounds = np.zeros((*weights.shape[:-1], weights.shape[-1] + 1), np.uint64)
    np.cumsum(weights, axis=-1, out=bounds[..., 1:])
    total = bounds[..., -1:].copy()
    np.multiply(bounds, energy[..., np.newaxis], out=bounds)
    return np.floor_divide(bounds, total, out=bounds)


def day_energy(fleet: Fleet, profile: Profile, keys: Words, days: NDArray[np.int64]) -> DayEnergy:
    """The energy of meters (by the key of the flow) on epoch days, which are distinct and ascending."""
    before = np.empty((len(keys), len(days)), np.uint64)
    during = np.empty_like(before)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)  # since January 1970
    years = _year_starts(fleet, profile, keys, last_year=1970 + int(months[-1]) // 12)
    bounds_of_year = (-1, years)
    for month in np.unique(months).tolist():
        year, month_index = 1970 + month // 12, month % 12
        row = year - fleet.spec.installed.year
        if bounds_of_year[0] != year:
            energy = years[:, row + 1] - years[:, row]
            bounds_of_year = (year, _month_bounds(fleet, profile, keys, year, energy))
        bounds = bounds_of_year[1]
        start = bounds[:, month_index]
        ends = _day_bounds(fleet, profile, keys, year, month_index + 1, bounds[:, month_index + 1] - start)
        columns = np.flatnonzero(months == month)
        rows = days[columns] - epoch_day(date(year, month_index + 1, 1))
        before[:, columns] = (years[:, row] + start)[:, np.newaxis] + ends[:, rows]
        during[:, columns] = ends[:, rows + 1] - ends[:, rows]
    return DayEnergy(before, during)


def _year_starts(fleet: Fleet, profile: Profile, keys: Words, last_year: int) -> Words:
    """Energy up to the start of each year from the year of installation on, (meters, years + 1)."""
    years = np.arange(fleet.spec.installed.year, last_year + 1)
    table = tables(profile).annual_wh
    character = noise.mix(noise.key_for(keys, Purpose.CHARACTER))
    rung = noise.top_byte(character)
    fraction = character // 2**40 % 2**16
    low = table[rung]
    annual = (low + ((table[rung + 1] - low) * fraction // 2**16)) * MWH_PER_WH
    own = noise.draw(noise.key_for(keys, Purpose.YEAR)[:, np.newaxis], years) // 2**58  # 0 to 63
    shared = noise.draw(noise.key_for(fleet.key, Purpose.SHARED_YEAR), years) // 2**59  # 0 to 31
    of_years = annual[:, np.newaxis] * (own + shared + 208) // 256
    if profile.growth:
        grown = np.clip(1_024 + profile.growth * (years - _GROWTH_SINCE), _LEAST_GROWN, _MOST_GROWN)
        of_years = of_years * grown.astype(np.uint64) // 1_024
    starts = np.zeros((len(keys), len(years) + 1), np.uint64)
    np.cumsum(of_years, axis=1, out=starts[:, 1:])
    return starts


def _month_bounds(fleet: Fleet, profile: Profile, keys: Words, year: int, energy: Words) -> Words:
    """Energy from the start of a year to the bounds of its months, (meters, 13)."""
    if profile.charging is not None:
        return split(energy, _months_with_car(fleet, profile, profile.charging, keys, year))
    months = year * 12 + np.arange(12)
    ladder = tables(profile).own_month
    own = ladder[noise.top_byte(noise.draw(noise.key_for(keys, Purpose.MONTH)[:, np.newaxis], months))]
    return split(energy, _shared_months(fleet, profile, year) * own // 256)


def _months_with_car(fleet: Fleet, profile: Profile, charging: Charging, keys: Words, year: int) -> Words:
    """The weights of months, (meters, 12), by their days: how often a car is charged must not change its power."""
    first = epoch_day(date(year, 1, 1))
    starts = [epoch_day(date(year, month, 1)) - first for month in range(1, 13)]
    days = np.arange(first, epoch_day(date(year + 1, 1, 1)))
    weights = charged(profile, charging, keys, days)
    weights *= _USUAL_DAY
    weights += presence(profile, keys, days) * _shared_house(fleet, profile, year)
    return np.add.reduceat(weights, starts, axis=1) // 2**15


@lru_cache(maxsize=512)
def _shared_house(fleet: Fleet, profile: Profile, year: int) -> Words:
    """What the days of a year have in common for the house beside the car, (days,); 1024 of a day's weight."""
    season = _season(fleet, profile)
    months = [_shared_days(fleet, profile, year, month) * season[month - 1] // 256 for month in range(1, 13)]
    return np.concatenate(months)


@lru_cache(maxsize=512)
def _shared_months(fleet: Fleet, profile: Profile, year: int) -> Words:
    """What the months of a year have in common for all meters: season, length, a deviation. 18 bits."""
    if profile.driver not in _BY_MONTH:
        return np.array(
            [int(_shared_days(fleet, profile, year, month).sum()) // 16 for month in range(1, 13)], np.uint64
        )
    months = year * 12 + np.arange(12)
    shared = noise.draw(noise.key_for(fleet.key, Purpose.SHARED_MONTH), months) // 2**59 + 240  # 240 to 271
    lengths = [_days_in_month(year, month) for month in range(1, 13)]
    return _season(fleet, profile) * np.array(lengths, np.uint64) * shared // 64


def _day_bounds(fleet: Fleet, profile: Profile, keys: Words, year: int, month: int, energy: Words) -> Words:
    """Energy from the start of a month to the bounds of its days, (meters, days + 1)."""
    return split(energy, _day_weights(fleet, profile, keys, year, month))


def _day_weights(fleet: Fleet, profile: Profile, keys: Words, year: int, month: int) -> Words:
    """The weight of each day of a month, (meters, days). 17 bits."""
    days = _days_of_month(year, month)
    shared = _shared_days(fleet, profile, year, month)
    shapes = tables(profile)
    own = shapes.own_day[noise.top_byte(noise.draw(noise.key_for(keys, Purpose.DAY)[:, np.newaxis], days))]
    if profile.shaped_days:
        home = shapes.household[noise.mix(noise.key_for(keys, Purpose.CHARACTER)).view(np.int64) & 0xFF]
        own = own * shapes.shaped_days[home[:, np.newaxis], day_types(fleet, profile, days)] // 256
    if profile.away:
        own = own * presence(profile, keys, days) // 256
    if profile.charging is not None:
        # A charge is what it is in any season and weather.
        of_house = shared * own * int(_season(fleet, profile)[month - 1]) // (512 * 512)
        of_car = charged(profile, profile.charging, keys, days) * (_USUAL_DAY // 1_024)
        return np.where(shared > 0, of_house + of_car, 0)
    return shared * own // 512


def _season(fleet: Fleet, profile: Profile) -> Words:
    season = np.array(profile.season, np.uint64)
    return np.roll(season, 6) if fleet.latitude_deg < 0 else season


@lru_cache(maxsize=512)
def _shared_days(fleet: Fleet, profile: Profile, year: int, month: int) -> Words:
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


def day_types(fleet: Fleet, profile: Profile, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for a weekday, 1 for a Saturday, 2 for a Sunday or holiday, for each epoch day."""
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    kinds = np.where(weekday == 5, _SATURDAY, np.where(weekday == 6, _SUNDAY, _WEEKDAY))
    if fleet.holidays is not None:
        kinds[np.isin(days, fleet.holidays)] = _SUNDAY
        return kinds
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month_numbers = months.astype(np.int64) % 12 + 1
    day_numbers = (dates - months).astype(np.int64) + 1
    for month, day in profile.holidays:
        kinds[(month_numbers == month) & (day_numbers == day)] = _SUNDAY
    return kinds


def _days_of_month(year: int, month: int) -> NDArray[np.int64]:
    first = epoch_day(date(year, month, 1))
    return np.arange(first, first + _days_in_month(year, month))


def _days_in_month(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1)
    return (after - date(year, month, 1)).days
