"""Exports the truth about some meters in a window: readings onto a stream, or all tables into a folder."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.collected import collected_at
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet
from simulator.kind_channels import KindChannels
from simulator.local_time import epoch_seconds
from simulator.manifest import columns_json, empty_folder, files_json, fleet_json, window_json, write_manifest
from simulator.quantities import Channel
from simulator.series import Series, period_series
from simulator.tables import FileFormat, Target, create_table, csv_onto
from simulator.truth.causes import CauseFinder
from simulator.truth.recorder import TruthRecorder, TruthTables
from simulator.truth.truth_blocks import truth_blocks
from simulator.truth.truth_tables import CAUSE_COLUMNS, EFFECT_COLUMNS, READING_COLUMNS, SUM_COLUMNS

Progress = Callable[[int, int], None]
"""Told after each block how many meters are done, and of how many."""

_COLUMNS: Final = {
    "readings": READING_COLUMNS,
    "sums": SUM_COLUMNS,
    "causes": CAUSE_COLUMNS,
    "effects": EFFECT_COLUMNS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthQuestion:
    """What one wants to know the truth about."""

    fleet: Fleet
    meters: NDArray[np.int64] | range  # fleet indices, ascending
    channels: KindChannels
    start: datetime  # (start, end], as interval data is stamped at its end; nothing is told of what lies after `now`
    end: datetime
    now: datetime  # when the head end is asked
    history: FieldHistory = UNDISTURBED
    only_differences: bool = False

    def series(self) -> list[list[Series]]:
        """The series of each kind of meters."""

        def series(one: Channel, installed: int) -> Series:
            (found,) = period_series(
                [one], self.start, self.end, calendar=self.fleet.calendar, installed=installed, now=self.now
            )
            return found

        return self.channels.series(self.fleet, series)


def stream_truth(question: TruthQuestion, target: Target) -> int:
    """Write the readings as CSV to a stream, which stays open; how many there were."""
    table = csv_onto(target, READING_COLUMNS)
    _record(question, TruthTables(table), lambda _done, _all: None)
    return table.close().rows


def write_truth(
    question: TruthQuestion,
    folder: Path,
    file_format: FileFormat,
    *,
    software: str,
    progress: Progress = lambda _done, _all: None,
) -> dict[str, Any]:
    """Write readings, sums, causes and effects into a folder, which is made or must be empty; its manifest.

    software: name and version of what writes it. Raises FolderNotEmpty, ParquetMissing, OSError.
    """
    empty_folder(folder)
    with ExitStack() as stack:
        tables = [
            stack.enter_context(create_table(folder, name, columns, file_format)) for name, columns in _COLUMNS.items()
        ]
        readings, sums, causes, effects = tables
        recorder = _record(question, TruthTables(readings, sums), progress)
        recorder.write_causes(question.meters, causes, effects)
        files = [table.close() for table in tables]
    manifest = {
        "what": f"the truth about {len(question.meters)} simulated meters"
        + (", where it differs from what the head end delivers" if question.only_differences else ""),
        "software": software,
        "fleet": fleet_json(question.fleet),
        "window": window_json(*map(epoch_seconds, (question.start, question.end, question.now))),
        "format": file_format.value,
        "columns": columns_json(_COLUMNS),
        "files": files_json(files),
    }
    write_manifest(folder, manifest)
    return manifest


def _record(question: TruthQuestion, tables: TruthTables, progress: Progress) -> TruthRecorder:
    fleet, now = question.fleet, epoch_seconds(question.now)
    finder = CauseFinder(fleet, question.history, epoch_seconds(question.start), min(epoch_seconds(question.end), now))
    recorder = TruthRecorder(finder, now, only_differences=question.only_differences)
    observation = collected_at(fleet, question.history, now)
    done = 0
    for block in truth_blocks(fleet, question.meters, question.series(), question.history, observation):
        recorder.record(block, np.array(fleet.names(block.meters), np.object_), tables)
        done += len(block.meters)
        progress(done, len(question.meters))
    return recorder
