"""Units: how the whole numbers of a quantity become the digits of a reading type."""

from dataclasses import dataclass
from typing import Final

from simulator.cim.reading_type import ReadingType
from simulator.quantities.energy import Ratio
from simulator.quantities.refusals import unsupported

WATT_HOUR: Final = 72
VAR_HOUR: Final = 73
VOLT_AMPERE_HOUR: Final = 71
WATT: Final = 38
VAR: Final = 63
VOLT_AMPERE: Final = 61
TIME_STAMP: Final = 108
WATT_HOURS_PER_CUBIC_METRE: Final = 107
_MULTIPLIERS: Final = (-3, -2, -1, 0, 1, 2, 3, 6)


@dataclass(frozen=True, slots=True)
class UnitScale:
    """The quantity's whole numbers, first by a ratio, are 10**exponent of the unit."""

    exponent: int
    ratio: Ratio | None = None


_CUBIC_FEET: Final = Ratio(353_146_667, 10_000_000)  # thousandths in a litre
_US_GALLONS: Final = Ratio(264_172_052, 10_000_000)  # hundredths
_IMPERIAL_GALLONS: Final = Ratio(219_969_248, 10_000_000)

# Volumes are counted in litres. Of gas, compensated and as it flowed are the same here: the meters stand at base
# conditions.
VOLUMES: Final = {
    134: UnitScale(0),
    **dict.fromkeys((156, 157), UnitScale(0)),
    **dict.fromkeys((42, 166, 167), UnitScale(-3)),
    **dict.fromkeys((119, 120, 121), UnitScale(-3, _CUBIC_FEET)),
    128: UnitScale(-2, _US_GALLONS),
    130: UnitScale(-2, _IMPERIAL_GALLONS),
}
VOLUME_FLOWS: Final = {
    **dict.fromkeys((137, 138, 139), UnitScale(0)),
    **dict.fromkeys((125, 126, 127), UnitScale(-3)),
    **dict.fromkeys((122, 123, 124), UnitScale(-3, _CUBIC_FEET)),
    129: UnitScale(-2, _US_GALLONS),
    131: UnitScale(-2, _IMPERIAL_GALLONS),
}
ENERGIES: Final = {unit: UnitScale(0) for unit in (WATT_HOUR, VAR_HOUR, VOLT_AMPERE_HOUR)}
POWERS: Final = {unit: UnitScale(0) for unit in (WATT, VAR, VOLT_AMPERE)}
VOLTS: Final = {29: UnitScale(-3)}
AMPERES: Final = {5: UnitScale(-3)}
HERTZ: Final = {33: UnitScale(-3)}
POWER_FACTORS: Final = {65: UnitScale(-3), 153: UnitScale(-3)}
DEGREES: Final = {9: UnitScale(-1)}
CELSIUS: Final = {23: UnitScale(-1)}
GAUGE_PRESSURES: Final = {39: UnitScale(0), 140: UnitScale(0), 214: UnitScale(-5)}
ABSOLUTE_PRESSURES: Final = {155: UnitScale(0)}
BELS: Final = {79: UnitScale(-1), 113: UnitScale(-1)}
VOLTAGE_RATIOS: Final = {151: UnitScale(-4)}
CURRENT_RATIOS: Final = {152: UnitScale(-4)}
COUNTS: Final = {111: UnitScale(0)}
STATES: Final = {0: UnitScale(0), 109: UnitScale(0), 114: UnitScale(0)}
CALORIFIC_VALUES: Final = {WATT_HOURS_PER_CUBIC_METRE: UnitScale(0)}


def unit_of(reading_type: ReadingType, known: dict[int, UnitScale], what: str) -> UnitScale:
    """The scale of the reading type's unit. Raises UnsupportedQuantity for one that is not of the quantity."""
    if reading_type.multiplier not in _MULTIPLIERS:
        allowed = ", ".join(map(str, _MULTIPLIERS))
        raise unsupported(reading_type, "multiplier", f"{what} is given with one of the multipliers {allowed}")
    if reading_type.unit not in known:
        raise unsupported(reading_type, "unit", f"{what} is not given in it")
    return known[reading_type.unit]


def decimals(reading_type: ReadingType, unit: UnitScale) -> tuple[int, int]:
    """Digits behind the point, and what the whole numbers are multiplied by before."""
    shift = reading_type.multiplier - unit.exponent
    return max(shift, 0), 10 ** max(-shift, 0)
