"""Why a reading type is refused: the field, its value in words, and the rule."""

from collections.abc import Collection
from typing import Final

from simulator.cim.code_tables import codes
from simulator.cim.reading_type import NO_FRACTION, ReadingType
from simulator.quantities.channel import UnsupportedQuantity

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


def unsupported(reading_type: ReadingType, field: str, why: str) -> UnsupportedQuantity:
    """The error for one field of a reading type."""
    value = getattr(reading_type, field)
    is_fraction = isinstance(value, tuple)
    words = "/".join(map(str, value)) if is_fraction else f"{value} ({codes(_TABLES[field])[value].name})"
    return UnsupportedQuantity(f"reading type {reading_type}: {field} {words}: {why}")


def expect(reading_type: ReadingType, field: str, wanted: Collection[object], why: str) -> None:
    """Raises UnsupportedQuantity unless a field has one of the wanted values."""
    if getattr(reading_type, field) not in wanted:
        raise unsupported(reading_type, field, why)


def expect_nothing(reading_type: ReadingType, *fields: str) -> None:
    """Raises UnsupportedQuantity unless fields are all 0."""
    for field in fields:
        if getattr(reading_type, field) not in (0, NO_FRACTION):
            raise unsupported(reading_type, field, "the meters deliver this quantity without it")
