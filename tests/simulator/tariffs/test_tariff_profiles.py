"""TariffProfiles of a PricingStructure: the calendar that they make, and what is refused by which rule."""

from datetime import UTC, time
from decimal import Decimal

import pytest

from simulator.tariffs import (
    ConsumptionTariffInterval,
    InvalidTariff,
    TariffCalendar,
    TariffProfile,
    TimeTariffInterval,
    tariff_of,
)
from simulator.tariffs.tariff_profiles import CYCLES

NIGHT = TimeTariffInterval(2, time(22, 30))
DAY = TimeTariffInterval(1, time(6, 30))
PEAK = TimeTariffInterval(3, time(17, 0))
HOURS = ((390, 1), (1_350, 2))  # DAY and NIGHT
PEAK_HOURS = ((390, 1), (1_020, 3), (1_350, 2))
FLAT = ((0, 1),)


def step(number: int | None, value: Decimal | float | None, *tou: TimeTariffInterval) -> ConsumptionTariffInterval:
    return ConsumptionTariffInterval(number, value, tou)


def profile(cycle: str | None, *hours: TimeTariffInterval, steps: tuple[ConsumptionTariffInterval, ...] = ()):
    return TariffProfile(cycle, hours, steps)


TWO_STEPS = (step(1, 0.0), step(2, 150.5))


@pytest.mark.parametrize(
    ("profiles", "calendar"),
    [
        ([], TariffCalendar.daily()),
        ([profile(None)], TariffCalendar.daily()),
        ([profile("daily", NIGHT, DAY)], TariffCalendar.daily(HOURS)),
        ([profile(" Daily ", DAY, NIGHT)], TariffCalendar.daily(HOURS)),
        (
            [profile("weekday", DAY, PEAK, NIGHT), profile("weekend", DAY, NIGHT)],
            TariffCalendar(PEAK_HOURS, HOURS, HOURS, HOURS),
        ),
        (
            [profile("daily", DAY, NIGHT), profile("holiday")],
            TariffCalendar(HOURS, HOURS, HOURS, FLAT),
        ),
        (
            [profile("weekday", DAY, NIGHT), profile("saturday", DAY, PEAK, NIGHT), profile("sunday")],
            TariffCalendar(HOURS, PEAK_HOURS, FLAT, FLAT),
        ),
        ([profile("monthly", steps=TWO_STEPS)], TariffCalendar.daily(tier_bounds=(150_500,))),
        (
            [profile("daily", DAY, NIGHT), profile("monthly", steps=TWO_STEPS)],
            TariffCalendar.daily(HOURS, (150_500,)),
        ),
        ([profile(None, steps=(step(1, 0, DAY, NIGHT), step(2, Decimal("0.001"), DAY, NIGHT)))],
         TariffCalendar.daily(HOURS, (1,))),
        ([profile("weekday", steps=TWO_STEPS), profile("weekend", DAY, NIGHT, steps=TWO_STEPS),
          profile("weekday", PEAK)],
         TariffCalendar(((1_020, 3),), HOURS, HOURS, HOURS, (150_500,))),
    ],
    ids=[
        "no profile is flat", "no interval is flat", "in any order", "in any case", "weekdays and weekends",
        "a holiday of its own", "holidays are as sundays", "steps alone", "hours and steps apart",
        "hours inside of steps", "hours and steps of one kind of day apart",
    ],
)  # fmt: skip
def test_profiles_make_a_calendar(profiles: list[TariffProfile], calendar: TariffCalendar) -> None:
    assert tariff_of(profiles) == calendar


@pytest.mark.parametrize(
    ("profiles", "words"),
    [
        ([profile("weekdy", DAY)], r"TariffProfile/tariffCycle: 'weekdy' is no cycle; did you mean 'weekday'\?"),
        ([profile("winter", DAY)], "'winter' is no cycle; it is one of weekday, saturday"),
        ([profile("weekday", DAY)], "no profile covers a saturday; it takes one of saturday, weekend, daily"),
        ([profile("daily", DAY), profile(None, NIGHT)], "tariffCycle: 'daily' is there twice"),
        ([profile("monthly", DAY)], "TimeTariffIntervals: the tariffCycle 'monthly' has steps, no hours"),
        ([profile(None, TimeTariffInterval(None, time(6)))], "sequenceNumber is missing"),
        ([profile(None, TimeTariffInterval(1, None))], "startTime is missing from the interval with sequenceNumber 1"),
        ([profile(None, TimeTariffInterval(0, time(6)))], "sequenceNumber is 1 to 15, as reading types .* not 0"),
        ([profile(None, TimeTariffInterval(16, time(6)))], "sequenceNumber is 1 to 15, .* not 16"),
        ([profile(None, TimeTariffInterval(1, time(6, tzinfo=UTC)))], "has an offset; it is a time of the local wall"),
        ([profile(None, TimeTariffInterval(1, time(6, 0, 30)))], "startTime 06:00:30 is not on a whole minute"),
        ([profile("weekend", DAY, TimeTariffInterval(2, time(6, 30)))],
         "of the weekend profile: two intervals have the startTime 06:30:00"),
        ([profile(None, steps=(step(1, 0, DAY), step(2, 10, NIGHT)))], "TouTariffIntervals .* all steps have the same"),
        ([profile(None, DAY, steps=(step(1, 0, NIGHT),))], "TouTariffIntervals .* all steps have the same hours"),
        ([profile(None, steps=(step(None, 0),))], "ConsumptionTariffIntervals: sequenceNumber is missing"),
        ([profile(None, steps=(step(1, None),))], "startValue is missing from the step with sequenceNumber 1"),
        ([profile(None, steps=(step(1, 0), step(1, 5)))], "sequenceNumber 1 is there twice"),
        ([profile(None, steps=(step(1, 0), step(3, 5)))], r"sequenceNumbers are \[1, 3\]; steps are counted from 1"),
        ([profile(None, steps=(step(17, 0),))], "sequenceNumber is 1 to 16"),
        ([profile(None, steps=(step(1, 5),))], "the first step has a startValue of 0"),
        ([profile(None, steps=(step(1, 0), step(2, 0)))], "a greater startValue than the one before"),
        ([profile(None, steps=(step(1, 0), step(2, -1)))], "startValue -1 is not 0 to"),
        ([profile(None, steps=(step(1, 0), step(2, 0.0001)))], "with at most three decimals"),
        ([profile(None, steps=(step(1, 0), step(2, float("nan"))))], "startValue nan is not"),
        ([profile(None, steps=(step(1, 0), step(2, 1e300)))], "startValue 1e.300 is not"),
        ([profile("weekday", DAY, steps=TWO_STEPS), profile("weekend", DAY, steps=TWO_STEPS[:1])],
         "ConsumptionTariffIntervals: profiles differ in their steps"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_tariff_is_refused_with_its_element_and_rule(
    profiles: list[TariffProfile], words: str
) -> None:
    with pytest.raises(InvalidTariff, match=words):
        tariff_of(profiles)


@pytest.mark.parametrize("cycle", CYCLES)
def test_every_word_of_the_grammar_is_understood(cycle: str) -> None:
    others = [profile("daily", PEAK)] if cycle != "daily" else []
    made = tariff_of([*others, profile(cycle, steps=TWO_STEPS) if cycle == "monthly" else profile(cycle, DAY)])
    assert ((390, 1),) in made.days or made.tier_bounds == (150_500,)
