"""Homes: most of every fleet. Four ways of living make the curves of a street differ."""

from dataclasses import replace
from typing import Final

from simulator.profiles.profile import Charging, Driver, Household, Panels, Profile

# Activity by the hour. Homes differ in when people are in, which is what makes the curves of a street differ.
# fmt: off
#     0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16  17  18  19  20  21  22  23   o'clock
OUT_AT_WORK: Final = (
    ( 7,  4,  3,  3,  3,  8, 37, 60, 32, 11,  9,  9, 11, 11,  9, 11, 21, 50, 83, 97, 87, 72, 47, 21),
    (16,  8,  4,  3,  3,  3,  8, 23, 43, 57, 60, 63, 70, 60, 50, 43, 47, 60, 80, 87, 77, 67, 53, 32),
    (20, 10,  5,  3,  3,  3,  5, 17, 37, 57, 63, 73, 83, 70, 50, 40, 42, 53, 73, 83, 77, 63, 42, 19),
)
AT_HOME: Final = (
    ( 6,  3,  3,  3,  3,  5, 16, 35, 47, 43, 40, 50, 77, 60, 37, 33, 38, 53, 73, 77, 65, 53, 32, 13),
    ( 7,  3,  3,  3,  3,  3, 11, 30, 50, 53, 50, 60, 80, 63, 40, 37, 42, 55, 73, 75, 65, 55, 37, 17),
    ( 8,  4,  3,  3,  3,  3,  9, 25, 47, 55, 57, 73, 93, 70, 40, 33, 37, 50, 68, 73, 65, 52, 32, 14),
)
EARLY: Final = (
    ( 3,  3,  3,  3, 13, 47, 70, 43, 17, 11, 10, 12, 20, 20, 23, 37, 57, 77, 80, 67, 47, 23,  9,  5),
    ( 5,  3,  3,  3,  7, 20, 40, 53, 50, 47, 47, 53, 63, 57, 47, 47, 53, 67, 73, 63, 50, 32, 15,  7),
    ( 5,  3,  3,  3,  5, 13, 30, 47, 53, 50, 53, 67, 80, 63, 43, 40, 47, 60, 70, 63, 47, 28, 13,  6),
)
LATE: Final = (
    (50, 32, 15,  7,  3,  3,  5, 13, 27, 20, 17, 18, 23, 23, 23, 27, 32, 43, 63, 80, 87, 90, 83, 70),
    (60, 47, 32, 17,  7,  3,  3,  5, 10, 23, 37, 47, 57, 60, 53, 50, 50, 53, 67, 77, 83, 87, 83, 73),
    (63, 50, 30, 15,  7,  3,  3,  4,  9, 20, 37, 50, 63, 63, 53, 47, 47, 53, 70, 80, 83, 80, 73, 57),
)
# What levels the five minutes of an hour: while people sleep only the fridge comes and goes.
CALM: Final = (
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
    calm=CALM,
    quarter=((0, 40), (128, 90), (192, 170), (232, 360), (256, 900)),
    slot=((0, 20), (160, 60), (224, 160), (248, 480), (256, 1_300)),
    households=(
        Household("out at work", 118, *OUT_AT_WORK),
        Household("at home", 70, *AT_HOME),
        Household("early to rise", 40, *EARLY),
        Household("late to bed", 28, *LATE),
    ),
)

# Homes with more behind the meter: each takes the shapes of homes and adds what it is about.

ELECTRIC_VEHICLE: Final = replace(
    RESIDENTIAL,
    name="electric_vehicle",
    annual_wh=((0, 4_300_000), (128, 5_600_000), (224, 6_900_000), (256, 8_200_000)),
    season=(292, 286, 268, 254, 242, 234, 232, 234, 242, 260, 278, 294),
    own_day=((0, 180), (16, 220), (240, 290), (256, 340)),
    away=10,
    growth=6,
    charging=Charging(
        days=118,
        arrival=((0, 186), (48, 206), (160, 226), (256, 268)),  # 15:30 to 22:20, mostly 17 to 19 o'clock
        at_night=72,
        night=((0, 3), (256, 18)),
        length=((0, 8), (96, 20), (200, 36), (256, 60)),
        power=((0, 1_150), (70, 1_150), (71, 2_300), (150, 2_300), (151, 3_500), (256, 3_500)),  # 3.7, 7.4, 11 kW
    ),
)

_PANELS: Final = Panels(size=((0, 800), (64, 1_100), (192, 1_700), (256, 2_600)))

# What a house with panels still draws: little in summer, when the evening is all that is left.
SOLAR_FORWARD: Final = replace(
    RESIDENTIAL,
    name="solar_prosumer forward",
    annual_wh=((0, 1_300_000), (128, 2_400_000), (224, 4_000_000), (256, 5_600_000)),
    season=(410, 350, 265, 205, 170, 155, 155, 170, 210, 290, 380, 425),
    away=8,
    panels=_PANELS,
)
SOLAR_REVERSE: Final = replace(
    RESIDENTIAL,
    name="solar_prosumer reverse",
    annual_wh=((0, 1_500_000), (64, 2_300_000), (192, 3_900_000), (256, 6_500_000)),
    day_types=(256, 244, 240),  # somebody is in at the weekend and uses what the roof gives
    own_month=((0, 246), (256, 266)),
    own_day=((0, 210), (32, 240), (224, 272), (256, 290)),
    driver=Driver.SUNLIGHT,
    panels=_PANELS,
)
