"""What a reading type asks of a meter. Types are decoded, not listed: whatever makes sense is answered.

Answered so far is forward active energy of electricity, as intervals and as registers:

    interval    deltaData with a measuring period of 1 minute to 24 hours, or with macro period daily
    register    bulkQuantity, summation without a tariff filter, or no accumulation stated;
                with a measuring period, or macro period daily, its values on that grid
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from simulator.cim.code_tables import codes
from simulator.cim.reading_type import NO_FRACTION, ReadingType
from simulator.local_time import DAY_S

# Codes of Annex C that are understood here; their names are in simulator/cim/codes.
_DAILY: Final = 11
_BULK_QUANTITY: Final = 1
_DELTA_DATA: Final = 4
_SUMMATION: Final = 9
_FORWARD: Final = 1
_ELECTRICITY: Final = 1
_ENERGY: Final = 12
_WATT_HOUR: Final = 72
_FIFTEEN_MINUTES: Final = 2
_KILO: Final = 3
_MULTIPLIERS: Final = (-3, -2, -1, 0, 1, 2, 3, 6)
# A block of demand is the average power over its length, not an amount of energy; rolling ones even overlap.
_DEMAND_BLOCKS: Final = frozenset({*range(50, 78), 101, 102})


class UnsupportedQuantity(ValueError):
    """A valid reading type that no meter of the fleet delivers; the message says which field, and why."""


class ChannelKind(Enum):
    """How values of a channel relate to time."""

    INTERVAL = "interval"  # an amount in (start, stamp]
    REGISTER = "register"  # a total at the stamp


@dataclass(frozen=True, slots=True)
class Channel:
    """A reading type as something to compute."""

    reading_type: ReadingType
    kind: ChannelKind
    period_s: int | None  # grid of the values; 86 400 is the local day. None: a register that is read at any time
    decimals: int  # digits behind the point that carry whole watt-hours in the reading type's multiplier


def channel(reading_type: ReadingType) -> Channel:
    """What to compute for a reading type. Raises UnsupportedQuantity."""
    _expect(reading_type, "commodity", _ELECTRICITY)
    _expect(reading_type, "measurement_kind", _ENERGY)
    _expect(reading_type, "unit", _WATT_HOUR)
    _expect(reading_type, "flow_direction", _FORWARD)
    for field in ("aggregate", "tou", "cpp", "consumption_tier", "phases", "currency"):
        _expect(reading_type, field, 0)
    if reading_type.interharmonic != NO_FRACTION:
        raise _unsupported(reading_type, "interharmonic", "only energy of all harmonics together is metered")
    if reading_type.multiplier not in _MULTIPLIERS:
        allowed = ", ".join(map(str, _MULTIPLIERS))
        raise _unsupported(reading_type, "multiplier", f"energy is given with one of the multipliers {allowed}")
    period_s = _period_s(reading_type)
    return Channel(reading_type, _kind(reading_type, period_s), period_s, max(reading_type.multiplier, 0))


def default_reading_types() -> tuple[ReadingType, ...]:
    """What a meter delivers when nobody says otherwise: its register in kWh and its load profile in Wh."""
    energy = ReadingType(
        accumulation=_BULK_QUANTITY,
        flow_direction=_FORWARD,
        commodity=_ELECTRICITY,
        measurement_kind=_ENERGY,
        multiplier=_KILO,
        unit=_WATT_HOUR,
    )
    load_profile = ReadingType(
        measuring_period=_FIFTEEN_MINUTES,
        accumulation=_DELTA_DATA,
        flow_direction=_FORWARD,
        commodity=_ELECTRICITY,
        measurement_kind=_ENERGY,
        unit=_WATT_HOUR,
    )
    return energy, load_profile


def _kind(reading_type: ReadingType, period_s: int | None) -> ChannelKind:
    accumulation = reading_type.accumulation
    if accumulation == _DELTA_DATA:
        if period_s is None:
            raise _unsupported(reading_type, "measuring_period", "deltaData needs the length of its intervals")
        return ChannelKind.INTERVAL
    if accumulation in (_BULK_QUANTITY, _SUMMATION) or (accumulation == 0 and period_s is None):
        # Summation is the register filtered by tariff; without a tariff it is the register itself. Codes
        # without any accumulation or period are met in the field for the plain register.
        return ChannelKind.REGISTER
    raise _unsupported(reading_type, "accumulation", "energy is metered as deltaData, bulkQuantity or summation")


def _period_s(reading_type: ReadingType) -> int | None:
    if reading_type.macro_period not in (0, _DAILY):
        raise _unsupported(reading_type, "macro_period", "values belong to measuring periods or to days")
    if reading_type.measuring_period in _DEMAND_BLOCKS:
        raise _unsupported(reading_type, "measuring_period", "a demand block measures power, not energy")
    period_s = reading_type.interval_s
    if reading_type.measuring_period and period_s is None:
        raise _unsupported(reading_type, "measuring_period", "it has no fixed length")
    if reading_type.argument != NO_FRACTION and reading_type.argument != (period_s, 0):
        raise _unsupported(reading_type, "argument", "energy takes no argument")
    if period_s is not None and (period_s < 60 or DAY_S % period_s):
        raise _unsupported(
            reading_type,
            "measuring_period",
            f"{period_s} s is not a whole part of a day of at least a minute",
        )
    if reading_type.macro_period == _DAILY:
        if period_s not in (None, DAY_S):
            raise _unsupported(reading_type, "macro_period", "a daily value has no shorter measuring period")
        return DAY_S
    return period_s


_TABLES: Final = {
    "macro_period": "macro-period",
    "aggregate": "data-qualifier",
    "measuring_period": "measuring-period",
    "accumulation": "accumulation-behaviour",
    "flow_direction": "flow-direction",
    "commodity": "commodity",
    "measurement_kind": "measurement-kind",
    "tou": "tou",
    "cpp": "cpp",
    "consumption_tier": "consumption-tier",
    "phases": "phase",
    "multiplier": "multiplier",
    "unit": "unit",
    "currency": "currency",
}


def _expect(reading_type: ReadingType, field: str, wanted: int) -> None:
    if getattr(reading_type, field) != wanted:
        name = codes(_TABLES[field])[wanted].name
        raise _unsupported(reading_type, field, f"the meters deliver {wanted} ({name}) only")


def _unsupported(reading_type: ReadingType, field: str, why: str) -> UnsupportedQuantity:
    value = getattr(reading_type, field)
    is_fraction = isinstance(value, tuple)
    words = "/".join(map(str, value)) if is_fraction else f"{value} ({codes(_TABLES[field])[value].name})"
    return UnsupportedQuantity(f"reading type {reading_type}: {field} {words}: {why}")
