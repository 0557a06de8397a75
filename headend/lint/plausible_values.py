"""Which units a measurement kind is given in, and between which bounds its values make sense."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from simulator.cim.reading_type import ReadingType

_HOURS_OF_SPAN = {11: 25, 24: 169, 13: 745, 8: 17_544, 22: 4_416}
"""Of macro periods, at their longest: day, week, month, billing period, season."""
_DELTA = 4
"""Accumulation deltaData: values are amounts of their interval."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a measurement kind in a unit without multiplier; None where its values are no numbers."""

    unit_name: str
    lowest: float | None
    highest: float | None
    highest_an_hour: float | None
    """Of an amount that was counted over a time; None where time does not matter."""


def is_judged(measurement_kind: int) -> bool:
    """Whether the table has anything to say of a measurement kind."""
    return measurement_kind in _by_kind()


def range_of(measurement_kind: int, unit: int) -> Range | None:
    """The bounds of a kind in a unit; None where it is not given in that."""
    return _by_kind().get(measurement_kind, {}).get(unit)


def units_of(measurement_kind: int) -> tuple[str, ...]:
    """Units that a kind is given in, as they are printed."""
    return tuple(one.unit_name for one in _by_kind().get(measurement_kind, {}).values())


@lru_cache(maxsize=4_096)
def bounds(reading_type: ReadingType) -> tuple[float, float] | None:
    """Lowest and highest plausible value as it stands on the wire; None where nothing is known of it."""
    found = range_of(reading_type.measurement_kind, reading_type.unit)
    if found is None or found.lowest is None or found.highest is None or reading_type.currency:
        return None
    lowest, highest = found.lowest, found.highest
    hours = _hours(reading_type)
    if found.highest_an_hour is not None and reading_type.accumulation == _DELTA and hours is not None:
        highest = found.highest_an_hour * hours
        lowest = -highest
    scale = 10.0**reading_type.multiplier
    return lowest / scale, highest / scale


def _hours(reading_type: ReadingType) -> float | None:
    interval_s = reading_type.interval_s
    if interval_s is not None:
        return interval_s / 3_600
    return _HOURS_OF_SPAN.get(reading_type.macro_period)


@cache
def _by_kind() -> Mapping[int, dict[int, Range]]:
    table = files("headend.lint").joinpath("facts/plausible_values.tsv").read_text("utf-8")
    kinds: dict[int, dict[int, Range]] = {}
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        kinds.setdefault(int(row["measurement_kind"]), {})[int(row["unit"])] = Range(
            row["unit_name"], _number(row["lowest"]), _number(row["highest"]), _number(row["highest_an_hour"])
        )
    return MappingProxyType(kinds)


def _number(text: str) -> float | None:
    return float(text) if text else None
