"""The upper half of the cascade: a meter's energy of a year, split over its months and their local days.

    year    what the household uses, a shared and an own deviation
    month   season x length, a shared and an own deviation
    day     weekday or weekend x weather (shared by the fleet) x the household's own day

A split gives part k of a whole E the energy between E * c[k] // c[n] and E * c[k+1] // c[n], where c are the
running sums of the weights. The bounds telescope, so the parts add up to the whole without any rounding rest.

Energy is in whole milliwatt-hours, uint64. Nothing overflows: a year stays below 2**41 mWh (2.2 GWh; a
profile's largest is 10**9 Wh and the factors add less than a half), the weights of one split add up to less
than 2**22, so E * c stays below 2**63.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, epoch_day
from simulator.noise import Purpose, Words
from simulator.profiles import Profile, tables

MWH_PER_WH = 1_000
_WEEKDAY, _SATURDAY, _SUNDAY = range(3)


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """What some meters used on some local days, in mWh."""

    before: Words  # (meters, days) from the start of the year of installation to the start of the day
    during: Words  # (meters, days) on the day


def split(energy: Words, weights: Words) -> Words:
    """Where the parts of `energy` (...,) begin and end, (..., parts + 1), by weights (..., parts)."""
    bounds = np.zeros((*weights.shape[:-1], weights.shape[-1] + 1), np.uint64)
    np.cumsum(weights, axis=-1, out=bounds[..., 1:])
    total = bounds[..., -1:].copy()
    np.multiply(bounds, energy[..., np.newaxis], out=bounds)
    return np.floor_divide(bounds, total, out=bounds)


def day_energy(fleet: Fleet, keys: Words, days: NDArray[np.int64]) -> DayEnergy:
    """The energy of meters (by key) on epoch days, which are distinct and ascending."""
    before = np.empty((len(keys), len(days)), np.uint64)
    during = np.empty_like(before)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)  # since January 1970
    years = _year_starts(fleet, keys, last_year=1970 + int(months[-1]) // 12)
    bounds_of_year = (-1, years)
    for month in np.unique(months).tolist():
        year, month_index = 1970 + month // 12, month % 12
        row = year - fleet.spec.installed.year
        if bounds_of_year[0] != year:
            bounds_of_year = (year, _month_bounds(fleet, keys, year, years[:, row + 1] - years[:, row]))
        bounds = bounds_of_year[1]
        start = bounds[:, month_index]
        ends = _day_bounds(fleet, keys, year, month_index + 1, bounds[:, month_index + 1] - start)
        columns = np.flatnonzero(months == month)
        rows = days[columns] - epoch_day(date(year, month_index + 1, 1))
        before[:, columns] = (years[:, row] + start)[:, np.newaxis] + ends[:, rows]
        during[:, columns] = ends[:, rows + 1] - ends[:, rows]
    return DayEnergy(before, during)


def _year_starts(fleet: Fleet, keys: Words, last_year: int) -> Words:
    """Energy up to the start of each year from the year of installation on, (meters, years + 1)."""
    years = np.arange(fleet.spec.installed.year, last_year + 1)
    table = tables(fleet.profile).annual_wh
    character = noise.mix(noise.key_for(keys, Purpose.CHARACTER))
    rung = noise.top_byte(character)
    fraction = character // 2**40 % 2**16
    low = table[rung]
    annual = (low + ((table[rung + 1] - low) * fraction // 2**16)) * MWH_PER_WH
    own = noise.draw(noise.key_for(keys, Purpose.YEAR)[:, np.newaxis], years) // 2**58  # 0 to 63
    shared = noise.draw(noise.key_for(fleet.key, Purpose.SHARED_YEAR), years) // 2**59  # 0 to 31
    starts = np.zeros((len(keys), len(years) + 1), np.uint64)
    np.cumsum(annual[:, np.newaxis] * (own + shared + 208) // 256, axis=1, out=starts[:, 1:])
    return starts


def _month_bounds(fleet: Fleet, keys: Words, year: int, energy: Words) -> Words:
    """Energy from the start of a year to the bounds of its months, (meters, 13)."""
    months = year * 12 + np.arange(12)
    ladder = tables(fleet.profile).own_month
    own = ladder[noise.top_byte(noise.draw(noise.key_for(keys, Purpose.MONTH)[:, np.newaxis], months))]
    return split(energy, _shared_months(fleet.profile, int(fleet.key[0]), year) * own // 256)


@lru_cache(maxsize=512)
def _shared_months(profile: Profile, fleet_key: int, year: int) -> Words:
    """What the months of a year have in common for all meters: season, length, a deviation. 18 bits."""
    months = year * 12 + np.arange(12)
    key = noise.key_for(np.array([fleet_key], np.uint64), Purpose.SHARED_MONTH)
    shared = noise.draw(key, months) // 2**59 + 240  # 240 to 271, 256 is usual
    lengths = [_days_in_month(year, month) for month in range(1, 13)]
    return np.array(profile.season, np.uint64) * np.array(lengths, np.uint64) * shared // 64


def _day_bounds(fleet: Fleet, keys: Words, year: int, month: int, energy: Words) -> Words:
    """Energy from the start of a month to the bounds of its days, (meters, days + 1)."""
    first = epoch_day(date(year, month, 1))
    days = np.arange(first, first + _days_in_month(year, month))
    ladder = tables(fleet.profile).own_day
    own = ladder[noise.top_byte(noise.draw(noise.key_for(keys, Purpose.DAY)[:, np.newaxis], days))]
    midnights = fleet.calendar.month(year, month)
    shared = _shared_days(fleet.profile, int(fleet.key[0]), year, month, tuple(np.diff(midnights).tolist()))
    return split(energy, shared * own // 512)


@lru_cache(maxsize=512)
def _shared_days(profile: Profile, fleet_key: int, year: int, month: int, lengths_s: tuple[int, ...]) -> Words:
    """What the days of a month have in common for all meters: kind of day, weather and length. 16 bits."""
    first = epoch_day(date(year, month, 1))
    days = np.arange(first, first + len(lengths_s))
    usual = np.array(profile.day_types, np.uint64)[day_types(profile, days)]
    # A day that a zone skipped has length 0, hence weight 0 and no energy.
    return usual * _weather(fleet_key, days) * np.array(lengths_s, np.uint64) // (4 * DAY_S)


def _weather(fleet_key: int, days: NDArray[np.int64]) -> Words:
    """How much the weather makes people use, 192 to 319, 256 being usual. A day resembles the one before."""
    key = noise.key_for(np.array([fleet_key], np.uint64), Purpose.WEATHER)
    today, yesterday, before, long_ago = (noise.draw(key, days - back) // 2**56 for back in range(4))
    return (today * 3 + yesterday * 2 + before * 2 + long_ago) // 16 + 192


def day_types(profile: Profile, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for a weekday, 1 for a Saturday, 2 for a Sunday or holiday, for each epoch day."""
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    kinds = np.where(weekday == 5, _SATURDAY, np.where(weekday == 6, _SUNDAY, _WEEKDAY))
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month_numbers = months.astype(np.int64) % 12 + 1
    day_numbers = (dates - months).astype(np.int64) + 1
    for month, day in profile.holidays:
        kinds[(month_numbers == month) & (day_numbers == day)] = _SUNDAY
    return kinds


def _days_in_month(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1)
    return (after - date(year, month, 1)).days
