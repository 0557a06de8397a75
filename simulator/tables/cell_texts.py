"""Cells as CSV spells them: instants as 2026-03-29T01:00:00Z, numbers by their digits, nothing for what is missing.

Where numbers are few and small, as in a load profile, their texts come out of a table: some 40 million a second.
"""

from functools import cache
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.decimal_text import decimal_texts
from simulator.tables.cells import Cells, Given, Instants, NumberLists, Numbers, Texts
from simulator.utc_text import utc_texts

LIST_SEPARATOR: Final = b";"
"""Between the numbers of one cell: a comma would end the cell."""

_TABLED: Final = 10_000
_MARKS: Final = (b",", b'"', b"\r", b"\n")


def cell_texts(cells: Cells) -> list[bytes]:
    """One text a row, quoted where CSV wants it (RFC 4180)."""
    match cells:
        case Texts():
            return _quoted(list(cells.texts))
        case Instants():
            return _listed(utc_texts(cells.seconds), cells.given)
        case Numbers():
            return _number_texts(cells.integers, cells.decimals, cells.given)
        case NumberLists():
            texts = _number_texts(cells.integers, cells.decimals, cells.given)
            bounds = accumulate(cells.lengths.tolist(), initial=0)
            return [LIST_SEPARATOR.join(texts[start:end]) for start, end in pairwise(bounds)]


def _quoted(texts: list[bytes]) -> list[bytes]:
    # One look at all of them: hardly any name has a comma in it.
    if not _needs_quotes(b"".join(texts)):
        return texts
    return [b'"%b"' % text.replace(b'"', b'""') if _needs_quotes(text) else text for text in texts]


def _needs_quotes(text: bytes) -> bool:
    return any(mark in text for mark in _MARKS)


def _number_texts(integers: NDArray[np.int64], decimals: int, given: Given | None) -> list[bytes]:
    # A negative number is a huge one when it is read as unsigned: one comparison for both bounds.
    beyond = np.flatnonzero(integers.view(np.uint64) >= _TABLED)
    if len(beyond) * 2 > len(integers):
        texts = decimal_texts(integers, decimals).astype(object)
    else:
        texts = _texts_of_small(decimals).take(integers, mode="clip")
        texts[beyond] = decimal_texts(integers[beyond], decimals)
    return _listed(texts, given)


@cache
def _texts_of_small(decimals: int) -> NDArray[np.object_]:
    return decimal_texts(np.arange(_TABLED, dtype=np.int64), decimals).astype(object)


def _listed(texts: NDArray[np.object_], given: Given | None) -> list[bytes]:
    if given is not None:
        texts[~given] = b""
    listed: list[bytes] = texts.tolist()
    return listed
