"""The way back from `ReadingType.describe`: a reading type by its name in words (61968-9:2013, Annex C).

Clients put such names into ReadingType/Names. Every word is a name of some table, fields that do not apply are left
out, so which field a word belongs to follows from its place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from simulator.cim.code_tables import codes
from simulator.cim.reading_type import InvalidReadingType, ReadingType

# Attribute and table, in the order in which the words come.
_ORDER: Final = (
    ("aggregate", "data-qualifier"),
    ("macro_period", "macro-period"),
    ("measuring_period", "measuring-period"),
    ("accumulation", "accumulation-behaviour"),
    ("flow_direction", "flow-direction"),
    ("commodity", "commodity"),
    ("measurement_kind", "measurement-kind"),
    ("interharmonic", ""),
    ("argument", ""),
    ("tou", "tou"),
    ("cpp", "cpp"),
    ("consumption_tier", "consumption-tier"),
    ("phases", "phase"),
    ("currency", "currency"),
)
_FRACTION: Final = re.compile(r"(interharmonic|argument)([0-9]{1,6})/([0-9]{1,6})")
_MOST_WORDS: Final = len(_ORDER) + 1

Fields = dict[str, int | tuple[int, int]]


def reading_type_in_words(text: str) -> ReadingType | None:
    """The reading type that these words describe, whatever the case of their letters; None where they describe none."""
    words = text.split()
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    fields: Fields = {}
    if words[-1].startswith("("):
        unit = _unit(words.pop()[1:-1])
        if unit is None:
            return None
        fields |= {"multiplier": unit[0], "unit": unit[1]}
    asked = " ".join(text.split()).casefold()
    for found in _readings(words, 0):
        try:
            reading_type = ReadingType(**fields, **found)  # type: ignore[arg-type]  # each attribute has one type
        except InvalidReadingType:
            continue
        if reading_type.describe().casefold() == asked:
            return reading_type
    return None


def _readings(words: Sequence[str], position: int) -> Iterator[Fields]:
    """The ways to spread words over the fields from a position on: a word may be in several tables."""
    if not words:
        yield {}
        return
    for place in range(position, len(_ORDER)):
        attribute, table = _ORDER[place]
        value = _value(attribute, table, words[0])
        if value is not None:
            for rest in _readings(words[1:], place + 1):
                yield {attribute: value, **rest}


def _value(attribute: str, table: str, word: str) -> int | tuple[int, int] | None:
    if table:
        return _numbers(table).get(word.casefold())
    fraction = _FRACTION.fullmatch(word)
    return (int(fraction[2]), int(fraction[3])) if fraction is not None and fraction[1] == attribute else None


@cache
def _numbers(table: str) -> Mapping[str, int]:
    """The first number of each name; a few names are there twice."""
    numbers: dict[str, int] = {}
    for number, code in codes(table).items():
        if number:
            numbers.setdefault(code.name.casefold(), number)
    return numbers


def _unit(printed: str) -> tuple[int, int] | None:
    """Multiplier and unit; the case of letters counts where it tells units apart, as in mW and MW."""
    exact = _units().get(printed)
    if exact is not None:
        return exact
    alike = [unit for spelled, unit in _units().items() if spelled.casefold() == printed.casefold()]
    return alike[0] if len(alike) == 1 else None


@cache
def _units() -> Mapping[str, tuple[int, int]]:
    """Multiplier and unit by how they are printed; without a multiplier before with one, as `m` is a metre."""
    units: dict[str, tuple[int, int]] = {}
    for multiplier in sorted(codes("multiplier"), key=abs):
        for unit in codes("unit"):
            if unit:
                units.setdefault(ReadingType(multiplier=multiplier, unit=unit).unit_words, (multiplier, unit))
    return units
