"""ReadingQualityType: what is to be said about a value, in three numbers (IEC 61968-9:2013, Annex D).

2.5.256 reads: set by the metering system, reasonability, data outside the expected range.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from simulator.cim.code_tables import codes, nearest, number, rows

METERING_SYSTEM: Final = 2
"""The system of qualities that the head end or the network sets."""

_FIELDS: Final = ("system", "category", "index")


class InvalidReadingQuality(ValueError):
    """A quality code that Annex D does not allow; the message names field, value and table."""


@dataclass(frozen=True, slots=True, order=True)
class ReadingQualityType:
    """Who says it, of what sort it is, and what it is. Raises InvalidReadingQuality for a pair of category and index
    that no list names.
    """

    system: int
    category: int
    index: int

    def __post_init__(self) -> None:
        if self.system not in codes("quality-system"):
            raise InvalidReadingQuality(
                f"the system of quality {self.code} is {self.system}, which table quality-system does not list"
            )
        if (self.category, self.index) not in _names():
            pair = f"{self.category}.{self.index}"
            close = nearest(pair, {f"{category}.{index}": None for category, index in _names()})
            raise InvalidReadingQuality(f"quality {self.code}: table quality-code does not list *.{pair}{close}")

    @classmethod
    def parse(cls, code: str) -> "ReadingQualityType":
        """The quality type of a code such as `2.5.256`."""
        texts = code.strip().split(".")
        if len(texts) != len(_FIELDS):
            raise InvalidReadingQuality(f"a quality has 3 numbers separated by dots, {code!r} has {len(texts)}")
        try:
            system, category, index = (
                number(text, f"{field} of quality {code!r}") for field, text in zip(_FIELDS, texts, strict=True)
            )
        except ValueError as error:
            raise InvalidReadingQuality(str(error)) from error
        return cls(system, category, index)

    @property
    def code(self) -> str:
        """As it stands on the wire, such as `2.5.256`."""
        return f"{self.system}.{self.category}.{self.index}"

    def __str__(self) -> str:
        return self.code

    def describe(self) -> str:
        """In words, such as `meteringSystem reasonability dataOutsideExpectedRange`."""
        category = codes("quality-category")[self.category].name
        return f"{codes('quality-system')[self.system].name} {category} {_names()[self.category, self.index]}"


def qualities_like(text: str) -> frozenset[ReadingQualityType]:
    """The quality types that a pattern, a name or a text in words means.

    A pattern is a code in which `*` is any number, such as `*.5.256`; words are those of `describe`. A name alone, such
    as `dataOutsideExpectedRange`, means it of every system. Raises InvalidReadingQuality where nothing is meant.
    """
    asked = text.strip()
    parts = asked.split(".")
    if "*" in parts and len(parts) == len(_FIELDS):
        found = frozenset(one for one in _every() if _fits(one, parts))
        if not found:
            raise InvalidReadingQuality(f"no quality of table quality-code is like {text!r}")
        return found
    words = asked.casefold()
    named = frozenset(
        one for one in _every() if words in (_names()[one.category, one.index].casefold(), one.describe().casefold())
    )
    if named:
        return named
    if not all(part.removeprefix("-").isdigit() for part in parts):
        known = dict.fromkeys(_names().values())
        raise InvalidReadingQuality(
            f"{text!r} is neither a code such as 2.5.256 or *.5.256 nor the name of a quality{nearest(asked, known)}"
        )
    return frozenset({ReadingQualityType.parse(asked)})


def _fits(quality: ReadingQualityType, parts: Sequence[str]) -> bool:
    numbers = (quality.system, quality.category, quality.index)
    return all(part in ("*", str(number)) for part, number in zip(parts, numbers, strict=True))


@cache
def _every() -> tuple[ReadingQualityType, ...]:
    return tuple(ReadingQualityType(system, *pair) for system in codes("quality-system") for pair in _names())


@cache
def _names() -> dict[tuple[int, int], str]:
    return {(int(row["category"]), int(row["index"])): row["name"] for row in rows("quality-code")}
