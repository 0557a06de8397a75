"""Registers of one reading type and month as a table: what they show at local midnights, a row a value."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.corpus.register_rows import RegisterRows
from simulator.series import Series
from simulator.tables import (
    Cells,
    Column,
    FileFormat,
    Instants,
    Kind,
    Numbers,
    Table,
    Texts,
    WrittenFile,
    create_table,
)

_COLUMNS = (
    Column("meter", Kind.TEXT, "name of the meter, as in meters"),
    Column("reading_type", Kind.TEXT, "what is measured, as in reading_types, which also has the unit"),
    Column("time", Kind.INSTANT, "at which the register shows the value, UTC; mostly a local midnight"),
)
_NUMBER = Column("value", Kind.NUMBER, "empty where none was delivered")
_UNIT = Column("unit", Kind.TEXT, "of the value")
_INSTANT = Column("value", Kind.INSTANT, "when it happened, UTC; empty where none was delivered")
_HAPPENED = Column("happened", Kind.INSTANT, "when the extreme that the value tells was reached, UTC")
COLUMNS = (*_COLUMNS, _NUMBER, _UNIT, _HAPPENED)
"""Of any register; `happened` is there for extremes alone."""


class RegisterTable:
    """A table that takes registers."""

    __slots__ = ("_code", "_series", "_table", "_unit")

    def __init__(self, folder: Path, stem: str, series: Series, file_format: FileFormat) -> None:
        """`series` is any of the reading type: what it measures and its decimals count. Raises as create_table does."""
        self._series = series
        self._code = series.reading_type.mrid.encode()
        self._unit = series.reading_type.unit_words.encode()
        columns = [*_COLUMNS, _INSTANT if series.tells_time else _NUMBER, _UNIT]
        if series.has_own_stamps:
            columns.append(_HAPPENED)
        self._table: Table = create_table(folder, stem, columns, file_format)

    def write(self, names: NDArray[np.object_], rows: RegisterRows) -> None:
        """Append rows; `names` are those of the meters of the block."""
        count = len(rows.integers)
        numbers: Cells = Numbers(rows.integers, self._series.decimals, rows.given)
        columns: list[Cells] = [
            Texts(names[rows.positions].tolist()),
            Texts([self._code] * count),
            Instants(rows.times),
            Instants(rows.integers, rows.given) if self._series.tells_time else numbers,
            Texts([self._unit] * count),
        ]
        if self._series.has_own_stamps:
            columns.append(Instants(rows.times if rows.happened is None else rows.happened, rows.given))
        self._table.write(*columns)

    def close(self) -> WrittenFile:
        """What was written."""
        return self._table.close()

    def release(self) -> None:
        """Let go of the file, whole or not."""
        self._table.release()
