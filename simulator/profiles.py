"""Who lives behind a meter, as data: shapes of the year, the week, the day and the hour.

All shapes are integers and only their proportions count. A `ladder` is a distribution written as steps: a
draw of 0 to 255 is looked up in it, and the points between which it rises in straight lines are what a person
reads and changes. `((0, 60), (128, 200), (256, 1100))` says: half of all values lie between 60 and 200.

The bounds in `Profile.__post_init__` keep every product of the cascade inside 64 bits (see
`simulator.day_energy`).
"""

from dataclasses import dataclass
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


class InvalidProfile(ValueError):
    """A profile that would overflow the cascade or is incomplete; the message says which number."""


@dataclass(frozen=True, slots=True)
class Household:
    """One way of living: when there is activity on a weekday, a Saturday, and a Sunday or holiday."""

    name: str
    share: int  # of 256
    weekday: DayShape
    saturday: DayShape
    sunday: DayShape


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: it is the key of caches, and hashing is slow
class Profile:
    """The shape tables of one class of customers. Factors are 256 for "as usual". Raises InvalidProfile."""

    name: str
    annual_wh: Ladder  # what a meter of the class uses in a year
    season: tuple[int, ...]  # 12: use of a day in each month, of the northern year
    day_types: tuple[int, int, int]  # use of a weekday, a Saturday, a Sunday or holiday
    holidays: tuple[tuple[int, int], ...]  # (month, day): lived like Sundays
    own_month: Ladder  # factor: how one meter's month departs from the season
    own_day: Ladder  # factor: guests, an empty house
    standing: int  # weight of what runs at all hours, beside an hour's activity
    hour_activity: Ladder  # factor: how much really goes on in an hour
    calm: tuple[int, ...]  # 24: weight that levels the five minutes of an hour; high at night
    quarter: Ladder  # weight of what runs through a quarter of an hour: oven, washing machine
    slot: Ladder  # weight of what is over in five minutes: kettle, microwave
    households: tuple[Household, ...]

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
        if sum(home.share for home in self.households) != 256:
            raise InvalidProfile(f"profile {self.name}: the shares of its households must add up to 256")

    def _check(self, field: str, numbers: tuple[int, ...] | list[int], most: int, count: int | None = None) -> None:
        if count is not None and len(numbers) != count:
            raise InvalidProfile(f"profile {self.name}: {field} needs {count} numbers, not {len(numbers)}")
        for number in numbers:
            # At least 1: where all weights of a level were zero there would be nothing to divide by.
            if not 1 <= number <= most:
                raise InvalidProfile(f"profile {self.name}: {field} takes 1 to {most}, not {number}")


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


@cache
def tables(profile: Profile) -> ProfileTables:
    """The arrays of a profile, built once."""
    homes = profile.households
    return ProfileTables(
        annual_wh=_rungs(profile.annual_wh),
        own_month=_rungs(profile.own_month)[:256],
        own_day=_rungs(profile.own_day)[:256],
        hour_activity=_rungs(profile.hour_activity)[:256],
        quarter=_rungs(profile.quarter)[:256],
        slot=_rungs(profile.slot)[:256],
        calm=np.array(profile.calm, np.uint64),
        household=np.repeat(np.arange(len(homes)), [home.share for home in homes]),
        activity=np.array([(home.weekday, home.saturday, home.sunday) for home in homes], np.uint64),
    )


def _rungs(ladder: Ladder) -> NDArray[np.uint64]:
    """The value of a ladder at 0, 1, ... 256."""
    values = []
    for (left, low), (right, high) in pairwise(ladder):
        values += [low + (high - low) * (at - left) // (right - left) for at in range(left, right)]
    values.append(ladder[-1][1])
    if len(values) != 257:
        raise InvalidProfile(f"a ladder runs from 0 to 256, not from {ladder[0][0]} to {ladder[-1][0]}")
    return np.array(values, np.uint64)


# Activity by the hour. Homes differ in when people are in, which is what makes the curves of a street differ.
# fmt: off
#     0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16  17  18  19  20  21  22  23   o'clock
_OUT_AT_WORK: Final = (
    ( 7,  4,  3,  3,  3,  8, 37, 60, 32, 11,  9,  9, 11, 11,  9, 11, 21, 50, 83, 97, 87, 72, 47, 21),
    (16,  8,  4,  3,  3,  3,  8, 23, 43, 57, 60, 63, 70, 60, 50, 43, 47, 60, 80, 87, 77, 67, 53, 32),
    (20, 10,  5,  3,  3,  3,  5, 17, 37, 57, 63, 73, 83, 70, 50, 40, 42, 53, 73, 83, 77, 63, 42, 19),
)
_AT_HOME: Final = (
    ( 6,  3,  3,  3,  3,  5, 16, 35, 47, 43, 40, 50, 77, 60, 37, 33, 38, 53, 73, 77, 65, 53, 32, 13),
    ( 7,  3,  3,  3,  3,  3, 11, 30, 50, 53, 50, 60, 80, 63, 40, 37, 42, 55, 73, 75, 65, 55, 37, 17),
    ( 8,  4,  3,  3,  3,  3,  9, 25, 47, 55, 57, 73, 93, 70, 40, 33, 37, 50, 68, 73, 65, 52, 32, 14),
)
_EARLY: Final = (
    ( 3,  3,  3,  3, 13, 47, 70, 43, 17, 11, 10, 12, 20, 20, 23, 37, 57, 77, 80, 67, 47, 23,  9,  5),
    ( 5,  3,  3,  3,  7, 20, 40, 53, 50, 47, 47, 53, 63, 57, 47, 47, 53, 67, 73, 63, 50, 32, 15,  7),
    ( 5,  3,  3,  3,  5, 13, 30, 47, 53, 50, 53, 67, 80, 63, 43, 40, 47, 60, 70, 63, 47, 28, 13,  6),
)
_LATE: Final = (
    (50, 32, 15,  7,  3,  3,  5, 13, 27, 20, 17, 18, 23, 23, 23, 27, 32, 43, 63, 80, 87, 90, 83, 70),
    (60, 47, 32, 17,  7,  3,  3,  5, 10, 23, 37, 47, 57, 60, 53, 50, 50, 53, 67, 77, 83, 87, 83, 73),
    (63, 50, 30, 15,  7,  3,  3,  4,  9, 20, 37, 50, 63, 63, 53, 47, 47, 53, 70, 80, 83, 80, 73, 57),
)
# What levels the five minutes of an hour: while people sleep only the fridge comes and goes.
_CALM: Final = (
    600, 600, 600, 600, 600, 500, 200, 100, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 80, 200, 400,
)
# fmt: on

RESIDENTIAL: Final = Profile(
    name="residential",
    annual_wh=(
        (0, 1_500_000),
        (64, 2_400_000),
        (128, 3_300_000),
        (208, 4_900_000),
        (248, 6_900_000),
        (256, 8_000_000),
    ),
    season=(322, 310, 280, 250, 225, 210, 205, 210, 225, 260, 295, 325),
    day_types=(250, 272, 278),
    holidays=((1, 1), (12, 25), (12, 26)),
    own_month=((0, 220), (128, 256), (256, 292)),
    own_day=((0, 90), (8, 120), (16, 200), (128, 250), (240, 320), (256, 420)),
    standing=25,
    hour_activity=((0, 60), (64, 130), (128, 210), (192, 310), (232, 460), (256, 760)),
    calm=_CALM,
    quarter=((0, 40), (128, 90), (192, 170), (232, 360), (256, 900)),
    slot=((0, 20), (160, 60), (224, 160), (248, 480), (256, 1_300)),
    households=(
        Household("out at work", 118, *_OUT_AT_WORK),
        Household("at home", 70, *_AT_HOME),
        Household("early to rise", 40, *_EARLY),
        Household("late to bed", 28, *_LATE),
    ),
)
