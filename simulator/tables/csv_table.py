"""Tables as CSV: UTF-8, commas, a header, lines that end in a line feed."""

from collections.abc import Sequence

from simulator.tables.cell_texts import cell_texts
from simulator.tables.cells import Cells, Column
from simulator.tables.written_file import HashingStream


class CsvTable:
    """A table that is written as CSV."""

    __slots__ = ("_stream",)

    def __init__(self, columns: Sequence[Column], stream: HashingStream) -> None:
        self._stream = stream
        stream.write(",".join(column.name for column in columns).encode() + b"\n")

    def write(self, batch: Sequence[Cells]) -> None:
        """Append rows."""
        lines = list(map(b",".join, zip(*map(cell_texts, batch), strict=True)))
        lines.append(b"")
        self._stream.write(b"\n".join(lines))

    def close(self) -> None:
        """All rows have left already."""
