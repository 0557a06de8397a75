"""A tariff as registers see it: the rate in each minute of the wall clock, and the steps of a month's consumption."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

RateStart = tuple[int, int]
"""The minute of the local day at which a rate begins, and the rate: 1 is touA, 2 touB ... (Annex C, time of use)."""

DAY_MIN: Final = 1_440
WEEKDAY, SATURDAY, SUNDAY, HOLIDAY = range(4)
"""The kinds of day, as positions in `TariffCalendar.days`."""
_HOURS: Final = 24


class InvalidTariff(ValueError):
    """A tariff that cannot be; the message says what of it, and which rule it breaks."""


@dataclass(frozen=True, slots=True)
class TariffCalendar:
    """When which rate counts on which kind of day. Raises InvalidTariff.

    Until the first start of a day the rate of its last one holds: a day is a circle of its own, whatever the day
    before it was.
    """

    weekday: tuple[RateStart, ...]
    saturday: tuple[RateStart, ...]
    sunday: tuple[RateStart, ...]
    holiday: tuple[RateStart, ...]  # on whatever day of the week
    tier_bounds: tuple[int, ...] = ()  # Wh or litres of a local month at which the next consumption tier begins

    def __post_init__(self) -> None:
        for day in self.days:
            minutes = [minute for minute, _ in day]
            if not minutes:
                raise InvalidTariff("each kind of day has a rate")
            if not all(0 <= minute < DAY_MIN for minute in minutes):
                raise InvalidTariff(f"a rate begins at minute 0 to {DAY_MIN - 1} of a day, not {minutes}")
            if any(after <= before for before, after in pairwise(minutes)):
                raise InvalidTariff(f"the rates of a day begin one after the other, not at minutes {minutes}")
            if any(rate < 1 for _, rate in day):
                raise InvalidTariff("rates are counted from 1")
        if any(after <= before for before, after in pairwise((0, *self.tier_bounds))):
            raise InvalidTariff(f"tiers begin one above the other and above 0, not at {list(self.tier_bounds)}")

    @classmethod
    def hourly(
        cls,
        weekday: Sequence[int],
        saturday: Sequence[int],
        sunday: Sequence[int],
        tier_bounds: tuple[int, ...] = (),
    ) -> Self:
        """Of 24 rates a day, one an hour; holidays are as Sundays."""
        holiday = _starts_of_hours(sunday)
        return cls(_starts_of_hours(weekday), _starts_of_hours(saturday), holiday, holiday, tier_bounds)

    @classmethod
    def daily(cls, starts: tuple[RateStart, ...] = ((0, 1),), tier_bounds: tuple[int, ...] = ()) -> Self:
        """Every day the same; nothing else said, one rate around the clock."""
        return cls(starts, starts, starts, starts, tier_bounds)

    @property
    def days(self) -> tuple[tuple[RateStart, ...], ...]:
        """The starts of each kind of day, at the positions WEEKDAY to HOLIDAY."""
        return self.weekday, self.saturday, self.sunday, self.holiday

    @property
    def rates(self) -> frozenset[int]:
        """Every rate that it has."""
        return frozenset(rate for day in self.days for _, rate in day)

    @property
    def tiers(self) -> int:
        """How many consumption tiers it has; one where no step is stated."""
        return len(self.tier_bounds) + 1

    @property
    def start_minutes(self) -> frozenset[int]:
        """Every minute of the day at which a rate may begin on some day; midnight is one, since kinds of day change."""
        return frozenset({0, *(minute for day in self.days for minute, _ in day)})


def _starts_of_hours(hours: Sequence[int]) -> tuple[RateStart, ...]:
    if len(hours) != _HOURS:
        raise InvalidTariff(f"a day has {_HOURS} hours, not {len(hours)}")
    begins = (0, *(hour for hour in range(1, _HOURS) if hours[hour] != hours[hour - 1]))
    return tuple((hour * 60, hours[hour]) for hour in begins)


@lru_cache(maxsize=1_024)
def rate_minutes(calendar: TariffCalendar) -> NDArray[np.int64]:
    """The rate in each minute of the wall clock of each kind of day, (4, 1440)."""
    table = np.empty((len(calendar.days), DAY_MIN), np.int64)
    for row, day in zip(table, calendar.days, strict=True):
        row[:] = day[-1][1]
        for minute, rate in day:
            row[minute:] = rate
    table.flags.writeable = False  # cached, and therefore shared
    return table
