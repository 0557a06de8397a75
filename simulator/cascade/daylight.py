"""Daylight by latitude and date, from tables of integers: how long the sun is up, and how high it stands at noon.

The tables were computed once from the declination 23.44° sin(2 pi (day - 80) / 365.25), with the centre of the
sun 0.83° below the horizon at sunrise and sunset; between their points they are read in straight lines. So no
sine is on the way of energy, and the digits are the same on every machine. The sun stands highest at 12:00
of the zone's standard time.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_LATITUDE_DEG: Final = 65  # beyond, a day may have no daylight or no darkness; those places get this latitude's
_STEP_DEG: Final = 5
_POINTS: Final = 24  # half-months
_FINE: Final = 256
_LONGEST_YEAR: Final = 366

# Rows: 0° to 65° north in steps of 5°. Columns: 24 even steps of the year from 1 January.
# fmt: off
_HALF_DAY_MIN: Final = np.array((
    (364,364,363,363,363,363,363,363,363,364,364,364,364,364,363,363,363,363,363,363,363,364,364,364),
    (355,356,357,359,361,363,365,367,369,371,372,372,372,371,370,368,366,364,362,360,358,356,355,355),
    (347,348,351,354,358,362,367,371,375,378,380,381,381,379,376,373,369,364,360,356,352,349,347,346),
    (338,340,344,349,355,362,368,375,381,385,389,390,390,387,383,378,372,365,359,352,347,342,339,337),
    (328,332,337,344,352,361,370,379,387,393,398,400,399,396,390,383,375,366,357,348,341,334,330,328),
    (318,323,330,339,349,361,372,383,393,402,408,411,410,405,398,389,378,367,355,344,334,326,320,318),
    (308,313,322,333,346,360,374,388,401,411,419,422,421,416,406,395,381,367,353,340,327,317,310,306),
    (295,302,313,327,343,360,377,393,409,422,431,435,434,427,416,402,385,368,351,335,320,307,298,294),
    (282,290,303,320,339,359,380,400,418,434,445,450,449,440,427,409,390,370,349,329,311,296,285,280),
    (265,275,291,311,334,358,383,407,429,448,462,468,466,456,439,419,395,371,347,323,301,283,269,263),
    (245,257,277,301,329,358,387,416,442,466,483,491,488,475,455,430,402,373,344,315,289,266,250,242),
    (219,234,259,289,322,357,392,426,459,488,510,521,517,501,475,444,410,375,340,306,274,246,225,215),
    (181,202,234,273,314,356,398,441,482,520,550,565,560,537,502,462,420,378,335,293,254,218,190,177),
    (117,152,199,250,302,354,407,461,515,570,623,659,645,598,544,489,435,381,329,277,225,175,133,108),
), np.int64)
_NOON_STRENGTH: Final = np.array((
    (236,239,244,249,254,256,255,252,247,241,237,235,236,239,244,249,254,256,255,252,247,241,237,235),
    (226,230,236,243,250,254,256,255,252,248,245,243,243,246,250,253,256,256,252,247,240,233,228,225),
    (215,219,227,236,244,251,255,256,255,253,250,249,249,251,254,256,256,253,248,240,231,223,217,214),
    (202,207,216,226,236,245,252,255,256,255,254,253,254,255,256,256,254,249,241,231,221,211,204,201),
    (187,193,203,215,227,238,247,252,255,256,256,256,256,256,256,254,250,243,233,221,209,198,190,186),
    (171,178,188,202,216,229,240,248,252,255,256,256,256,255,254,250,244,235,223,209,195,183,174,170),
    (154,161,172,187,203,218,231,241,248,252,254,254,254,253,250,245,237,225,211,195,180,166,157,153),
    (136,143,155,171,189,206,221,233,241,247,250,251,250,248,244,237,227,214,197,180,163,149,139,134),
    (116,124,137,154,173,192,208,222,233,240,244,245,245,242,237,228,216,201,182,163,145,130,119,115),
    ( 96,104,118,135,156,176,195,211,223,231,236,238,237,234,227,217,203,186,166,146,126,110, 99, 94),
    ( 75, 83, 97,116,137,159,180,197,211,221,226,229,228,224,216,205,189,170,149,127,106, 90, 78, 73),
    ( 53, 62, 76, 96,118,141,163,182,197,208,215,218,217,212,204,190,173,153,130,107, 86, 69, 57, 52),
    ( 31, 40, 55, 75, 98,122,145,166,182,195,202,205,204,199,189,175,156,134,110, 86, 64, 47, 35, 29),
    (  9, 18, 33, 53, 77,102,126,148,166,179,188,191,190,184,173,158,138,115, 90, 65, 43, 25, 13,  7),
), np.int64)
# The sun's strength through the half day, by 32nds of it from noon to sunset: cos(x pi / 2) ** 1.3 in 1024ths.
_BELL: Final = np.array((
    1024, 1020, 1014, 1004, 992, 976, 957, 936, 911, 884, 855, 822, 788, 752, 713, 673,
    632, 589, 545, 500, 454, 408, 362, 316, 271, 227, 184, 142, 103, 67, 34, 8, 0,
), np.int64)
# Warmest in late July, coldest in late January, in 256ths of the swing between them.
_SEASON: Final = np.array((
    -241, -255, -252, -231, -195, -146, -86, -21, 46, 109, 165, 210,
    241, 255, 252, 231, 195, 146, 86, 21, -46, -109, -165, -210,
), np.int64)
# fmt: on


def half_day_min(latitude_deg: int, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Minutes from sunrise to noon of each epoch day."""
    return _by_latitude(_HALF_DAY_MIN, latitude_deg, days)


def noon_strength(latitude_deg: int, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """How strong the sun is at noon of each epoch day: the sine of its height in 256ths."""
    return _by_latitude(_NOON_STRENGTH, latitude_deg, days)


def warm_season(latitude_deg: int, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each epoch day stands between the depth of winter, -256, and the height of summer, 256."""
    season = _by_date(_SEASON, days)
    return -season if latitude_deg < 0 else season


def through_the_day(minutes_from_noon: NDArray[np.int64], half_day: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sun's strength at some distance from noon, in 1024ths of that at noon; 0 at night."""
    return _BELL[np.minimum(np.abs(minutes_from_noon) * 32 // half_day, 32)]


def _by_latitude(table: NDArray[np.int64], latitude_deg: int, days: NDArray[np.int64]) -> NDArray[np.int64]:
    row, part = divmod(min(abs(latitude_deg), MOST_LATITUDE_DEG), _STEP_DEG)
    above = table[min(row + 1, len(table) - 1)]
    mixed = (table[row] * (_STEP_DEG - part) + above * part) // _STEP_DEG
    # The south has its seasons half a year later.
    return _by_date(np.roll(mixed, _POINTS // 2) if latitude_deg < 0 else mixed, days)


def _by_date(points: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.int64]:
    dates = days.astype("datetime64[D]")
    day_of_year = (dates - dates.astype("datetime64[Y]")).astype(np.int64)
    point, part = np.divmod(day_of_year * (_POINTS * _FINE) // _LONGEST_YEAR, _FINE)
    value: NDArray[np.int64] = (points[point] * (_FINE - part) + points[(point + 1) % _POINTS] * part) // _FINE
    return value
