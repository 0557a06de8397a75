"""What an engineer expects of households: nights, peaks, weekends, winters and bursts, in plausible sizes."""

from datetime import date

import numpy as np
import pytest

from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import DAY_S
from simulator.registers import cumulative_mwh, register_wh

FLEET = Fleet(FleetSpec(10_000, seed=1, zone="Europe/Amsterdam"))
HOMES = range(1_000)


def intervals_wh(first: date, days: int, period_s: int) -> np.ndarray:
    start = FLEET.calendar.start_of(first)
    instants = np.arange(start, start + days * DAY_S + 1, period_s)
    return np.diff(register_wh(cumulative_mwh(FLEET, HOMES, instants)), axis=1)


MONDAY_IN_JANUARY = date(2026, 1, 12)
WEEK = intervals_wh(MONDAY_IN_JANUARY, 7, 900)  # (homes, quarter-hours)
HOURS = WEEK.mean(axis=0).reshape(7, 24, 4).sum(axis=2)  # (days, hours), Wh
WEEKDAYS, SUNDAY = HOURS[:5].mean(axis=0), HOURS[6]


def test_nights_are_quiet_and_evenings_are_busy() -> None:
    assert WEEKDAYS.argmin() in (2, 3, 4)
    assert WEEKDAYS.argmax() in (18, 19, 20)
    assert WEEKDAYS.max() > 3 * WEEKDAYS.min()


def test_a_weekday_has_a_morning_peak() -> None:
    assert WEEKDAYS[7] > WEEKDAYS[5] * 1.5
    assert WEEKDAYS[7] > WEEKDAYS[10] * 1.2


def test_on_sundays_people_rise_late_and_cook_at_noon() -> None:
    assert SUNDAY[7] < WEEKDAYS[7] * 0.9
    assert SUNDAY[12] > WEEKDAYS[12] * 1.4


def test_new_years_day_is_lived_like_a_sunday() -> None:
    thursday = intervals_wh(date(2026, 1, 1), 1, 3_600).mean(axis=0)
    assert thursday[12] / thursday[7] > 1.5 * WEEKDAYS[12] / WEEKDAYS[7]


def test_winter_takes_more_than_summer() -> None:
    january = intervals_wh(date(2026, 1, 1), 31, DAY_S).mean()
    july = intervals_wh(date(2026, 7, 1), 31, DAY_S).mean()
    assert 1.3 < january / july < 2


def test_homes_use_what_homes_use_in_a_year() -> None:
    bounds = np.array([FLEET.calendar.start_of(date(year, 1, 1)) for year in (2025, 2026)])
    annual_kwh = np.diff(register_wh(cumulative_mwh(FLEET, HOMES, bounds)))[:, 0] / 1_000
    assert annual_kwh.min() > 1_000
    assert annual_kwh.max() < 10_000
    assert np.median(annual_kwh) == pytest.approx(3_200, rel=0.1)


def test_a_quarter_of_an_hour_lies_between_standby_and_a_full_kitchen() -> None:
    low, high = np.percentile(WEEK, [1, 99.9])
    assert low > 10
    assert 700 < high < 1_500
    assert WEEK.max() < 5_000


def test_appliances_show_as_bursts() -> None:
    # A quarter often differs a lot from its neighbour, and the busiest quarter of a day stands out.
    days = WEEK.reshape(len(HOMES), 7, 96)
    assert np.median(days.max(axis=2) / np.median(days, axis=2)) > 5


def test_homes_differ_in_when_they_are_busy() -> None:
    profiles = WEEK[:, : 5 * 96].reshape(len(HOMES), 5, 24, 4).sum(axis=(1, 3))
    assert len(set(profiles.argmax(axis=1).tolist())) > 6


def test_the_weather_moves_all_homes_together() -> None:
    days = intervals_wh(date(2026, 2, 1), 28, DAY_S)
    halves = days[::2].sum(axis=0), days[1::2].sum(axis=0)
    assert np.corrcoef(*halves)[0, 1] > 0.9
