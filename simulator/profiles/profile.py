"""What a profile is made of, and the bounds that keep it inside 64 bits.

All shapes are integers and only their proportions count. A `ladder` is a distribution written as steps: a
draw of 0 to 255 is looked up in it, and the points between which it rises in straight lines are what a person
reads and changes. `((0, 60), (128, 200), (256, 1100))` says: half of all values lie between 60 and 200.

The bounds in `Profile.__post_init__` keep every product of the cascade inside 64 bits (see
`simulator.cascade.day_energy`).
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ladder = tuple[tuple[int, int], ...]
DayShape = tuple[int, ...]  # activity in each hour of the wall clock, 24 numbers

MOST_ANNUAL_WH: Final = 1_000_000_000
MOST_FACTOR: Final = 511
MOST_ACTIVITY: Final = 127
MOST_LADDER: Final = 4_095
MOST_GROWTH: Final = 64
MOST_OWN_DAY_WITH_CHARGING: Final = 2_047
_MOST_SLOTS: Final = 288


class InvalidProfile(ValueError):
    """A profile that would overflow the cascade or is incomplete; the message says which number."""


class Driver(Enum):
    """What makes one day of the year take more than another."""

    SEASON = "season"  # the month's usual use, and how people feel about the weather
    CALENDAR = "calendar"  # the month's usual use; the weather hardly matters
    HEATING = "heating"  # degrees that the day is colder than 15.5 °C
    SUNLIGHT = "sunlight"  # what panels give: height and hours of the sun, and clouds
    DARKNESS = "darkness"  # the hours that lamps burn, dimmed ones counted less
    WARMTH = "warmth"  # degrees that the day is warmer than 14 °C, more in sunshine: gardens, cooling


@dataclass(frozen=True, slots=True)
class Household:
    """One way of living: when there is activity on a weekday, a Saturday, and a Sunday or holiday."""

    name: str
    share: int  # of 256
    weekday: DayShape
    saturday: DayShape
    sunday: DayShape


@dataclass(frozen=True, slots=True)
class Charging:
    """A car that is charged at home: one block of constant power on some days.

    Powers and sizes here and in `Panels` are weights of a five-minute slot; 128 is a household's mean.
    """

    days: int  # of 256
    arrival: Ladder  # slot of the day in which charging begins
    at_night: int  # of 256 meters whose charging waits for a time after midnight
    night: Ladder  # slot in which it then begins
    length: Ladder  # slots; a block ends at midnight at the latest
    power: Ladder  # of the meter's charging point


@dataclass(frozen=True, slots=True)
class Panels:
    """Solar panels behind the meter: what they give beyond the household's load flows out."""

    size: Ladder  # weight at clear noon under a sun that stands in the zenith


@dataclass(frozen=True, slots=True)
class Lamps:
    """Lamps that burn from dusk to dawn."""

    twilight_min: int  # minutes after sunset, and before sunrise, that they stay off
    dimmed: tuple[int, ...]  # 24: weight of a slot in each hour, 1 to 255


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: it is the key of caches, and hashing is slow
class Profile:
    """The shape tables of one flow of a class of customers. Factors are 256 for "as usual". Raises InvalidProfile."""

    name: str
    annual_wh: Ladder  # what a meter of the class uses in a year, in Wh (litres for a volume) times `unit`
    season: tuple[int, ...]  # 12: use of a day in each month, of the northern year
    day_types: tuple[int, int, int]  # use of a weekday, a Saturday, a Sunday or holiday
    holidays: tuple[tuple[int, int], ...]  # (month, day): lived like Sundays, in a fleet without a country
    own_month: Ladder  # factor: how one meter's month departs from the season
    own_day: Ladder  # factor: guests, an empty house
    standing: int  # weight of what runs at all hours, beside an hour's activity
    hour_activity: Ladder  # factor: how much really goes on in an hour
    calm: tuple[int, ...]  # 24: weight that levels the five minutes of an hour; high at night
    quarter: Ladder  # weight of what runs through a quarter of an hour: oven, washing machine
    slot: Ladder  # weight of what is over in five minutes: kettle, microwave
    households: tuple[Household, ...]
    unit: int = 1  # the cascade counts in so many mWh: a factory's megawatts stay inside 64 bits
    driver: Driver = Driver.SEASON  # any other takes the place of `season`
    shaped_days: bool = False  # a day takes what the hours of its shape add up to, so that the nights are alike
    undriven: int = 0  # factor: what a day takes whatever the driver says
    growth: int = 0  # of 1024, each year after 2020
    away: int = 0  # of 256 weeks in which nobody is there
    charging: Charging | None = None
    panels: Panels | None = None
    lamps: Lamps | None = None

    def __post_init__(self) -> None:
        days = [shape for home in self.households for shape in (home.weekday, home.saturday, home.sunday)]
        self._check("annual_wh", [value for _, value in self.annual_wh], MOST_ANNUAL_WH)
        self._check("season", self.season, MOST_FACTOR, 12)
        self._check("day_types", self.day_types, MOST_FACTOR, 3)
        for name in ("own_month", "own_day"):
            self._check(name, [value for _, value in getattr(self, name)], MOST_FACTOR)
        for name in ("hour_activity", "quarter", "slot"):
            self._check(name, [value for _, value in getattr(self, name)], MOST_LADDER)
        self._check("standing", [self.standing], MOST_ACTIVITY)
        self._check("calm", self.calm, MOST_LADDER, 24)
        for shape in days:
            self._check("households", shape, MOST_ACTIVITY, 24)
        if self.shaped_days and self.day_types != (256, 256, 256):
            raise InvalidProfile(f"profile {self.name}: shaped_days takes the place of day_types, which must be 256")
        if sum(home.share for home in self.households) != 256:
            raise InvalidProfile(f"profile {self.name}: the shares of its households must add up to 256")
        self._check("unit", [self.unit], 1_000)
        self._check("undriven", [self.undriven], MOST_FACTOR, least=0)
        self._check("growth", [self.growth], MOST_GROWTH, least=-MOST_GROWTH)
        self._check("away", [self.away], 128, least=0)
        if self.charging is not None:
            self._check("charging.power", [value for _, value in self.charging.power], MOST_LADDER)
            self._check("charging.length", [value for _, value in self.charging.length], _MOST_SLOTS)
            for ladder in (self.charging.arrival, self.charging.night):
                self._check("charging", [value for _, value in ladder], _MOST_SLOTS)
        if self.panels is not None:
            self._check("panels.size", [value for _, value in self.panels.size], MOST_LADDER)
        if self.lamps is not None:
            self._check("lamps.dimmed", self.lamps.dimmed, 255, 24)
        if (self.driver is Driver.DARKNESS) != (self.lamps is not None):
            raise InvalidProfile(f"profile {self.name}: lamps and the driver {Driver.DARKNESS.value} need each other")

    @property
    def by_slots(self) -> bool:
        """Whether a day is divided over its five-minute slots at once, and not over hours first."""
        return self.charging is not None or self.panels is not None or self.lamps is not None

    def _check(
        self, field: str, numbers: tuple[int, ...] | list[int], most: int, count: int | None = None, least: int = 1
    ) -> None:
        if count is not None and len(numbers) != count:
            raise InvalidProfile(f"profile {self.name}: {field} needs {count} numbers, not {len(numbers)}")
        for number in numbers:
            # Mostly at least 1: where all weights of a level were zero there would be nothing to divide by.
            if not least <= number <= most:
                raise InvalidProfile(f"profile {self.name}: {field} takes {least} to {most}, not {number}")


@dataclass(frozen=True, slots=True)
class ProfileTables:
    """A profile as arrays to look draws up in, all uint64 except `household`."""

    annual_wh: NDArray[np.uint64]  # (257,)
    own_month: NDArray[np.uint64]  # ladders (256,)
    own_day: NDArray[np.uint64]
    hour_activity: NDArray[np.uint64]
    quarter: NDArray[np.uint64]
    slot: NDArray[np.uint64]
    calm: NDArray[np.uint64]  # (24,)
    household: NDArray[np.int64]  # (256,) which household a draw means
    activity: NDArray[np.uint64]  # (households, 3 day types, 24)
    shaped_days: NDArray[np.uint64]  # (households, 3 day types), a weekday being 256


@cache
def tables(profile: Profile) -> ProfileTables:
    """The arrays of a profile, built once."""
    homes = profile.households
    activity = np.array([(home.weekday, home.saturday, home.sunday) for home in homes], np.uint64)
    sums = activity.sum(axis=2) + 24 * profile.standing
    return ProfileTables(
        annual_wh=_to_the_end(profile.annual_wh),
        own_month=rungs(profile.own_month),
        own_day=rungs(profile.own_day),
        hour_activity=rungs(profile.hour_activity),
        quarter=rungs(profile.quarter),
        slot=rungs(profile.slot),
        calm=np.array(profile.calm, np.uint64),
        household=np.repeat(np.arange(len(homes)), [home.share for home in homes]),
        activity=activity,
        shaped_days=np.minimum(sums * 256 // sums[:, :1], MOST_FACTOR),
    )


@cache
def rungs(ladder: Ladder) -> NDArray[np.uint64]:
    """The value of a ladder for each draw, (256,). Raises InvalidProfile."""
    return _to_the_end(ladder)[:256]


def _to_the_end(ladder: Ladder) -> NDArray[np.uint64]:
    """The value of a ladder at 0, 1, ... 256."""
    values = []
    for (left, low), (right, high) in pairwise(ladder):
        values += [low + (high - low) * (at - left) // (right - left) for at in range(left, right)]
    values.append(ladder[-1][1])
    if len(values) != 257:
        raise InvalidProfile(f"a ladder runs from 0 to 256, not from {ladder[0][0]} to {ladder[-1][0]}")
    return np.array(values, np.uint64)
