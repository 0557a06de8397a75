"""A table, whatever its format: made with its columns, written batch by batch, closed."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol, Self

from simulator.tables.cells import Cells, Column, kind_of, rows_of
from simulator.tables.csv_table import CsvTable
from simulator.tables.written_file import HashingStream, Target, WrittenFile


class FileFormat(Enum):
    """How a table is written; the value is also the ending of its file."""

    CSV = "csv"
    PARQUET = "parquet"


class ParquetMissing(Exception):
    """Parquet was asked for and pyarrow is not installed; the message says how to get it."""


class _Format(Protocol):
    def write(self, batch: Sequence[Cells], /) -> None: ...

    def close(self) -> None: ...


class Table:
    """A table under way; make it by `create_table` or `csv_onto`."""

    __slots__ = ("_columns", "_format", "_path", "_stream", "rows")

    def __init__(self, columns: Sequence[Column], made: _Format, stream: HashingStream, path: str) -> None:
        self._columns = tuple(columns)
        self._format = made
        self._stream = stream
        self._path = path
        self.rows = 0

    def write(self, *batch: Cells) -> None:
        """Append rows: the cells of every column, equally many. Raises ValueError for a batch of another shape."""
        found = [kind_of(cells) for cells in batch]
        expected = [column.kind for column in self._columns]
        rows = {rows_of(cells) for cells in batch}
        if found != expected or len(rows) != 1:
            raise ValueError(f"a batch of {expected} with equally many rows was expected, not {found} with {rows}")
        count = rows.pop()
        if count:
            self._format.write(batch)
            self.rows += count

    def close(self) -> WrittenFile:
        """Write what still waits; what was written in all."""
        self._format.close()
        self._stream.close()
        return WrittenFile(self._path, self.rows, self._stream.size_bytes, self._stream.sha256)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the file, whole or not."""
        self._stream.close()


def create_table(folder: Path, stem: str, columns: Sequence[Column], file_format: FileFormat) -> Table:
    """A new file `stem` with the format's ending, below `folder`; folders in between are made.

    Raises ParquetMissing; FileExistsError, as nothing is ever written over.
    """
    if file_format is FileFormat.PARQUET:
        check_parquet()
    path = f"{stem}.{file_format.value}"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    stream = HashingStream((folder / path).open("xb"), closes_target=True)
    if file_format is FileFormat.CSV:
        return Table(columns, CsvTable(columns, stream), stream, path)
    from simulator.tables.parquet_table import ParquetTable

    return Table(columns, ParquetTable(columns, stream), stream, path)


def csv_onto(target: Target, columns: Sequence[Column]) -> Table:
    """A table that is written as CSV to a stream that stays open, such as standard output."""
    stream = HashingStream(target, closes_target=False)
    return Table(columns, CsvTable(columns, stream), stream, "-")


def check_parquet() -> None:
    """Raises ParquetMissing where Parquet cannot be written."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise ParquetMissing(
            "Parquet is written by pyarrow, which is not installed: pip install 'headend[parquet]', or use CSV"
        ) from None
