"""Voltage, frequency, temperature and the like: in their range, smooth, and the same in any company."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.quantities.angles import angle_ddeg
from simulator.quantities.phases import Phase, on_phase
from simulator.quantities.whole_roots import whole_root
from tests.simulator.mixed_fleet import FLEET, block, first_of, read, series
from tests.support.history import switched_off

DAY = ("2026-06-09T00:00", "2026-06-10T00:00")
SHOP = first_of("commercial")


def voltage(phases: int, aggregate: int = 0, accumulation: int = 12, period: int = 6) -> str:
    return f"0.{aggregate}.{period}.{accumulation}.0.1.54.0.0.0.0.0.0.0.{phases}.0.29.0"


def test_voltage_stays_within_four_per_cent_of_nominal() -> None:
    (millivolts,) = read([voltage(128)], *DAY, *range(100))
    assert 220_800 <= millivolts.min() < 226_000
    assert 234_000 < millivolts.max() <= 239_200


def test_voltage_is_lower_in_the_evening_than_at_night() -> None:
    (millivolts,) = read([voltage(128, period=7)], *DAY, *range(100))
    assert millivolts[:, 18].mean() < millivolts[:, 2].mean()


def test_voltage_changes_little_from_one_minute_to_the_next() -> None:
    (millivolts,) = read([voltage(128, period=3)], "2026-06-09T09:05", "2026-06-09T09:55", *range(20))
    assert np.abs(np.diff(millivolts)).max() < 500


def test_voltage_between_phases_is_that_of_two_at_120_degrees() -> None:
    a, b, between = read([voltage(129), voltage(65), voltage(132)], *DAY, SHOP)
    exact = np.sqrt((a**2 + b**2 + a * b).astype(float))
    assert np.abs(between - exact).max() < 1


def test_a_mean_voltage_is_that_of_its_five_minutes() -> None:
    five, mean = read([voltage(128), voltage(128, aggregate=2, period=7)], *DAY, 0)
    assert mean[0].tolist() == (five.reshape(-1, 12).sum(axis=1) // 12).tolist()


def test_frequency_is_one_for_all_meters_and_near_nominal() -> None:
    (millihertz,) = read(["0.0.3.12.0.1.15.0.0.0.0.0.0.0.0.0.33.0"], *DAY, *range(10))
    assert len(np.unique(millihertz, axis=0)) == 1
    assert 49_955 < millihertz.min() < millihertz.max() < 50_045


def test_gas_is_colder_in_winter() -> None:
    codes = ["11.2.0.0.0.7.46.0.0.0.0.0.0.0.0.0.23.0"]
    (winter,) = read(codes, "2026-01-31T00:00", "2026-02-05T00:00", first_of("gas"))
    (summer,) = read(codes, "2025-07-31T00:00", "2025-08-05T00:00", first_of("gas"))
    assert winter.max() < summer.min()


def test_absolute_pressure_is_that_of_the_air_more() -> None:
    gauge, absolute = read(
        ["0.0.7.6.0.7.162.0.0.0.0.0.0.0.0.0.140.0", "0.0.7.6.0.7.162.0.0.0.0.0.0.0.0.0.155.0"], *DAY, first_of("gas")
    )
    air = absolute - gauge
    assert (np.abs(air - 101_325) <= 2_000).all()
    assert 2_000 < gauge.min() < gauge.max() < 2_600


def test_water_pressure_in_bar_is_that_in_pascals() -> None:
    pascals, bars = series(["0.0.7.6.0.9.162.0.0.0.0.0.0.0.0.0.39.0", "0.0.7.6.0.9.162.0.0.0.0.0.0.0.0.0.214.0"], *DAY)
    assert (pascals.decimals, bars.decimals) == (0, 5)
    found = block([pascals, bars], first_of("water")).values
    assert found[0].tolist() == found[1].tolist()


def test_the_switch_position_follows_the_windows() -> None:
    (position,) = series(["0.0.7.6.0.1.43.0.0.0.0.0.0.0.0.0.109.0"], *DAY)
    window = (int(position.stamps[7]), int(position.stamps[11]))
    found = block([position], 0, history=switched_off({0: [window]})).values[0]
    assert found.tolist() == [[1] * 7 + [0] * 4 + [1] * 13]


def test_the_switch_counts_its_openings() -> None:
    (count,) = series(["11.0.0.1.0.0.142.0.0.1.1.0.0.0.0.0.111.0"], "2026-06-07T12:00", "2026-06-10T00:00")
    windows = [(int(count.stamps[0]) + 60, int(count.stamps[0]) + 120), (int(count.stamps[1]) + 60, None)]
    assert block([count], 0, history=switched_off({0: windows})).values[0].tolist() == [[0, 1, 2]]


def test_demand_is_reset_at_each_month() -> None:
    (count,) = read(["11.0.0.0.0.1.122.0.0.0.0.0.0.0.0.0.111.0"], "2026-05-30T12:00", "2026-06-02T00:00", SHOP)
    assert np.diff(count).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    "code",
    [
        voltage(128),
        "0.0.6.12.0.1.47.0.0.0.0.0.0.0.128.-2.152.0",
        "0.0.6.6.0.3.115.0.0.0.0.0.0.0.0.-1.79.0",
        "0.0.6.6.0.1.46.0.0.0.0.0.0.0.0.0.23.0",
        "0.0.6.12.1.1.37.0.0.0.0.0.0.0.64.0.38.0",
        "0.0.6.12.0.1.4.0.0.0.0.0.0.0.16.0.5.0",
        "0.0.6.12.0.1.5.0.0.0.0.0.0.0.128.0.9.0",
    ],
)
def test_a_value_is_the_same_alone_and_in_company(code: str) -> None:
    (many,) = read([code], *DAY, *range(SHOP, SHOP + 5))
    (alone,) = read([code], "2026-06-09T12:00", "2026-06-09T12:05", SHOP + 3)
    assert alone.item() == many[3, 144]


def test_the_neutral_of_a_single_phase_meter_carries_its_current() -> None:
    neutral, phase = read([f"0.0.6.12.0.1.4.0.0.0.0.0.0.0.{phases}.0.5.0" for phases in (16, 128)], *DAY, 0)
    assert neutral.tolist() == phase.tolist()


# Arithmetic


@given(st.integers(0, 2**62 - 1))
@settings(deadline=None)
def test_a_whole_root_is_exact(square: int) -> None:
    root = int(whole_root(np.array([square]))[0])
    assert root * root <= square < (root + 1) * (root + 1)


@pytest.mark.parametrize("near", [-1, 0, 1])
def test_roots_of_squares_and_their_neighbours_are_exact(near: int) -> None:
    roots = np.array([2**31 - 2, 2**30 + 1, 94_906_267, 3])
    assert whole_root(roots * roots + near).tolist() == [root - (near < 0) for root in roots.tolist()]


@pytest.mark.parametrize(
    ("active", "reactive", "angle"),
    [(0, 0, 0), (1_000, 0, 0), (0, 1_000, 900), (1_000, 1_000, 450), (1_732, 1_000, 300), (1_000, -1_000, -450),
     (-1_000, 0, 1_800), (-1_000, 1_000, 1_350), (-1_000, -1_000, -1_350)],
)  # fmt: skip
def test_an_angle_is_that_of_its_triangle(active: int, reactive: int, angle: int) -> None:
    assert angle_ddeg(np.array([active]), np.array([reactive])).tolist() == [angle]


@given(st.integers(0, 2**40), st.integers(0, 999))
@settings(deadline=None)
def test_every_unit_is_on_one_phase_and_stays_there(whole: int, meter: int) -> None:
    keys, three_phase = FLEET.keys([meter]), np.array([True])
    here, next_unit = (
        [int(on_phase(np.array([[amount]]), phase, keys, three_phase)[0, 0]) for phase in Phase]
        for amount in (whole, whole + 1)
    )
    assert sum(here) == whole
    assert sorted(after - before for before, after in zip(here, next_unit, strict=True)) == [0, 0, 1]
