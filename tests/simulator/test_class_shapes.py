"""What an engineer expects of each class: when it takes or gives energy, in which season, and how much."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from simulator.cascade.flows import Flow, FlowPlan
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.local_time import DAY_S
from simulator.meter_class import METER_CLASSES

METERS = 150
MONDAY = date(2026, 1, 12)
JULY_MONDAY = date(2026, 7, 6)


@cache
def fleet_of(name: str, latitude_deg: int = 52) -> Fleet:
    template = MeterTemplate(name=name, count=METERS, shares=((name, 10_000),))
    return Fleet(FleetSpec(METERS, seed=1, zone="Europe/Amsterdam", latitude_deg=latitude_deg, templates=(template,)))


def flows(name: str, flow: Flow, first: date, days: int, period_s: int = 900, latitude_deg: int = 52) -> np.ndarray:
    """Amounts of (meters, days, periods) in the flow's unit; on days without a change of clocks."""
    fleet = fleet_of(name, latitude_deg)
    start = fleet.calendar.start_of(first)
    at = np.arange(start, start + days * DAY_S + 1, period_s)
    (values,) = FlowPlan(fleet, (flow,), at).cumulative(range(METERS))
    return np.diff(values, axis=1).reshape(METERS, days, -1)


def days_of(name: str, flow: Flow, first: date, days: int, latitude_deg: int = 52) -> np.ndarray:
    """Amounts of whole local days, (meters, days)."""
    fleet = fleet_of(name, latitude_deg)
    at = np.array([fleet.calendar.start_of(first + timedelta(days=day)) for day in range(days + 1)])
    (values,) = FlowPlan(fleet, (flow,), at).cumulative(range(METERS))
    return np.diff(values, axis=1)


def test_street_lamps_are_off_at_noon_and_on_at_midnight() -> None:
    for first in (MONDAY, JULY_MONDAY):
        quarters = flows("street_lighting", Flow.FORWARD, first, 7)
        assert not quarters[:, :, 40:56].any()
        assert np.all(quarters[:, :, :4] > 0)


def test_street_lamps_burn_longer_in_winter() -> None:
    lit = [(flows("street_lighting", Flow.FORWARD, first, 1) > 0).sum() for first in (MONDAY, JULY_MONDAY)]
    assert lit[0] > 1.8 * lit[1]


def test_a_lamp_has_the_same_power_in_every_night() -> None:
    evening = [flows("street_lighting", Flow.FORWARD, first, 1)[:, 0, 90] for first in (MONDAY, JULY_MONDAY)]
    assert np.allclose(evening[0], evening[1], rtol=0.05)


def test_in_the_south_the_long_nights_are_in_july() -> None:
    january, july = (days_of("street_lighting", Flow.FORWARD, first, 7, -38).sum() for first in (MONDAY, JULY_MONDAY))
    assert july > 1.3 * january


def test_panels_give_nothing_at_night() -> None:
    for first in (MONDAY, JULY_MONDAY):
        reverse = flows("solar_prosumer", Flow.REVERSE, first, 7)
        assert not reverse[:, :, :16].any()
        assert not reverse[:, :, 90:].any()
        assert reverse[:, :, 40:56].any()


def test_panels_give_most_in_summer() -> None:
    winter, summer = (
        days_of("solar_prosumer", Flow.REVERSE, first, 31).sum() for first in (date(2026, 1, 1), date(2026, 7, 1))
    )
    assert summer > 5 * winter


def test_sunny_and_dull_days_are_those_of_all_panels() -> None:
    june = days_of("solar_prosumer", Flow.REVERSE, date(2026, 6, 1), 30)
    halves = june[::2].sum(axis=0), june[1::2].sum(axis=0)
    assert np.corrcoef(*halves)[0, 1] > 0.95
    assert halves[0].max() > 2.5 * halves[0].min()


def test_a_prosumer_draws_in_the_evening_what_the_sun_does_not_give() -> None:
    forward = flows("solar_prosumer", Flow.FORWARD, JULY_MONDAY, 7).sum(axis=(0, 1))
    assert forward[80:92].sum() > 2 * forward[48:60].sum()


def test_commerce_works_in_the_day_and_rests_on_sundays() -> None:
    week = flows("commercial", Flow.FORWARD, MONDAY, 7).sum(axis=0)
    assert week[:5, 40:64].mean() > 3 * week[:5, 4:20].mean()
    assert week[6].sum() < 0.6 * week[:5].sum(axis=1).mean()


def test_the_night_load_of_a_business_knows_no_weekday() -> None:
    week = flows("commercial", Flow.FORWARD, MONDAY, 7)[:, :, 4:20].sum(axis=2)
    assert np.median(week[:, 6] / week[:, 2]) == pytest.approx(1, abs=0.15)


def test_holidays_of_the_fleet_are_lived_like_sundays() -> None:
    template = MeterTemplate(name="shops", count=METERS, shares=(("commercial", 10_000),))
    spec = FleetSpec(METERS, seed=1, zone="Europe/Amsterdam", templates=(template,))
    holiday = Fleet(FleetSpec(**{**fields(spec), "holidays": (date(2026, 1, 14),)}))
    at = np.array([holiday.calendar.start_of(date(2026, 1, 12) + timedelta(days=day)) for day in range(8)])
    (values,) = FlowPlan(holiday, (Flow.FORWARD,), at).cumulative(range(METERS))
    week = np.diff(values, axis=1).sum(axis=0)
    assert week[2] < 0.6 * week[1]


def fields(spec: FleetSpec) -> dict[str, object]:
    return {name: getattr(spec, name) for name in spec.__dataclass_fields__}


def test_factories_differ_in_their_shifts_and_reach_megawatts() -> None:
    day = flows("industrial", Flow.FORWARD, MONDAY, 1)[:, 0, :]
    night_share = day[:, 4:16].mean(axis=1) / day.max(axis=1)
    assert (night_share < 0.3).mean() > 0.3
    assert (night_share > 0.6).mean() > 0.1
    assert 1_000 < day.max() * 4 / 1e6 < 15_000  # kW


def test_heat_pumps_work_in_winter_and_harder_on_cold_days() -> None:
    winter = days_of("heat_pump", Flow.FORWARD, date(2026, 1, 1), 31).sum(axis=0)
    summer = days_of("heat_pump", Flow.FORWARD, date(2026, 7, 1), 31).sum(axis=0)
    assert winter.sum() > 5 * summer.sum()
    assert winter.max() > 1.5 * winter.min()


def test_a_heat_pump_and_a_gas_boiler_feel_the_same_cold() -> None:
    electric = days_of("heat_pump", Flow.FORWARD, date(2026, 2, 1), 28).sum(axis=0)
    gas = days_of("gas", Flow.VOLUME, date(2026, 2, 1), 28).sum(axis=0)
    assert np.corrcoef(electric, gas)[0, 1] > 0.95


def test_cars_charge_in_blocks_in_the_evening_or_after_midnight() -> None:
    weeks = flows("electric_vehicle", Flow.FORWARD, date(2026, 5, 4), 28, period_s=300) * 12 / 1e6  # kW
    heavy = (weeks > 2.8).sum(axis=(0, 1)).reshape(24, 12).sum(axis=1)
    assert heavy[17:23].sum() + heavy[:4].sum() > 0.75 * heavy.sum()
    charging_days = (weeks.max(axis=2) > 3).mean()
    assert 0.25 < charging_days < 0.75


def test_a_charging_point_has_its_power_all_year() -> None:
    peaks = [flows("electric_vehicle", Flow.FORWARD, first, 28, period_s=300) for first in (MONDAY, JULY_MONDAY)]
    usual = [np.percentile(one.reshape(METERS, -1), 97.5, axis=1) for one in peaks]
    assert np.median(usual[0] / usual[1]) == pytest.approx(1, abs=0.25)


def test_gas_heats_in_winter_and_cooks_in_summer() -> None:
    winter = days_of("gas", Flow.VOLUME, date(2026, 1, 1), 31).sum()
    summer = days_of("gas", Flow.VOLUME, date(2026, 7, 1), 31).sum()
    assert 5 * summer < winter
    assert summer > 0


def test_water_runs_in_the_morning_and_the_evening_and_not_at_night() -> None:
    day = flows("water", Flow.VOLUME, JULY_MONDAY, 5, period_s=3_600).sum(axis=(0, 1))
    assert day[7] > 1.5 * day[14]
    assert day[19] > 1.5 * day[14]
    assert day[2:4].max() < 0.1 * day[7]


def test_gardens_are_watered_in_summer() -> None:
    winter = days_of("water", Flow.VOLUME, date(2026, 1, 1), 31).sum()
    summer = days_of("water", Flow.VOLUME, date(2026, 7, 1), 31).sum()
    assert 1.15 * winter < summer < 2 * winter


def test_people_go_away_for_whole_weeks() -> None:
    weeks = days_of("electric_vehicle", Flow.FORWARD, date(2026, 1, 3), 364).reshape(METERS, 52, 7).sum(axis=2)
    away = weeks < 0.4 * np.median(weeks, axis=1, keepdims=True)
    assert 0.5 < away.sum() / METERS < 4  # weeks of a year


def test_heat_pumps_multiply_over_the_years() -> None:
    def year(number: int) -> float:
        return days_of("heat_pump", Flow.FORWARD, date(number, 1, 1), 365).sum()

    assert sum(map(year, (2030, 2031, 2032))) > 1.04 * sum(map(year, (2020, 2021, 2022)))


@pytest.mark.parametrize(
    ("name", "flow", "low", "high"),
    [
        ("residential", Flow.FORWARD, 1.0, 10.0),
        ("electric_vehicle", Flow.FORWARD, 3.5, 11.0),
        ("heat_pump", Flow.FORWARD, 1.8, 12.0),
        ("solar_prosumer", Flow.FORWARD, 1.0, 7.0),
        ("solar_prosumer", Flow.REVERSE, 1.2, 8.0),
        ("commercial", Flow.FORWARD, 6.0, 400.0),
        ("industrial", Flow.FORWARD, 300.0, 40_000.0),
        ("street_lighting", Flow.FORWARD, 3.0, 36.0),
        ("gas", Flow.VOLUME, 0.25, 4.5),
        ("water", Flow.VOLUME, 0.02, 0.4),
    ],
)
def test_a_year_is_of_a_plausible_size(name: str, flow: Flow, low: float, high: float) -> None:
    # In MWh, or thousands of cubic metres.
    years = days_of(name, flow, date(2025, 1, 1), 365).sum(axis=1) / 1e9
    assert low < years.min() < years.max() < high


@pytest.mark.parametrize("name", METER_CLASSES)
def test_no_class_overflows_at_the_end_of_the_calendar(name: str) -> None:
    fleet = fleet_of(name)
    at = np.array([fleet.calendar.start_of(date(2190, month, 15)) + 43_217 for month in (1, 7)])
    for flow in FlowPlan(fleet, tuple(METER_CLASSES[name].flows), at).cumulative(range(METERS)):
        assert np.all(flow[:, 1] >= flow[:, 0])
        assert np.all(flow > 0)


@pytest.mark.parametrize("latitude_deg", [-90, -40, 0, 40, 90])
@pytest.mark.parametrize("name", ["solar_prosumer", "street_lighting", "heat_pump", "water"])
@pytest.mark.filterwarnings("error")
def test_every_latitude_has_its_days(name: str, latitude_deg: int) -> None:
    for first in (date(2026, 6, 20), date(2026, 12, 20)):
        flow = Flow.VOLUME if name == "water" else Flow.FORWARD
        assert flows(name, flow, first, 2, latitude_deg=latitude_deg).sum() > 0
