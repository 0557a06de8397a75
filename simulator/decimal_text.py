"""Numbers as decimal digits, on the wire and in files, for whole arrays at once.

A value is an integer and a number of decimals: 12345 with three decimals reads `12.345`. Nothing is ever a
float here, so the number that is written is the number that was computed, to the last digit.
"""

import numpy as np
from numpy.typing import NDArray

MOST_DECIMALS = 18
"""More would not fit the 19 digits of an int64."""

_POWERS_OF_TEN = np.array([10**exponent for exponent in range(20)], dtype=np.uint64)
_ZERO, _POINT, _MINUS = b"0.-"
_FEW = 256
"""Up to so many values the array form saves nothing: it takes 60 us for one, the other 0.25 us for each."""


def check_decimals(decimals: int) -> None:
    """Raises ValueError for decimals outside 0 to MOST_DECIMALS."""
    if not 0 <= decimals <= MOST_DECIMALS:
        raise ValueError(f"a value has 0 to {MOST_DECIMALS} decimals, not {decimals}")


def decimal_text(value: int, decimals: int) -> bytes:
    """One value: always `decimals` digits after the point, no point for none, at least one digit before it.

    Raises ValueError for decimals outside 0 to MOST_DECIMALS.
    """
    check_decimals(decimals)
    if decimals == 0:
        return b"%d" % value
    whole, fraction = divmod(abs(value), 10**decimals)
    return b"%b%d.%0*d" % (b"-" if value < 0 else b"", whole, decimals, fraction)


def decimal_texts(values: NDArray[np.int64], decimals: int) -> NDArray[np.bytes_]:
    """Every value as `decimal_text` spells it, in the shape of `values`.

    `.tolist()` gives `bytes` of their own length. Raises ValueError for decimals outside 0 to MOST_DECIMALS.
    """
    check_decimals(decimals)
    if values.size <= _FEW:
        few = [decimal_text(value, decimals) for value in values.ravel().tolist()]
        return np.array(few, dtype=np.bytes_).reshape(values.shape)
    flat = np.ascontiguousarray(values, dtype=np.int64).ravel()
    # The least int64 has no positive counterpart: abs() leaves it, and read as unsigned it is its magnitude.
    magnitudes = np.abs(flat).view(np.uint64)
    lengths = _lengths(magnitudes, decimals) + (flat < 0)
    right_aligned = _right_aligned(magnitudes, decimals, int(lengths.max()))
    # NUL follows a shorter text, as NumPy's type for bytes wants it.
    texts = np.zeros((flat.size, len(right_aligned)), dtype=np.uint8)
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        texts[chosen, :length] = right_aligned[-length:, chosen].T
    texts[flat < 0, 0] = _MINUS
    return texts.view(f"S{len(right_aligned)}").reshape(values.shape)


def _lengths(magnitudes: NDArray[np.uint64], decimals: int) -> NDArray[np.int64]:
    digits = np.searchsorted(_POWERS_OF_TEN, magnitudes, side="right")
    return np.maximum(digits, decimals + 1) + (decimals > 0)


def _right_aligned(magnitudes: NDArray[np.uint64], decimals: int, width: int) -> NDArray[np.uint8]:
    """Digits and point of every value as (width, values), with as many leading zeros as there is room for."""
    columns = np.full((width, magnitudes.size), _ZERO, dtype=np.uint8)
    point = width - 1 - decimals if decimals else None
    rest = magnitudes
    for column in reversed(range(width)):
        if column == point:
            columns[column] = _POINT
        else:
            quotient = rest // np.uint64(10)
            columns[column] += (rest - quotient * np.uint64(10)).astype(np.uint8)
            rest = quotient
    return columns
