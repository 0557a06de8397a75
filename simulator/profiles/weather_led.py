"""What the sky decides more than people do: heat pumps, street lamps, gas and water."""

from typing import Final

from simulator.profiles.profile import Driver, Household, Lamps, Profile

_ALWAYS: Final = ((0, 256), (256, 256))
# fmt: off
#     0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16  17  18  19  20  21  22  23   o'clock
_HEAT: Final = (34, 34, 36, 40, 52, 84, 96, 88, 72, 60, 54, 50, 48, 48, 50, 54, 60, 70, 76, 74, 68, 60, 46, 36)
_BOILER: Final = (
    ( 5,  4,  4,  4,  7, 34, 96,110, 74, 44, 34, 30, 34, 32, 30, 36, 52, 84,100, 92, 78, 58, 28, 10),
    ( 6,  5,  4,  4,  5, 12, 34, 72, 96, 90, 74, 62, 66, 56, 50, 50, 58, 80, 96, 90, 76, 60, 34, 14),
    ( 6,  5,  4,  4,  5, 10, 26, 60, 94, 98, 82, 74, 82, 62, 52, 50, 58, 78, 92, 88, 76, 58, 30, 12),
)
_TAPS: Final = (
    ( 4,  2,  1,  1,  3, 18, 80,118, 78, 40, 30, 30, 40, 34, 26, 28, 38, 60, 84, 88, 76, 60, 36, 14),
    ( 6,  3,  2,  1,  2,  6, 24, 60, 98,108, 92, 74, 66, 56, 46, 44, 50, 64, 78, 80, 70, 60, 42, 20),
    ( 7,  3,  2,  1,  2,  5, 18, 48, 94,112, 98, 80, 74, 58, 46, 44, 48, 62, 78, 82, 72, 56, 32, 14),
)
# fmt: on

HEAT_PUMP: Final = Profile(
    name="heat_pump",
    annual_wh=((0, 2_200_000), (128, 4_300_000), (224, 7_000_000), (256, 9_500_000)),
    season=(256,) * 12,
    day_types=(254, 258, 260),
    holidays=((1, 1), (12, 25), (12, 26)),
    own_month=((0, 244), (256, 268)),
    own_day=((0, 220), (16, 240), (240, 272), (256, 300)),
    standing=4,
    hour_activity=((0, 200), (128, 250), (256, 320)),
    calm=(40,) * 24,
    quarter=((0, 40), (64, 70), (65, 380), (256, 560)),  # the compressor rests, or runs at some speed
    slot=((0, 10), (256, 40)),
    households=(Household("heated", 256, _HEAT, _HEAT, _HEAT),),
    driver=Driver.HEATING,
    undriven=44,  # hot water, all year
    away=6,
    growth=10,
)

STREET_LIGHTING: Final = Profile(
    name="street_lighting",
    annual_wh=((0, 4_000_000), (128, 9_000_000), (224, 18_000_000), (256, 30_000_000)),
    season=(256,) * 12,
    day_types=(256, 256, 256),
    holidays=(),
    own_month=_ALWAYS,
    own_day=((0, 254), (256, 258)),
    standing=1,
    hour_activity=_ALWAYS,
    calm=(256,) * 24,
    quarter=((0, 1), (256, 1)),
    slot=((0, 1), (256, 1)),
    households=(Household("street", 256, (1,) * 24, (1,) * 24, (1,) * 24),),
    driver=Driver.DARKNESS,
    lamps=Lamps(twilight_min=15, dimmed=(160,) * 5 + (255,) * 18 + (160,)),
)

# Litres: 600 to 3,600 m³ a year.
GAS: Final = Profile(
    name="gas",
    annual_wh=((0, 350_000), (96, 1_050_000), (208, 1_900_000), (256, 3_600_000)),
    season=(256,) * 12,
    day_types=(254, 260, 262),
    holidays=((1, 1), (12, 25), (12, 26)),
    own_month=((0, 240), (256, 272)),
    own_day=((0, 200), (16, 230), (240, 282), (256, 320)),
    standing=1,
    hour_activity=((0, 20), (64, 120), (192, 330), (256, 620)),
    calm=(1,) * 24,
    quarter=((0, 1), (140, 1), (141, 500), (256, 1_100)),  # a burner is on or off
    slot=((0, 1), (176, 1), (177, 60), (256, 700)),
    households=(Household("home", 256, *_BOILER),),
    driver=Driver.HEATING,
    undriven=30,  # cooking and showers
    away=8,
)

# Litres: 30 to 320 m³ a year.
WATER: Final = Profile(
    name="water",
    annual_wh=((0, 30_000), (96, 75_000), (192, 135_000), (256, 320_000)),
    season=(256,) * 12,
    day_types=(250, 274, 268),
    holidays=((1, 1), (12, 25), (12, 26)),
    own_month=((0, 236), (256, 276)),
    own_day=((0, 130), (32, 190), (224, 320), (256, 480)),
    standing=1,
    hour_activity=((0, 1), (64, 40), (160, 260), (232, 620), (256, 1_100)),
    calm=(1,) * 24,
    quarter=((0, 1), (200, 1), (224, 300), (256, 900)),  # a shower, a garden hose
    slot=((0, 1), (150, 1), (224, 240), (256, 1_600)),  # hands, a kettle, a cistern
    households=(Household("home", 256, *_TAPS),),
    driver=Driver.WARMTH,
    undriven=256,
    away=10,
)
