"""Reading types in words, for people."""

from dataclasses import dataclass
from functools import cache

from simulator.cim.reading_type import InvalidReadingType, ReadingType


@dataclass(frozen=True, slots=True)
class ReadingWords:
    """What is measured, and in what."""

    quantity: str
    unit: str
    """With its multiplier, such as kWh; empty where there is none."""


@cache
def reading_words(mrid: str) -> ReadingWords:
    """The words for 18 numbers; the numbers themselves where no table knows them."""
    try:
        words = ReadingType.parse(mrid).describe()
    except InvalidReadingType:
        return ReadingWords(mrid, "")
    quantity, bracket, unit = words.rpartition(" (")
    return ReadingWords(quantity, unit.rstrip(")")) if bracket else ReadingWords(words, "")
