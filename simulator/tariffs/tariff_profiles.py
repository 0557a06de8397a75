"""TariffProfiles of a PricingStructure as plain values, and the calendar that they make.

tariffCycle is free text in the standard. The words that are understood, in any case:

    weekday      Monday to Friday
    saturday
    sunday
    holiday      public holidays of the fleet, on whatever day of the week
    weekend      Saturday, Sunday and holidays
    daily        every day; so does no tariffCycle
    monthly      no hours at all: a profile that has only steps of consumption

A day has the hours of the most particular profile that covers it: a holiday those of holiday, else of sunday, weekend,
daily. Steps are those of a calendar month, whatever its days are, so there is one set of them in a tariff.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from itertools import pairwise
from typing import Final

from simulator.cim.code_tables import codes
from simulator.near_miss import did_you_mean
from simulator.tariffs.tariff_calendar import InvalidTariff, RateStart, TariffCalendar

_DAILY: Final = "daily"
_MONTHLY: Final = "monthly"
# The cycles that cover each kind of day, the most particular one first.
_COVERING: Final = {
    "weekday": ("weekday", _DAILY),
    "saturday": ("saturday", "weekend", _DAILY),
    "sunday": ("sunday", "weekend", _DAILY),
    "holiday": ("holiday", "sunday", "weekend", _DAILY),
}
CYCLES: Final = ("weekday", "saturday", "sunday", "holiday", "weekend", _DAILY, _MONTHLY)
"""The words that a tariffCycle may be."""

VALUE_UNITS: Final = 1_000
"""So many Wh, varh or litres are 1 of a startValue: tariffs are written in kWh and cubic metres."""
_MOST_UNITS: Final = 10**15


@dataclass(frozen=True, slots=True)
class TimeTariffInterval:
    """From when on which rate counts: `sequence_number` 1 is touA; `start_time` is on the local wall clock."""

    sequence_number: int | None
    start_time: time | None


@dataclass(frozen=True, slots=True)
class ConsumptionTariffInterval:
    """A step: `sequence_number` 1 is consumptionTier1; it begins at `start_value` kWh or m³ of a month."""

    sequence_number: int | None
    start_value: Decimal | float | None
    tou_tariff_intervals: tuple[TimeTariffInterval, ...] = ()


@dataclass(frozen=True, slots=True)
class TariffProfile:
    """The hours of one kind of day, and steps of consumption."""

    tariff_cycle: str | None = None
    time_tariff_intervals: tuple[TimeTariffInterval, ...] = ()
    consumption_tariff_intervals: tuple[ConsumptionTariffInterval, ...] = ()


def tariff_of(profiles: Sequence[TariffProfile]) -> TariffCalendar:
    """The calendar of a Tariff's profiles; of none, or without intervals, one rate around the clock and one step.

    Raises InvalidTariff, whose sentence names the element and the rule.
    """
    starts: dict[str, tuple[RateStart, ...]] = {}
    steps: list[tuple[int, ...]] = []
    for profile in profiles:
        cycle = _cycle(profile)
        hours = _hours(profile, cycle)
        if cycle == _MONTHLY:
            if hours:
                raise InvalidTariff(
                    f"TariffProfile/TimeTariffIntervals: the tariffCycle {_MONTHLY!r} has steps, no hours"
                )
        elif hours or not profile.consumption_tariff_intervals:
            if cycle in starts:
                raise InvalidTariff(
                    f"TariffProfile/tariffCycle: {cycle!r} is there twice; one profile has a day's hours"
                )
            starts[cycle] = hours or ((0, 1),)
        if profile.consumption_tariff_intervals:
            steps.append(_bounds(profile.consumption_tariff_intervals))
    if any(one != steps[0] for one in steps):
        raise InvalidTariff(
            "TariffProfile/ConsumptionTariffIntervals: profiles differ in their steps; a month has one set of them"
        )
    bounds = steps[0] if steps else ()
    if not starts:
        return TariffCalendar.daily(tier_bounds=bounds)
    weekday, saturday, sunday, holiday = (_covering(starts, day) for day in _COVERING)
    return TariffCalendar(weekday, saturday, sunday, holiday, bounds)


def _cycle(profile: TariffProfile) -> str:
    stated = (profile.tariff_cycle or "").strip()
    word = stated.casefold() or _DAILY
    if word not in CYCLES:
        raise InvalidTariff(f"TariffProfile/tariffCycle: {stated!r} is no cycle{did_you_mean(word, CYCLES)}")
    return word


def _covering(starts: dict[str, tuple[RateStart, ...]], day: str) -> tuple[RateStart, ...]:
    """The hours of a kind of day."""
    for cycle in _COVERING[day]:
        if cycle in starts:
            return starts[cycle]
    raise InvalidTariff(
        f"TariffProfile/tariffCycle: no profile covers a {day}; it takes one of {', '.join(_COVERING[day])}"
    )


def _hours(profile: TariffProfile, cycle: str) -> tuple[RateStart, ...]:
    """The starts of a profile's rates; its steps may tell them once more, but no others."""
    element = "TariffProfile/TimeTariffIntervals"
    hours = _starts(profile.time_tariff_intervals, element, cycle)
    for step in profile.consumption_tariff_intervals:
        if not step.tou_tariff_intervals:
            continue
        element = "ConsumptionTariffInterval/TouTariffIntervals"
        told = _starts(step.tou_tariff_intervals, element, cycle)
        if hours and told != hours:
            raise InvalidTariff(
                f"{element} of the {cycle} profile: all steps have the same hours, as a meter counts them"
            )
        hours = told
    return hours


def _starts(intervals: Sequence[TimeTariffInterval], element: str, cycle: str) -> tuple[RateStart, ...]:
    where = f"{element} of the {cycle} profile"
    found: dict[int, int] = {}
    for one in intervals:
        rate = _numbered(one.sequence_number, where, "tou")
        start = one.start_time
        if start is None:
            raise InvalidTariff(f"{where}: startTime is missing from the interval with sequenceNumber {rate}")
        if start.tzinfo is not None:
            raise InvalidTariff(f"{where}: startTime {start} has an offset; it is a time of the local wall clock")
        if start.second or start.microsecond:
            raise InvalidTariff(f"{where}: startTime {start} is not on a whole minute, where rates change")
        minute = start.hour * 60 + start.minute
        if minute in found:
            raise InvalidTariff(f"{where}: two intervals have the startTime {start}; one rate holds at a time")
        found[minute] = rate
    return tuple(sorted(found.items()))


def _bounds(intervals: Sequence[ConsumptionTariffInterval]) -> tuple[int, ...]:
    """Where the second step begins, and those after it, in what registers count."""
    where = "TariffProfile/ConsumptionTariffIntervals"
    values: dict[int, int] = {}
    for one in intervals:
        step = _numbered(one.sequence_number, where, "consumption-tier")
        if step in values:
            raise InvalidTariff(f"{where}: sequenceNumber {step} is there twice; a step has one startValue")
        values[step] = _start_value(one.start_value, where, step)
    if sorted(values) != list(range(1, len(values) + 1)):
        raise InvalidTariff(f"{where}: sequenceNumbers are {sorted(values)}; steps are counted from 1 without a gap")
    bounds = [values[step] for step in sorted(values)]
    if bounds[0] != 0:
        raise InvalidTariff(f"{where}: the first step has a startValue of 0, where each month begins")
    if any(after <= before for before, after in pairwise(bounds)):
        raise InvalidTariff(f"{where}: each step has a greater startValue than the one before")
    return tuple(bounds[1:])


def _start_value(value: Decimal | float | None, where: str, step: int) -> int:
    if value is None:
        raise InvalidTariff(f"{where}: startValue is missing from the step with sequenceNumber {step}")
    units = Decimal(str(value)) * VALUE_UNITS
    if not units.is_finite() or not 0 <= units <= _MOST_UNITS or units != units.to_integral_value():
        raise InvalidTariff(
            f"{where}: startValue {value} is not 0 to {_MOST_UNITS // VALUE_UNITS} kWh or m³ with at most three "
            "decimals, as meters count"
        )
    return int(units)


def _numbered(number: int | None, where: str, table: str) -> int:
    """A sequenceNumber that a reading type can name (Annex C)."""
    if number is None:
        raise InvalidTariff(f"{where}: sequenceNumber is missing; it tells the register that counts")
    most = max(codes(table))
    if not 1 <= number <= most:
        raise InvalidTariff(f"{where}: sequenceNumber is 1 to {most}, as reading types name registers, not {number}")
    return number
