"""Interval data of one reading type and month as a table, in either layout."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.corpus.corpus_spec import Layout
from simulator.corpus.interval_rows import IntervalRows
from simulator.series import Series
from simulator.tables import (
    Column,
    FileFormat,
    Instants,
    Kind,
    NumberLists,
    Numbers,
    Table,
    Texts,
    WrittenFile,
    create_table,
)

_METER = Column("meter", Kind.TEXT, "name of the meter, as in meters")
_READING_TYPE = Column("reading_type", Kind.TEXT, "what is measured, as in reading_types, which also has the unit")
COLUMNS = {
    Layout.DAYS: (
        _METER,
        _READING_TYPE,
        Column("start", Kind.INSTANT, "where the first interval of the row begins, UTC"),
        Column("interval_s", Kind.NUMBER, "length of each interval of the row in seconds"),
        Column("intervals", Kind.NUMBER, "how many there are: 92, 96 or 100 quarter-hours of a local day"),
        Column(
            "values",
            Kind.NUMBERS,
            "one for each interval, the k-th (from 0) of start + k * interval_s; empty where none was delivered; "
            "separated by ; in CSV",
        ),
    ),
    Layout.READINGS: (
        _METER,
        _READING_TYPE,
        Column("start", Kind.INSTANT, "where the interval begins, UTC"),
        Column("end", Kind.INSTANT, "where it ends, UTC: the stamp of the reading"),
        Column("value", Kind.NUMBER, "empty where none was delivered"),
        Column("unit", Kind.TEXT, "of the value"),
    ),
}


class IntervalTable:
    """A table that takes interval data."""

    __slots__ = ("_code", "_layout", "_series", "_table", "_unit")

    def __init__(self, folder: Path, stem: str, series: Series, layout: Layout, file_format: FileFormat) -> None:
        """`series` is any of the reading type: what it measures and its decimals count. Raises as create_table does."""
        self._series = series
        self._layout = layout
        self._code = series.reading_type.mrid.encode()
        self._unit = series.reading_type.unit_words.encode()
        self._table: Table = create_table(folder, stem, COLUMNS[layout], file_format)

    def write(self, names: NDArray[np.object_], rows: IntervalRows) -> None:
        """Append rows; `names` are those of the meters of the block."""
        if self._layout is Layout.DAYS:
            count = len(rows.positions)
            self._table.write(
                Texts(names[rows.positions].tolist()),
                Texts([self._code] * count),
                Instants(rows.starts),
                Numbers(rows.interval_s),
                Numbers(rows.lengths),
                NumberLists(rows.integers, rows.lengths, self._series.decimals, rows.given),
            )
            return
        count = len(rows.integers)
        starts = rows.interval_starts()
        self._table.write(
            Texts(np.repeat(names[rows.positions], rows.lengths).tolist()),
            Texts([self._code] * count),
            Instants(starts),
            Instants(starts + np.repeat(rows.interval_s, rows.lengths)),
            Numbers(rows.integers, self._series.decimals, rows.given),
            Texts([self._unit] * count),
        )

    def close(self) -> WrittenFile:
        """What was written."""
        return self._table.close()

    def release(self) -> None:
        """Let go of the file, whole or not."""
        self._table.release()
