"""Daylight tables against the sines they were made from, and the weather that hangs on them."""

from datetime import date
from math import acos, cos, degrees, pi, radians, sin

import numpy as np
import pytest

from simulator import noise
from simulator.cascade import daylight, weather
from simulator.local_time import epoch_day

KEY = noise.key_from_seed(1)


def days_of_year(year: int = 2026) -> np.ndarray:
    return np.arange(epoch_day(date(year, 1, 1)), epoch_day(date(year + 1, 1, 1)))


def sines(latitude_deg: int, day_of_year: int) -> tuple[float, float]:
    """Minutes from sunrise to noon, and the sine of the noon height."""
    declination = radians(23.44) * sin(2 * pi * (day_of_year - 80) / 365.25)
    latitude = radians(latitude_deg)
    hour_angle = (sin(radians(-0.83)) - sin(latitude) * sin(declination)) / (cos(latitude) * cos(declination))
    return degrees(acos(hour_angle)) * 4, cos(latitude - declination)


@pytest.mark.parametrize("latitude_deg", [-52, -33, 0, 18, 45, 52, 60])
def test_the_tables_are_within_minutes_of_the_sines(latitude_deg: int) -> None:
    days = days_of_year()
    half, strength = daylight.half_day_min(latitude_deg, days), daylight.noon_strength(latitude_deg, days)
    for day in range(0, 365, 13):
        minutes, height = sines(latitude_deg, day)
        assert half[day] == pytest.approx(minutes, abs=5)
        assert strength[day] == pytest.approx(256 * height, abs=5)


def test_the_sun_is_strongest_at_noon_and_gone_at_sunset() -> None:
    through = daylight.through_the_day(np.arange(-400, 401), np.array([300]))
    assert through.argmax() in range(390, 411)
    assert not through[:100].any()
    assert not through[701:].any()
    assert np.all(np.diff(through[400:]) <= 0)


def test_seasons_are_opposite_in_the_south() -> None:
    days = days_of_year()
    assert np.array_equal(daylight.warm_season(-30, days), -daylight.warm_season(30, days))
    assert daylight.half_day_min(-50, days)[:20].mean() > daylight.half_day_min(-50, days)[170:190].mean() + 100


def test_july_is_warm_and_january_cold_and_days_resemble_each_other() -> None:
    days = np.concatenate([days_of_year(year) for year in range(2020, 2030)])
    temperature = weather.temperature_dc(KEY, 52, days)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    assert 10 < temperature[months == 0].mean() < 60
    assert 160 < temperature[months == 6].mean() < 220
    assert temperature.min() > -150
    change = np.abs(np.diff(temperature)).mean()
    assert change < np.abs(temperature - np.roll(temperature, 30)).mean() / 1.5


def test_there_are_clear_and_grey_days() -> None:
    sunshine = weather.sunshine(KEY, days_of_year())
    assert (sunshine > 200).mean() > 0.1
    assert (sunshine < 70).mean() > 0.1
    assert sunshine.min() >= 16
    assert sunshine.max() <= weather.SUNNIEST


def test_clouds_flicker_between_clear_and_grey_and_not_at_the_ends() -> None:
    days = days_of_year()
    sunshine, factors = weather.sunshine(KEY, days), weather.cloud_factors(KEY, days, 288)
    spread = factors.max(axis=1) - factors.min(axis=1)
    mixed = (sunshine > 100) & (sunshine < 160)
    assert spread[mixed].mean() > 150
    assert spread[sunshine > 250].max(initial=0) < 60
    assert factors.min() > 0
    assert factors.max() <= weather.SUNNIEST
