"""The upper half of the cascade: a meter's energy of a year, split over its months and their local days.

    year    what the customer uses, growth, a shared and an own deviation
    month   season x length, a shared and an own deviation; or the sum of its days, where the sky decides
    day     weekday or weekend x what the weather does to it (shared by the fleet) x the customer's own day

How a whole is split stands in `simulator.cascade.splitting`, what all meters share in `shared_days`.

Energy is in whole milliwatt-hours (millilitres for a volume) times the profile's `unit`, uint64. Nothing
overflows: a year stays below 2**41 of them (a profile's largest is 10**12, growth adds at most three quarters
and the factors less than a fifth), the weights of one split add up to less than 2**22, so E * c stays below
2**63.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade.charging import charged
from simulator.cascade.presence import left_running, presence
from simulator.cascade.progressions import as_slice
from simulator.cascade.shared_days import day_types, season, shared_days, shared_house, shared_months
from simulator.cascade.splitting import split, sums_at
from simulator.fleet import Fleet
from simulator.local_time import epoch_day, in_order
from simulator.noise import Purpose, Words
from simulator.profiles import Charging, Profile, tables

MWH_PER_WH = 1_000
_USUAL_DAY: Final = 256 * 256 // 4  # the shared weight of a day as usual
_GROWTH_SINCE: Final = 2020
_LEAST_GROWN, _MOST_GROWN = 512, 1_792
_FIRST_YEAR: Final = 1970


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """What some meters used up to some local days, in mWh times the profile's `unit`."""

    before: Words  # (meters, days) from the start of the year of installation to the start of the day
    after: Words  # (meters, days) to its end


class DayEnergies:
    """The energy of some days; what all meters share is worked out once.

    One array operation weighs all days of all months that are touched, however many years they span; each month is
    then divided by the running sums of its own days.
    """

    __slots__ = ("_at", "_fleet", "_month", "_month_ends", "_profile", "_sums", "_touched", "_weights", "_years")

    def __init__(self, fleet: Fleet, profile: Profile, days: NDArray[np.int64]) -> None:
        """`days` are epoch days, distinct and ascending, at least one, none before the year of installation."""
        self._fleet, self._profile = fleet, profile
        # The end of a day is the start of the next one, where that is asked for, too; else it is in the day's month.
        edges = in_order(days, days + 1)
        starts = np.searchsorted(edges, days)
        self._at = as_slice(starts), as_slice(starts + 1)
        is_start = np.zeros(len(edges), np.bool_)
        is_start[starts] = True
        month_of_edge = _month_of(edges - ~is_start)
        months = in_order(month_of_edge)
        first, after = _first_day(months), _first_day(months + 1)
        ends = np.cumsum(after - first)  # of each month among all days that are weighed
        begins = ends - (after - first)
        of_edge = np.searchsorted(months, month_of_edge)
        at_edges = edges - first[of_edge] + begins[of_edge]
        self._sums = in_order(at_edges, begins, ends)
        self._month = of_edge, np.searchsorted(self._sums, at_edges)
        self._month_ends = np.searchsorted(self._sums, begins), np.searchsorted(self._sums, ends)
        year, month = np.divmod(months, 12)
        years = in_order(year)
        self._years = (years + _FIRST_YEAR).tolist()
        self._touched = np.searchsorted(years, year), month
        self._weights = _DayWeights(fleet, profile, months)

    def of(self, keys: Words) -> DayEnergy:
        """The energy of meters, by the key of the flow."""
        since = self._fleet.spec.installed.year
        starts = _year_starts(self._fleet, self._profile, keys, last_year=self._years[-1])
        rows = as_slice(np.array(self._years) - since)
        before_year = starts[:, :-1][:, rows]
        of_months = split(starts[:, 1:][:, rows] - before_year, self._month_weights(keys))
        year, month = self._touched
        start = of_months[:, year, month]
        of_month = of_months[:, year, month + 1] - start
        start += before_year[:, year]
        sums = sums_at(self._weights.of(keys), self._sums)
        begins, ends = (sums[:, at] for at in self._month_ends)
        of_edge, at_edge = self._month
        energy = sums[:, at_edge] - begins[:, of_edge]
        energy *= of_month[:, of_edge]
        energy //= (ends - begins)[:, of_edge]
        energy += start[:, of_edge]
        before, after = self._at
        return DayEnergy(energy[:, before], energy[:, after])

    def _month_weights(self, keys: Words) -> Words:
        """(meters, years, 12)."""
        fleet, profile = self._fleet, self._profile
        if profile.charging is not None:
            weights = [_months_with_car(fleet, profile, profile.charging, keys, year) for year in self._years]
            return np.stack(weights, axis=1)
        months = np.array(self._years)[:, np.newaxis] * 12 + np.arange(12)
        key = noise.key_for(keys, Purpose.MONTH)[:, np.newaxis, np.newaxis]
        own = noise.picked(tables(profile).own_month, noise.draw(key, months))
        shared = np.stack([shared_months(fleet.origin, profile, year) for year in self._years])
        weights_of_months: Words = shared * own // 256
        return weights_of_months


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


def _months_with_car(fleet: Fleet, profile: Profile, charging: Charging, keys: Words, year: int) -> Words:
    """The weights of months, (meters, 12), by their days: how often a car is charged must not change its power."""
    first = epoch_day(date(year, 1, 1))
    starts = [epoch_day(date(year, month, 1)) - first for month in range(1, 13)]
    days = np.arange(first, epoch_day(date(year + 1, 1, 1)))
    there = presence(profile, keys, days)
    weights = charged(charging, keys, days, there)
    weights *= _USUAL_DAY
    weights += left_running(there) * shared_house(fleet.origin, profile, year)
    return np.add.reduceat(weights, starts, axis=1) // 2**15


class _DayWeights:
    """The weight of each day of some months; 17 bits."""

    __slots__ = ("_days", "_profile", "_season", "_shared", "_types")

    def __init__(self, fleet: Fleet, profile: Profile, months: NDArray[np.int64]) -> None:
        """`months` are counted since January 1970, ascending."""
        self._profile = profile
        calendar = [(_FIRST_YEAR + month // 12, month % 12 + 1) for month in months.tolist()]
        shared = [shared_days(fleet.origin, profile, year, month) for year, month in calendar]
        self._shared = np.concatenate(shared)
        lengths = [len(days) for days in shared]
        self._days = np.concatenate(
            [_first_day(month) + np.arange(n) for month, n in zip(months, lengths, strict=True)]
        )
        self._types = day_types(fleet, profile, self._days)
        self._season = np.repeat(season(fleet, profile)[months % 12], lengths)

    def of(self, keys: Words) -> Words:
        """Of meters by the key of the flow, (meters, days)."""
        profile, days, shared = self._profile, self._days, self._shared
        shapes = tables(profile)
        own = noise.picked(shapes.own_day, noise.draw(noise.key_for(keys, Purpose.DAY)[:, np.newaxis], days))
        if profile.shaped_days:
            home = shapes.household[noise.mix(noise.key_for(keys, Purpose.CHARACTER)).view(np.int64) & 0xFF]
            own = own * shapes.shaped_days[home[:, np.newaxis], self._types] // 256
        there = presence(profile, keys, days)
        if profile.away:
            own = own * left_running(there) // 256
        if profile.charging is not None:
            # A charge is what it is in any season and weather.
            of_house = shared * own * self._season // (512 * 512)
            of_car = charged(profile.charging, keys, days, there) * (_USUAL_DAY // 1_024)
            return np.where(shared > 0, of_house + of_car, 0)
        own *= shared
        own //= 512
        return own


def _month_of(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """The month of each epoch day, counted since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _first_day(months: NDArray[np.int64]) -> NDArray[np.int64]:
    """The epoch day on which each month begins."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
