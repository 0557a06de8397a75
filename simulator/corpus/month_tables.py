"""The readings of one month: a table for each reading type, made when its first reading comes."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from simulator.corpus.corpus_spec import CorpusSpec
from simulator.corpus.interval_rows import IntervalRows, RunShape, interval_rows, merged_intervals, run_shape
from simulator.corpus.interval_table import IntervalTable
from simulator.corpus.register_rows import RegisterRows, merged_registers, register_rows
from simulator.corpus.register_table import RegisterTable
from simulator.local_time import LocalCalendar
from simulator.series import Series
from simulator.tables import WrittenFile
from simulator.truth import SeriesTruth, TruthBlock, TruthPart

Names = NDArray[np.object_]


class MonthTables:
    """All tables of a month, as a context in which they are open."""

    def __init__(self, spec: CorpusSpec, folder: Path, label: str, calendar: LocalCalendar) -> None:
        """label: of the month, such as 2026-03. Writing raises as create_table does."""
        self._spec = spec
        self._folder = folder
        self._label = label
        self._calendar = calendar
        self._tables: dict[str, IntervalTable | RegisterTable] = {}
        self._shapes: dict[tuple[str, int], RunShape] = {}

    def write(self, names: Names, block: TruthBlock) -> None:
        """Append what is reported of a block; `names` are those of its meters."""
        by_code: dict[str, list[tuple[TruthPart, SeriesTruth]]] = {}
        for part in block.parts:
            for truth in part.truths:
                if len(truth.series.stamps):
                    by_code.setdefault(truth.series.reading_type.mrid, []).append((part, truth))
        for code, found in by_code.items():
            table = self._table(code, found[0][1].series)
            if isinstance(table, IntervalTable):
                table.write(names, merged_intervals([self._intervals(*one) for one in found]))
            else:
                table.write(names, merged_registers([_registers(*one) for one in found]))

    def close(self) -> list[WrittenFile]:
        """What was written, in the order of the paths."""
        return sorted((table.close() for table in self._tables.values()), key=lambda one: one.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for table in self._tables.values():
            table.release()

    def _table(self, code: str, series: Series) -> IntervalTable | RegisterTable:
        if code not in self._tables:
            spec = self._spec
            if series.is_interval:
                stem = f"intervals/{code}/{self._label}"
                self._tables[code] = IntervalTable(self._folder, stem, series, spec.layout, spec.file_format)
            else:
                stem = f"registers/{code}/{self._label}"
                self._tables[code] = RegisterTable(self._folder, stem, series, spec.file_format)
        return self._tables[code]

    def _intervals(self, part: TruthPart, truth: SeriesTruth) -> IntervalRows:
        key = (truth.series.reading_type.mrid, part.kind)
        if key not in self._shapes:
            self._shapes[key] = run_shape(truth.series, self._calendar)
        return interval_rows(self._shapes[key], part.positions, truth.reported, truth.given)


def _registers(part: TruthPart, truth: SeriesTruth) -> RegisterRows:
    return register_rows(truth.series, part.positions, truth.reported, truth.happened, truth.given)
