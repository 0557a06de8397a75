"""Calendars of tariffs: rates by the minute, and what cannot be one."""

import pytest

from simulator.tariffs import InvalidTariff, TariffCalendar
from simulator.tariffs.tariff_calendar import HOLIDAY, SATURDAY, WEEKDAY, rate_minutes

FLAT = ((0, 1),)


def test_until_its_first_start_a_day_has_the_rate_of_its_last() -> None:
    minutes = rate_minutes(TariffCalendar(((390, 1), (1_350, 2)), FLAT, FLAT, ((720, 3),)))
    assert minutes[WEEKDAY, [0, 389, 390, 1_349, 1_350, 1_439]].tolist() == [2, 2, 1, 1, 2, 2]
    assert set(minutes[SATURDAY].tolist()) == {1}
    assert set(minutes[HOLIDAY].tolist()) == {3}


def test_hours_become_starts_and_holidays_are_as_sundays() -> None:
    hours = (2,) * 7 + (1,) * 16 + (2,)
    made = TariffCalendar.hourly(hours, (3,) * 24, (1,) * 24, (500,))
    assert made == TariffCalendar(((0, 2), (420, 1), (1_380, 2)), ((0, 3),), FLAT, FLAT, (500,))
    assert made.rates == {1, 2, 3}
    assert made.tiers == 2


@pytest.mark.parametrize(
    ("starts", "bounds", "words"),
    [
        ((), (), "each kind of day has a rate"),
        (((1_440, 1),), (), "minute 0 to 1439"),
        (((60, 1), (60, 2)), (), "one after the other"),
        (((0, 0),), (), "rates are counted from 1"),
        (FLAT, (0,), r"above 0, not at \[0\]"),
        (FLAT, (20, 10), r"one above the other and above 0, not at \[20, 10\]"),
    ],
)
def test_what_cannot_be_a_calendar_is_refused(starts, bounds, words: str) -> None:
    with pytest.raises(InvalidTariff, match=words):
        TariffCalendar.daily(starts, bounds)


def test_a_day_of_hours_has_24() -> None:
    with pytest.raises(InvalidTariff, match="24 hours, not 23"):
        TariffCalendar.hourly((1,) * 23, (1,) * 24, (1,) * 24)
