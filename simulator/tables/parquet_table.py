"""Tables as Parquet, by pyarrow, which is an extra of this package.

Numbers are doubles there, the nearest to what CSV spells out: that is what every tool that reads Parquet computes with.
The bytes of a Parquet file are those of one version of pyarrow; equal data in CSV are equal bytes everywhere.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator.tables.cells import Cells, Column, Given, Instants, Kind, NumberLists, Numbers, Texts
from simulator.tables.written_file import HashingStream

_TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.INSTANT: pa.timestamp("ms", tz="UTC"),
    Kind.NUMBER: pa.float64(),
    Kind.NUMBERS: pa.list_(pa.float64()),
}
_ROWS_IN_A_GROUP: Final = 500_000


class ParquetTable:
    """A table that is written as Parquet, a row group for every half million rows."""

    __slots__ = ("_batches", "_rows", "_schema", "_writer")

    def __init__(self, columns: Sequence[Column], stream: HashingStream) -> None:
        self._schema = pa.schema([(column.name, _TYPES[column.kind]) for column in columns])
        self._writer = pq.ParquetWriter(pa.PythonFile(stream, mode="w"), self._schema, compression="zstd")
        self._batches: list[Any] = []
        self._rows = 0

    def write(self, batch: Sequence[Cells]) -> None:
        """Append rows."""
        made = pa.record_batch([_array(cells) for cells in batch], schema=self._schema)
        self._batches.append(made)
        self._rows += made.num_rows
        if self._rows >= _ROWS_IN_A_GROUP:
            self._write_group()

    def close(self) -> None:
        """Write what is left, and the footer."""
        if self._batches:
            self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._batches), row_group_size=self._rows)
        self._batches.clear()
        self._rows = 0


def _array(cells: Cells) -> Any:
    match cells:
        case Texts():
            texts = pa.array(cells.texts, pa.binary()).cast(pa.string())
            return pc.if_else(pc.equal(texts, ""), None, texts)
        case Instants():
            return pa.array(cells.seconds * 1_000, mask=_missing(cells.given)).cast(_TYPES[Kind.INSTANT])
        case Numbers():
            return pa.array(cells.integers / 10**cells.decimals, mask=_missing(cells.given))
        case NumberLists():
            numbers = pa.array(cells.integers / 10**cells.decimals, mask=_missing(cells.given))
            offsets = np.concatenate([[0], np.cumsum(cells.lengths)]).astype(np.int32)
            return pa.ListArray.from_arrays(offsets, numbers)


def _missing(given: Given | None) -> Given | None:
    return None if given is None else ~given
