"""What a column of a table holds: texts, instants, numbers, or a list of numbers in every row."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Given = NDArray[np.bool_]


class Kind(Enum):
    """What sort of cells a column has, which Parquet wants to know before the first of them."""

    TEXT = "text"
    INSTANT = "instant"  # UTC, whole seconds
    NUMBER = "number"
    NUMBERS = "numbers"  # a list in every row


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `meaning` is for the reader of the manifest."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts in UTF-8, one a row; an empty one stands for none."""

    texts: Sequence[bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """Epoch seconds, one a row."""

    seconds: NDArray[np.int64]  # (rows,)
    given: Given | None = None  # (rows,), where there is one; None: everywhere


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Integers over 10**decimals, one a row."""

    integers: NDArray[np.int64]  # (rows,)
    decimals: int = 0
    given: Given | None = None  # (rows,), where there is one; None: everywhere


@dataclass(frozen=True, slots=True, eq=False)
class NumberLists:
    """Integers over 10**decimals, several in every row."""

    integers: NDArray[np.int64]  # (numbers,), those of the first row first
    lengths: NDArray[np.int64]  # (rows,), how many belong to each row; their sum is `numbers`
    decimals: int = 0
    given: Given | None = None  # (numbers,), where there is one; None: everywhere


Cells = Texts | Instants | Numbers | NumberLists


def rows_of(cells: Cells) -> int:
    """How many rows a column's cells are for."""
    match cells:
        case Texts():
            return len(cells.texts)
        case Instants():
            return len(cells.seconds)
        case Numbers():
            return len(cells.integers)
        case NumberLists():
            return len(cells.lengths)


def kind_of(cells: Cells) -> Kind:
    """The kind of column that cells are for."""
    return _KINDS[type(cells)]


_KINDS = {Texts: Kind.TEXT, Instants: Kind.INSTANT, Numbers: Kind.NUMBER, NumberLists: Kind.NUMBERS}
