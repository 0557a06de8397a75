"""The readings of one series, a row of text per meter: the innermost loop of the bulk writer.

Within one window every meter has the same stamps, so all text but the values is known beforehand. Two writers
fill the values in; both give the same readings and differ in speed and in the blanks at the end of a line.

Measured for 10,000 meters x 96 quarter-hours of up to 1,500 Wh in one run of benchmarks/formatting.py, on one core
with the values given:

| way                                                           | readings/s | ratio |
|---------------------------------------------------------------|------------|-------|
| `astype("S20")`, pieces joined                                |  3,300,000 |  0.24 |
| `template % tuple(values)`, text                              |  6,900,000 |   0.5 |
| `template % tuple(values)`, bytes                             | 13,700,000 |     1 |
| object array of fixed text and table[value], one join a chunk | 25,500,000 |   1.9 |
| `TabledRows`: records of fixed width, values from a table     | 66,900,000 |   4.9 |
"""

from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.decimal_text import decimal_texts

TABLED_VALUES = 10_000
"""Values from 0 up to here have their text in a table: 320 kB, which stays in the second-level cache."""

Row = bytes | memoryview


class SpelledRows:
    """Rows of any values, each as long as it has to be: some five million readings a second."""

    def __init__(self, openings: NDArray[np.bytes_], closing: bytes, decimals: int) -> None:
        """openings: (stamps,), what stands before each stamp's value. closing: what follows every value."""
        first, *others = openings.tolist()
        self._before = [first, *(closing + opening for opening in others)]
        self._closing = closing
        self._decimals = decimals

    def rows(self, values: NDArray[np.int64]) -> list[Row]:
        """values: (meters, stamps)."""
        all_texts = decimal_texts(values, self._decimals).tolist()
        if values.shape[1] == 1:  # what a read without a period asks of every meter: the latest register
            (before,), closing = self._before, self._closing
            return [before + text + closing for (text,) in all_texts]
        rows: list[Row] = []
        for texts in all_texts:
            pieces = [self._closing] * (2 * len(texts) + 1)
            pieces[0:-1:2] = self._before
            pieces[1::2] = texts
            rows.append(b"".join(pieces))
        return rows


class TabledRows:
    """Rows of small values, at memory speed: a reading is a record of two fields, opening, and value with closing.

    The openings are written once; a row costs one table lookup and one copy a reading. For that every value
    takes the same room: blanks and a line feed after the closing tag, where XML gives them no meaning, make
    up for the digits. A row with a value outside the table is left to SpelledRows, so what a row reads
    depends on its values alone, never on its neighbours.
    """

    def __init__(self, openings: NDArray[np.bytes_], closing: bytes, decimals: int) -> None:
        """openings: (stamps,), all of one length. closing ends in a line feed, which the blanks go before."""
        self._openings = openings
        self._closing = closing
        self._decimals = decimals
        self._table = _lines(closing, decimals)
        self._record = np.dtype([("opening", openings.dtype), ("value", self._table.dtype)])
        self._row_bytes = len(openings) * self._record.itemsize
        self._grow(0)

    @cached_property
    def _spelled(self) -> SpelledRows:
        return SpelledRows(self._openings, self._closing, self._decimals)

    def rows(self, values: NDArray[np.int64]) -> list[Row]:
        """values: (meters, stamps). The rows are views of a page that is written over by the next call."""
        meters = len(values)
        if meters > len(self._page_values):
            self._grow(meters)
        self._page_values[:meters] = self._table.take(values, mode="clip")
        starts = range(0, meters * self._row_bytes, self._row_bytes)
        rows: list[Row] = [self._page_text[start : start + self._row_bytes] for start in starts]
        beyond = _rows_beyond(TABLED_VALUES, values)
        if beyond:
            for position, row in zip(beyond, self._spelled.rows(values[beyond]), strict=True):
                rows[position] = row
        return rows

    def _grow(self, meters: int) -> None:
        page = np.empty((meters, len(self._openings)), dtype=self._record)
        page["opening"] = self._openings
        self._page_values = page["value"]
        self._page_text = page.reshape(-1).view(np.uint8).data


def _rows_beyond(limit: int, values: NDArray[np.int64]) -> list[int]:
    """The rows that hold a value below 0 or from `limit` on."""
    # A negative value is a huge one when it is read as unsigned: one comparison for both bounds.
    unsigned = values.view(np.uint64)
    if unsigned.max(initial=0) < limit:
        return []
    found: list[int] = np.flatnonzero(unsigned.max(axis=1, initial=0) >= limit).tolist()
    return found


@cache
def _lines(closing: bytes, decimals: int) -> NDArray[np.void]:
    """The rest of a line for every tabled value: `0.042</value></IntervalReadings>`, blanks, line feed."""
    texts = decimal_texts(np.arange(TABLED_VALUES, dtype=np.int64), decimals).tolist()
    last = closing.removesuffix(b"\n")
    width = len(max(texts, key=len)) + len(last) + 1
    # Untyped bytes: NumPy copies them without looking for an end.
    return np.array([(text + last).ljust(width - 1) + b"\n" for text in texts], dtype=f"S{width}").view(f"V{width}")
