"""Registers of meters with tariffs of their own: rates, steps and demands, to the digit, on every kind of day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.cim.reading_type import ReadingType
from simulator.defects import FieldDefects, a_defect
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds
from simulator.observation import Observation
from simulator.quantities import channel
from simulator.readings import Series, period_series, reading_blocks
from simulator.tariffs import TariffCalendar, TariffInForce
from simulator.tariffs.tariff_calendar import HOLIDAY, SATURDAY, SUNDAY, WEEKDAY
from tests.simulator.mixed_fleet import FLEET, NOW, OF_EACH, block, first_of, mixed_fleet
from tests.support.history import switched_off

pytestmark = pytest.mark.clause("61968-9:2013 Annex C")

SHOP = first_of("commercial")
HOME = first_of("residential")
FLAT = ((0, 1),)
HALF_HOURS = TariffCalendar(
    weekday=((390, 1), (990, 4), (1_170, 1), (1_350, 2)),
    saturday=((150, 5), (1_350, 2)),
    sunday=((90, 6), (150, 2), (210, 5)),  # where clocks change
    holiday=((720, 3),),
)
EVERY_RATE = TariffCalendar.daily(tuple((rate, rate) for rate in range(1, 7)), (1, 2, 3, 4))


def register(rate: int = 0, tier: int = 0) -> str:
    return f"0.0.2.1.1.1.12.0.0.0.0.{rate}.0.{tier}.0.0.72.0"  # every quarter of an hour


def energy(rate: int = 0, tier: int = 0, period: int = 2) -> str:
    return f"0.0.{period}.4.1.1.12.0.0.0.0.{rate}.0.{tier}.0.0.72.0"


def maximum(rate: int = 0) -> str:
    return f"11.8.0.0.1.1.8.0.0.0.0.{rate}.0.0.0.0.38.0"


def at(text: str, fleet: Fleet = FLEET) -> int:
    return epoch_seconds(datetime.fromisoformat(text).replace(tzinfo=fleet.calendar.zone))


def having(meter: int, *tariffs: tuple[str, TariffCalendar | None]) -> FieldHistory:
    return FieldHistory(tariffs={meter: [TariffInForce(at(start), calendar) for start, calendar in tariffs]})


def read(
    codes: Sequence[str], start: str, end: str, *meters: int, history: FieldHistory, fleet: Fleet = FLEET
) -> tuple[NDArray[np.int64], ...]:
    return block(any_rate(codes, start, end, fleet), *meters, history=history, fleet=fleet).values


def any_rate(codes: Sequence[str], start: str, end: str, fleet: Fleet = FLEET) -> list[Series]:
    """Series of rates and steps that no class has, too: only a tariff makes them deliverable."""
    zone = fleet.calendar.zone
    return period_series(
        [channel(ReadingType.parse(code), [EVERY_RATE]) for code in codes],
        datetime.fromisoformat(start).replace(tzinfo=zone),
        datetime.fromisoformat(end).replace(tzinfo=zone),
        calendar=fleet.calendar,
        installed=fleet.installed,
        now=NOW,
    )


def rate_on_the_clock(calendar: TariffCalendar, instant: int, fleet: Fleet) -> int:
    """As somebody would tell it who looks at the clock and at the table of the tariff."""
    local = datetime.fromtimestamp(instant, fleet.calendar.zone)
    kind = {5: SATURDAY, 6: SUNDAY}.get(local.weekday(), WEEKDAY)
    if (local.month, local.day) in ((12, 25), (1, 1)):
        kind = HOLIDAY
    starts = calendar.days[kind]
    begun = [rate for minute, rate in starts if minute <= local.hour * 60 + local.minute]
    return begun[-1] if begun else starts[-1][1]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Amsterdam", "2026-06-09"),
        ("Europe/Amsterdam", "2025-12-25"),
        ("Europe/Amsterdam", "2026-03-28"),
        ("Europe/Amsterdam", "2026-03-29"),
        ("Europe/Amsterdam", "2025-10-26"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Australia/Lord_Howe", "2025-10-05"),
        ("Asia/Kolkata", "2026-06-07"),
    ],
    ids=[
        "a weekday", "a holiday", "a Saturday", "clocks go forward", "clocks go back", "back by half an hour",
        "forward by half an hour", "a zone with half an hour",
    ],
)  # fmt: skip
def test_a_rate_counts_exactly_where_the_wall_clock_says_so(zone: str, day: str) -> None:
    fleet = mixed_fleet(zone)
    after = date.fromisoformat(day) + timedelta(days=1)
    span = f"{day}T00:00", f"{after}T00:00"
    history = FieldHistory(tariffs={HOME: [TariffInForce(0, HALF_HOURS)]})
    (quarters,) = any_rate([energy()], *span, fleet)
    total, *rates = read([energy(rate) for rate in range(7)], *span, HOME, history=history, fleet=fleet)
    expected = [rate_on_the_clock(HALF_HOURS, start, fleet) for start in quarters.interval_starts().tolist()]
    for rate, found in enumerate(rates, 1):
        assert found[0].tolist() == np.where(np.array(expected) == rate, total[0], 0).tolist(), rate


starts = st.lists(st.tuples(st.integers(0, 1_439), st.integers(1, 4)), min_size=1, max_size=5, unique_by=lambda s: s[0])
a_day = starts.map(lambda some: tuple(sorted(some)))
bounds = st.lists(st.integers(1, 400_000), max_size=3, unique=True).map(lambda some: tuple(sorted(some)))
calendars = st.builds(TariffCalendar, a_day, a_day, a_day, a_day, bounds)
moments = st.integers(at("2026-02-27T00:00"), at("2026-04-02T00:00"))
histories = st.lists(
    st.builds(TariffInForce, moments, st.none() | calendars), min_size=1, max_size=4, unique_by=lambda one: one.start
).map(lambda some: tuple(sorted(some, key=lambda one: one.start)))
CHANGE_OF_CLOCKS = ("2026-03-28T00:00", "2026-04-01T12:00")


@given(history=histories, meter=st.integers(SHOP, SHOP + OF_EACH - 1), code=st.sampled_from([register, energy]))
@settings(deadline=None, max_examples=15)
def test_all_rates_make_the_register_and_all_steps_do(history, meter: int, code) -> None:
    codes = [code(), *(code(rate) for rate in range(1, 5)), *(code(tier=tier) for tier in range(1, 5))]
    total, *parts = read(codes, *CHANGE_OF_CLOCKS, meter, history=FieldHistory(tariffs={meter: history}))
    assert sum(parts[:4]).tolist() == total.tolist()
    assert sum(parts[4:]).tolist() == total.tolist()


@given(history=histories, meter=st.integers(SHOP, SHOP + OF_EACH - 1), rate=st.integers(0, 4), tier=st.integers(0, 4))
@settings(deadline=None, max_examples=15)
def test_a_register_never_runs_backwards_and_its_intervals_are_its_differences(history, meter, rate, tier) -> None:
    found, intervals = read(
        [register(rate, tier), energy(rate, tier)],
        *CHANGE_OF_CLOCKS,
        meter,
        history=FieldHistory(tariffs={meter: history}),
    )
    assert np.diff(found).min() >= 0
    assert np.diff(found).tolist() == intervals[:, 1:].tolist()


DAY = ("2026-06-09T00:00", "2026-06-10T00:00")
CHANGED = "2026-06-09T10:07:30"


def test_a_change_in_the_middle_of_a_day_is_honoured_at_its_instant() -> None:
    calendars = (TariffCalendar.daily(((0, 4),)), TariffCalendar.daily(((0, 5),)))
    history = having(SHOP, ("2026-01-01T00:00", calendars[0]), (CHANGED, calendars[1]))
    (asked,) = any_rate([energy()], *DAY)
    total, old, new = read([energy(), energy(4), energy(5)], *DAY, SHOP, history=history)
    changed = np.searchsorted(asked.stamps, at(CHANGED))
    assert old[0, :changed].tolist() == total[0, :changed].tolist()
    assert new[0, changed + 1 :].tolist() == total[0, changed + 1 :].tolist()
    assert old[0, changed] > 0
    assert new[0, changed] > 0
    assert old[0, changed] + new[0, changed] == total[0, changed]


def test_a_rate_that_the_new_tariff_lacks_stands_still_and_counts_on_when_it_is_back() -> None:
    rate_4 = TariffCalendar.daily(((0, 4),))
    history = having(SHOP, ("2026-01-01T00:00", rate_4), ("2026-06-09T06:00", None), ("2026-06-09T18:00", rate_4))
    (found,) = read([register(4)], *DAY, SHOP, history=history)
    # The register at 6:00 is the 24th of the day, that at 18:00 the 72nd.
    assert set(found[0, 23:72].tolist()) == {found[0, 23]}
    assert found[0, 0] < found[0, 23] < found[0, -1]


def test_before_its_first_tariff_a_meter_counts_by_its_class() -> None:
    codes = [energy(rate) for rate in (1, 2, 3)]
    with_tariff = read(codes, *DAY, SHOP, history=having(SHOP, ("2026-06-10T00:00", HALF_HOURS)))
    assert [one.tolist() for one in with_tariff] == [
        one.tolist() for one in read(codes, *DAY, SHOP, history=FieldHistory())
    ]


def test_a_new_step_finds_what_the_month_has_used_so_far() -> None:
    """Half of the month by one tariff, half by another: what was counted stays, what follows goes by the new bounds."""
    may = ("2026-05-01T00:00", "2026-06-01T00:00")
    middle = "2026-05-16T12:00"
    (hours,) = any_rate([energy(period=7)], *may)
    (used,) = block([hours], SHOP).values
    half, whole = int(used[0, hours.stamps <= at(middle)].sum()), int(used.sum())
    low, high = half // 3, half + (whole - half) // 2
    history = having(
        SHOP,
        ("2026-01-01T00:00", TariffCalendar.daily(tier_bounds=(low,))),
        (middle, TariffCalendar.daily(tier_bounds=(high,))),
    )
    monthly = "13.0.0.4.1.1.12.0.0.0.0.0.0.{}.0.0.72.0"
    first, second, third = read([monthly.format(tier) for tier in (1, 2, 3)], *may, SHOP, history=history)
    assert first.tolist() == [[low + (high - half)]]
    assert second.tolist() == [[(half - low) + (whole - high)]]
    assert third.tolist() == [[0]]


def test_each_month_begins_with_the_first_step() -> None:
    history = having(SHOP, ("2025-01-01T00:00", TariffCalendar.daily(tier_bounds=(50_000, 90_000))))
    codes = [f"13.0.0.4.1.1.12.0.0.0.0.0.0.{tier}.0.0.72.0" for tier in (1, 2, 0)]
    first, second, total = read(codes, "2025-02-01T00:00", "2026-02-01T00:00", SHOP, history=history)
    assert first.tolist() == np.minimum(total, 50_000).tolist()
    assert second.tolist() == np.clip(total - 50_000, 0, 40_000).tolist()


def test_the_maxima_of_rates_are_those_of_the_blocks_that_begin_at_them() -> None:
    history = having(SHOP, ("2026-01-01T00:00", HALF_HOURS))
    blocks = "0.0.53.4.1.1.8.0.0.0.0.0.0.0.0.0.38.0"
    (asked,) = any_rate([blocks], *DAY)
    demands, *maxima = read([blocks, *(maximum(rate) for rate in range(1, 7))], *DAY, SHOP, history=history)
    rates = np.array([rate_on_the_clock(HALF_HOURS, start, FLEET) for start in asked.interval_starts().tolist()])
    for rate, found in enumerate(maxima, 1):
        assert found.item() == max(demands[0, rates == rate].tolist(), default=0), rate


def test_meters_with_different_tariffs_in_one_block_read_as_each_alone() -> None:
    """Some of them share a tariff, some have none, and one was without supply meanwhile."""
    other = TariffCalendar.daily(((45, 3), (600, 1)), (20_000,))
    meters = [SHOP + 3, HOME, SHOP, SHOP + 1, HOME + 7, SHOP + 2]
    shared = (TariffInForce(at("2026-05-20T13:20"), HALF_HOURS),)
    off = switched_off({SHOP: [(at("2026-06-09T09:10"), at("2026-06-09T11:25"))]}).interruptions
    history = FieldHistory(
        off, tariffs={SHOP: shared, HOME: shared, SHOP + 1: list(shared), SHOP + 2: [TariffInForce(0, other)]}
    )
    codes = [register(1), energy(2), energy(1, 1), energy(), maximum(1), maximum(5)]
    together = block(any_rate(codes, *DAY), *meters, history=history)
    for row, meter in enumerate(meters):
        alone = block(any_rate(codes, *DAY), meter, history=history)
        for number in range(len(codes)):
            assert together.values[number][row].tolist() == alone.values[number][0].tolist()
            stamps, own = together.own_stamps[number], alone.own_stamps[number]
            assert (stamps is None) == (own is None)
            assert stamps is None or own is None or stamps[row].tolist() == own[0].tolist()


@pytest.mark.parametrize("kind", ["clock_set_forward", "clock_set_back"])
@pytest.mark.parametrize("code", [register, energy], ids=["registers", "intervals"])
def test_what_a_wrong_clock_has_measured_anew_counts_by_the_tariff_too(kind: str, code) -> None:
    tariffs = having(SHOP, ("2026-01-01T00:00", TariffCalendar.daily(((0, 4),))), (CHANGED, HALF_HOURS)).tariffs
    defect = a_defect(kind, at("2026-06-09T04:00"), at("2026-06-09T16:05"), {"offset_s": 2_400})
    history = FieldHistory(defects={SHOP: [defect]}, tariffs=tariffs)
    observation = Observation(at("2026-06-12T00:00"), disturbances=FieldDefects(FLEET, history))
    asked = any_rate([code(), *(code(rate) for rate in range(1, 7))], *DAY)
    (found,) = reading_blocks(FLEET, np.array([SHOP]), asked, history, 10**9, observation)
    total, *rates = (one.values for one in found.observed[0])
    assert total.tolist() != found.values[0][0].tolist()
    assert sum(rates).tolist() == total.tolist()
