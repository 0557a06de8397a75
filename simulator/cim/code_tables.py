"""The code tables of IEC 61968-9:2013 as they ship in `codes/*.tsv`, read once and only when first asked for.

Every file has one header row and is tab-separated. The columns `edition`, `sources` and `source_set` say how
sure a row is; the program reads only numbers, names and symbols.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Code:
    """One row of a table: the number on the wire and the name people use for it."""

    number: int
    name: str
    symbol: str = ""  # the printed symbol of a unit or multiplier, the minutes of a measuring period


@cache
def rows(table: str) -> tuple[Mapping[str, str], ...]:
    """All rows of `codes/<table>.tsv` as written, each a mapping from column to text."""
    # Imported late: it brings tempfile and urllib along, and most starts of the program need no table.
    from importlib.resources import files

    text = files("simulator.cim").joinpath(f"codes/{table}.tsv").read_text("utf-8")
    reader = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return tuple(MappingProxyType(row) for row in reader)


@cache
def codes(table: str) -> Mapping[int, Code]:
    """The rows of a table that is keyed by one number."""
    return MappingProxyType(
        {int(row["code"]): Code(int(row["code"]), row["name"], row.get("symbol_or_minutes", "")) for row in rows(table)}
    )


@cache
def pairs(table: str) -> Mapping[tuple[int, int], str]:
    """The rows of a table that is keyed by a fraction (`argument`, `interharmonic`), with their names."""
    return MappingProxyType({(int(row["numerator"]), int(row["denominator"])): row["name"] for row in rows(table)})


def number(text: str, what: str) -> int:
    """A decimal integer of a dotted code. ValueError names `what` if it is anything else.

    `int()` alone would also take `+3`, `1_000`, blanks and the digits of other scripts.
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{what} must be a whole number, not {text!r}")
    return int(text)


def nearest(word: str, known: Mapping[str, object]) -> str:
    """`; did you mean ...?` with up to three of the known keys that look like `word`, or an empty text."""
    close = get_close_matches(word, known, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""
