"""Quantities agree with each other: what an MDM may add up, subtract or compare, it may compare to the digit."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.mixed_fleet import FLEET, OF_EACH, first_of, mixed_fleet, read

days = st.dates(date(2025, 1, 1), date(2026, 6, 10)).map(
    lambda day: (f"{day}T00:00", f"{day + timedelta(days=1)}T00:00")
)
meters = st.integers(0, OF_EACH - 1)
electric = st.sampled_from(["residential", "commercial", "industrial", "heat_pump", "solar_prosumer"])
HALF_HOURS = mixed_fleet("Asia/Kolkata")
LORD_HOWE = mixed_fleet("Australia/Lord_Howe")


def energy(direction: int, unit: int = 72, period: int = 2, *, tou: int = 0, tier: int = 0, phases: int = 0) -> str:
    return f"0.0.{period}.4.{direction}.1.12.0.0.0.0.{tou}.0.{tier}.{phases}.0.{unit}.0"


def register(direction: int, unit: int = 72, *, tou: int = 0, tier: int = 0, phases: int = 0) -> str:
    return f"11.0.0.1.{direction}.1.12.0.0.0.0.{tou}.0.{tier}.{phases}.0.{unit}.0"


def power(direction: int, unit: int = 38, period: int = 2, *, phases: int = 0) -> str:
    return f"0.0.{period}.4.{direction}.1.37.0.0.0.0.0.0.0.{phases}.0.{unit}.0"


@given(day=days, meter=meters)
@settings(deadline=None, max_examples=15)
def test_net_is_forward_less_reverse_and_total_their_sum(day: tuple[str, str], meter: int) -> None:
    for code in (energy, register, power):
        forward, reverse, net, total = read(
            [code(1), code(19), code(4), code(20)], *day, first_of("solar_prosumer") + meter
        )
        assert net.tolist() == (forward - reverse).tolist()
        assert total.tolist() == (forward + reverse).tolist()


def test_a_prosumer_both_takes_and_feeds_in_on_a_summer_day() -> None:
    forward, reverse = read([energy(1), energy(19)], "2026-06-10T00:00", "2026-06-11T00:00", first_of("solar_prosumer"))
    assert forward.sum() > 0
    assert reverse.sum() > 0


SUMS = {5: (15, 16), 7: (15, 17), 8: (15, 18), 10: (16, 17), 11: (16, 18), 13: (17, 18), 20: (15, 16, 17, 18)}
DIFFERENCES = {9: (15, 18), 12: (16, 17), 14: (17, 16)}


@given(day=days, meter=meters)
@settings(deadline=None, max_examples=8)
def test_reactive_directions_are_sums_and_differences_of_quadrants(day: tuple[str, str], meter: int) -> None:
    codes = [*SUMS, *DIFFERENCES, 15, 16, 17, 18]
    found = read([energy(code, 73) for code in codes], *day, first_of("solar_prosumer") + meter)
    by_code = dict(zip(codes, found, strict=True))
    for code, parts in SUMS.items():
        assert by_code[code].tolist() == sum(by_code[part] for part in parts).tolist(), code
    for code, (first, second) in DIFFERENCES.items():
        assert by_code[code].tolist() == (by_code[first] - by_code[second]).tolist(), code


@given(day=days, name=electric, meter=meters, unit=st.sampled_from([71, 72, 73]))
@settings(deadline=None, max_examples=15)
def test_short_intervals_add_up_to_long_ones(day: tuple[str, str], name: str, meter: int, unit: int) -> None:
    five, quarter, half, hour, whole = read(
        [energy(1, unit, period) for period in (6, 2, 5, 7, 4)], *day, first_of(name) + meter
    )
    assert five.reshape(-1, 3).sum(axis=1).tolist() == quarter[0].tolist()
    assert quarter.reshape(-1, 2).sum(axis=1).tolist() == half[0].tolist()
    assert half.reshape(-1, 2).sum(axis=1).tolist() == hour[0].tolist()
    assert hour.sum() == whole.sum()


@given(day=st.dates(date(2026, 1, 2), date(2026, 6, 9)), name=electric, meter=meters, unit=st.sampled_from([72, 73]))
@settings(deadline=None, max_examples=15)
def test_daily_values_are_differences_of_midnight_registers(day: date, name: str, meter: int, unit: int) -> None:
    start, end = f"{day - timedelta(days=1)}T12:00", f"{day + timedelta(days=2)}T00:00"
    daily, registers = read([energy(1, unit, 4), register(1, unit)], start, end, first_of(name) + meter)
    assert np.diff(registers).tolist() == daily[:, 1:].tolist()


def test_apparent_registers_differ_by_the_apparent_energy_between_them() -> None:
    daily, registers = read(
        [energy(1, 71, 4), register(1, 71)], "2026-06-07T12:00", "2026-06-10T00:00", first_of("commercial")
    )
    assert np.diff(registers).tolist() == daily[:, 1:].tolist()


@given(day=days, name=electric, meter=meters)
@settings(deadline=None, max_examples=10)
def test_apparent_energy_of_an_hour_is_the_hypotenuse(day: tuple[str, str], name: str, meter: int) -> None:
    active, reactive, apparent = read(
        [energy(1, 72, 7), energy(8, 73, 7), energy(1, 71, 7)], *day, first_of(name) + meter
    )
    for p, q, s in zip(active[0].tolist(), reactive[0].tolist(), apparent[0].tolist(), strict=True):
        assert s * s <= p * p + q * q < (s + 1) * (s + 1)


@given(day=days, name=electric, meter=meters, phases=st.sampled_from([0, 128]))
@settings(deadline=None, max_examples=15)
def test_power_apparent_power_and_power_factor_agree(day: tuple[str, str], name: str, meter: int, phases: int) -> None:
    factor = f"0.0.2.4.1.1.38.0.0.0.0.0.0.0.{phases}.0.65.0"
    active, reactive, apparent, thousandths = (
        found[0].tolist()
        for found in read(
            [power(1, phases=phases), power(8, 63, phases=phases), power(1, 61, phases=phases), factor],
            *day,
            first_of(name) + meter,
        )
    )
    for p, q, s, pf in zip(active, reactive, apparent, thousandths, strict=True):
        assert s * s <= p * p + q * q < (s + 1) * (s + 1)
        assert pf == (p * 1_000 // s if s else 1_000)


@given(day=days, name=electric, meter=meters)
@settings(deadline=None, max_examples=10)
def test_power_of_a_quarter_is_four_times_its_energy(day: tuple[str, str], name: str, meter: int) -> None:
    amounts, powers, demands = read([energy(1), power(1), power(1, period=53)], *day, first_of(name) + meter)
    assert powers.tolist() == (amounts * 4).tolist() == demands.tolist()


@given(
    day=days,
    meter=meters,
    code=st.sampled_from([energy, power, register]),
    unit=st.sampled_from(["active", "reactive"]),
)
@settings(deadline=None, max_examples=15)
def test_phases_add_up_to_all_of_them(day: tuple[str, str], meter: int, code, unit: str) -> None:
    active = unit == "active"
    number = {energy: (72, 73), register: (72, 73), power: (38, 63)}[code][not active]
    a, b, c, every = read(
        [code(1, number, phases=phases) for phases in (128, 64, 32, 224)], *day, first_of("commercial") + meter
    )
    assert (a + b + c).tolist() == every.tolist()


def test_a_register_of_a_phase_never_runs_backwards() -> None:
    codes = [energy(1, period=3, phases=phases) for phases in (129, 65, 33)]
    for phase in read(codes, "2026-06-08T00:00", "2026-06-09T00:00", first_of("commercial"), first_of("industrial")):
        assert phase.min() >= 0


def test_a_single_phase_meter_has_everything_on_phase_a() -> None:
    a, every = read([energy(1, phases=128), energy(1)], "2026-06-08T00:00", "2026-06-09T00:00", first_of("residential"))
    assert a.tolist() == every.tolist()


@given(day=days, name=electric, meter=meters)
@settings(deadline=None, max_examples=10)
def test_current_is_apparent_power_over_voltage(day: tuple[str, str], name: str, meter: int) -> None:
    apparent, current, voltage = read(
        [
            power(1, 61, phases=128),
            "0.0.2.4.1.1.4.0.0.0.0.0.0.0.128.0.5.0",
            "0.0.2.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0",
        ],
        *day,
        first_of(name) + meter,
    )
    assert current.tolist() == (apparent * 1_000_000 // voltage).tolist()


# Tariffs


@given(day=days, name=electric, meter=meters, code=st.sampled_from([energy, register]))
@settings(deadline=None, max_examples=15)
def test_the_rates_of_a_tariff_add_up_to_the_total(day: tuple[str, str], name: str, meter: int, code) -> None:
    total, *rates = read([code(1), code(1, tou=1), code(1, tou=2), code(1, tou=3)], *day, first_of(name) + meter)
    assert sum(rates).tolist() == total.tolist()


@given(day=days, name=electric, meter=meters, code=st.sampled_from([energy, register]))
@settings(deadline=None, max_examples=15)
def test_the_consumption_tiers_add_up_to_the_total(day: tuple[str, str], name: str, meter: int, code) -> None:
    total, *tiers = read([code(1), code(1, tier=1), code(1, tier=2), code(1, tier=3)], *day, first_of(name) + meter)
    assert sum(tiers).tolist() == total.tolist()


def test_rates_within_a_tier_add_up_to_the_tier() -> None:
    meter = first_of("residential")
    tier, *rates = read(
        [register(1, tier=1), register(1, tier=1, tou=1), register(1, tier=1, tou=2)],
        "2026-03-01T12:00",
        "2026-04-05T00:00",
        meter,
    )
    assert sum(rates).tolist() == tier.tolist()


@pytest.mark.parametrize("day", ["2026-06-10", "2026-03-29", "2025-10-26"])
def test_a_rate_counts_in_its_hours_of_the_wall_clock_only(day: str) -> None:
    after = date.fromisoformat(day) + timedelta(days=1)
    meter = first_of("residential")
    total, night = read([energy(1, period=7), energy(1, period=7, tou=2)], f"{day}T00:00", f"{after}T00:00", meter)
    weekend = date.fromisoformat(day).weekday() >= 5
    # At 7:00 the day rate begins; on the days of a change that is the sixth or the eighth hour.
    length = total.shape[1]
    night_hours = length if weekend else 7 + (length - 24)
    assert night[0, :night_hours].tolist() == total[0, :night_hours].tolist()
    if not weekend:
        assert not night[0, night_hours : length - 1].any()
        assert night[0, -1] == total[0, -1]


def test_a_tier_is_used_up_before_the_next_one_begins_and_each_month_begins_anew() -> None:
    bound = FLEET.classes[0].tariff.tier_bounds[0]
    monthly = "13.0.0.4.1.1.12.0.0.0.0.0.0.{}.0.0.72.0"
    first, total = read([monthly.format(1), monthly.format(0)], "2025-01-01T00:00", "2026-01-01T00:00", *range(20))
    assert first.tolist() == np.minimum(total, bound).tolist()
    assert (total > bound).any()


# Gas and water


@given(day=days, name=st.sampled_from(["gas", "water"]), meter=meters)
@settings(deadline=None, max_examples=10)
def test_volumes_add_up_and_flow_is_volume_over_time(day: tuple[str, str], name: str, meter: int) -> None:
    commodity = {"gas": 7, "water": 9}[name]
    hourly, daily, flow = read(
        [
            f"0.0.7.4.1.{commodity}.58.0.0.0.0.0.0.0.0.0.42.0",
            f"11.0.0.4.1.{commodity}.58.0.0.0.0.0.0.0.0.0.42.0",
            f"0.0.7.4.1.{commodity}.155.0.0.0.0.0.0.0.0.0.125.0",
        ],
        *day,
        first_of(name) + meter,
    )
    assert hourly.sum() == daily.sum()
    assert flow.tolist() == hourly.tolist()


def test_a_volume_in_cubic_feet_is_converted_as_a_register() -> None:
    litres, feet, hours = read(
        [
            "11.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.134.0",
            "11.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.119.0",
            "11.0.0.4.1.7.58.0.0.0.0.0.0.0.0.0.119.0",
        ],
        "2026-01-05T12:00",
        "2026-01-08T00:00",
        first_of("gas"),
    )
    assert feet[0] / litres[0] == pytest.approx([35.3146667] * 3, rel=1e-6)
    assert np.diff(feet).tolist() == hours[:, 1:].tolist()


# Days of every length


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 92), ("2026-03-30", 96), ("2025-10-26", 100)])
@pytest.mark.parametrize("name", ["residential", "solar_prosumer", "industrial"])
def test_a_local_day_has_its_quarters_and_they_add_up(day: str, count: int, name: str) -> None:
    after = date.fromisoformat(day) + timedelta(days=1)
    found = read([energy(1), energy(1, period=4)], f"{day}T00:00", f"{after}T00:00", first_of(name))
    assert found[0].shape == (1, count)
    assert found[0].sum() == found[1].sum()


@pytest.mark.parametrize(
    ("fleet", "day", "count"),
    [(HALF_HOURS, "2026-06-10", 96), (LORD_HOWE, "2026-04-05", 98), (LORD_HOWE, "2025-10-05", 94)],
    ids=["half-hour zone", "half an hour longer", "half an hour shorter"],
)
def test_days_of_half_hour_zones_add_up(fleet, day: str, count: int) -> None:
    after = date.fromisoformat(day) + timedelta(days=1)
    codes = [energy(1), energy(1, period=4), energy(1, tou=1), energy(1, tou=2), energy(1, 71), energy(1, 71, 4)]
    meter = first_of("residential")
    quarters, whole, day_rate, night_rate, apparent, whole_apparent = read(
        codes, f"{day}T00:00", f"{after}T00:00", meter, fleet=fleet
    )
    assert quarters.shape == (1, count)
    assert quarters.sum() == whole.sum()
    assert (day_rate + night_rate).tolist() == quarters.tolist()
    assert apparent.sum() == whole_apparent.sum()


def test_what_is_asked_for_together_is_what_is_asked_for_alone() -> None:
    codes = [
        "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0",  # forward, reverse and a quadrant at the same instants
        "0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0",
        "0.0.2.4.15.1.12.0.0.0.0.0.0.0.0.0.73.0",
        "0.0.2.4.4.1.12.0.0.0.0.0.0.0.0.0.72.0",  # net
        "0.0.7.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0",  # hours
        "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0",
    ]
    some = [first_of(name) + 7 for name in ("residential", "industrial", "electric_vehicle", "solar_prosumer")]
    span = ("2026-03-28T00:00", "2026-03-30T00:00")  # with the night on which clocks go forward
    for code, together in zip(codes, read(codes, *span, *some), strict=True):
        (alone,) = read([code], *span, *some)
        assert np.array_equal(together, alone), code
