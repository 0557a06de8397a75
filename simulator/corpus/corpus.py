"""Writes a corpus: the meters of a fleet, what was read from them in some days, and what was true.

    manifest.json                        what it is, and every file with its rows, size and SHA-256
    meters.csv, reading_types.csv          who measures what
    intervals/<reading type>/2026-03.csv   load profiles, a file for each local month
    registers/<reading type>/2026-03.csv   registers at local midnights
    events.csv                             what meters told by themselves
    qualities.csv, extra_readings.csv      what the head end says of readings, and readings that come again
    truth/                                 differences, sums, causes, effects: see `simulator.truth`

It streams: memory holds one block of meters, whatever the size. The bytes depend on fleet and specification alone.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from simulator.collected import collected_at
from simulator.corpus.corpus_spec import CorpusSpec, Month, month_series, seconds_of
from simulator.corpus.delivered_tables import EXTRA_COLUMNS, QUALITY_COLUMNS, DeliveredTables
from simulator.corpus.event_table import EVENT_COLUMNS, write_events
from simulator.corpus.interval_table import COLUMNS as INTERVAL_COLUMNS
from simulator.corpus.meter_table import COLUMNS as METER_COLUMNS
from simulator.corpus.meter_table import write_meters
from simulator.corpus.month_tables import MonthTables
from simulator.corpus.register_table import COLUMNS as REGISTER_COLUMNS
from simulator.field_history import UNDISTURBED
from simulator.fleet import Fleet
from simulator.kind_channels import KindChannels
from simulator.local_time import DAY_S, epoch_seconds
from simulator.manifest import columns_json, empty_folder, files_json, fleet_json, window_json, write_manifest
from simulator.tables import Column, FileFormat, Kind, Numbers, Table, Texts, WrittenFile, create_table
from simulator.truth import truth_blocks
from simulator.truth.causes import CauseFinder
from simulator.truth.recorder import TruthRecorder, TruthTables
from simulator.truth.truth_tables import CAUSE_COLUMNS, EFFECT_COLUMNS, READING_COLUMNS, SUM_COLUMNS

Progress = Callable[[int, int], None]
"""Told after each block how many meter days are done, and of how many."""

_READING_TYPE_COLUMNS: Final = (
    Column("reading_type", Kind.TEXT, "the 18 numbers, by which all other tables call it"),
    Column("words", Kind.TEXT, "what they say"),
    Column("kind", Kind.TEXT, "interval: of the time from start to end; register: as it stands at a time"),
    Column("interval_s", Kind.NUMBER, "length of its intervals in seconds, 86400 being the local day; else empty"),
    Column("unit", Kind.TEXT, "of the values"),
    Column("decimals", Kind.NUMBER, "digits behind the point of a value"),
)
COLUMNS: Final[Mapping[str, Sequence[Column]]] = MappingProxyType(
    {
        "meters": METER_COLUMNS,
        "reading_types": _READING_TYPE_COLUMNS,
        "registers": REGISTER_COLUMNS,
        "events": EVENT_COLUMNS,
        "qualities": QUALITY_COLUMNS,
        "extra_readings": EXTRA_COLUMNS,
        "truth/differences": READING_COLUMNS,
        "truth/sums": SUM_COLUMNS,
        "truth/causes": CAUSE_COLUMNS,
        "truth/effects": EFFECT_COLUMNS,
    }
)
"""The columns of each table; those of `intervals` depend on the layout."""
_SHARED: Final = (
    *("events", "qualities", "extra_readings"),
    *("truth/differences", "truth/sums", "truth/causes", "truth/effects"),
)
"""The tables that go on from month to month."""


def write_corpus(
    fleet: Fleet,
    spec: CorpusSpec,
    folder: Path,
    *,
    software: str,
    progress: Progress = lambda _done, _all: None,
) -> dict[str, Any]:
    """Write a corpus into a folder, which is made or must be empty; its manifest.

    software: name and version of what writes it, for the manifest. Raises InvalidCorpus for days before the fleet
    was installed, FolderNotEmpty, ParquetMissing, OSError.
    """
    start, end = spec.window(fleet)
    empty_folder(folder)
    writer = _CorpusWriter(fleet, spec, folder, progress)
    files = writer.write()
    manifest = {
        "what": f"readings of {len(fleet)} simulated meters in {spec.days} days from {spec.first}",
        "software": software,
        "fleet": fleet_json(fleet),
        "window": window_json(*map(epoch_seconds, (start, end, end))),
        "layout": spec.layout.value,
        "format": spec.file_format.value,
        "how_to_read": (
            "UTF-8, header, commas, lines end in LF; instants are UTC. A value is that of its reading type's unit. "
            "Equal fleet, days and layout give equal bytes."
            if spec.file_format is FileFormat.CSV
            else "Parquet; instants are UTC. A value is that of its reading type's unit."
        ),
        "columns": columns_json({"intervals": INTERVAL_COLUMNS[spec.layout], **COLUMNS}),
        "files": files_json(files),
    }
    write_manifest(folder, manifest)
    return manifest


class _CorpusWriter:
    """One corpus under way."""

    def __init__(self, fleet: Fleet, spec: CorpusSpec, folder: Path, progress: Progress) -> None:
        self._fleet = fleet
        self._spec = spec
        self._folder = folder
        self._progress = progress
        self._channels = KindChannels.by_default(fleet)
        start, end = spec.window(fleet)
        self._now = end
        self._observation = collected_at(fleet, UNDISTURBED, epoch_seconds(end))
        finder = CauseFinder(fleet, UNDISTURBED, epoch_seconds(start), epoch_seconds(end))
        self._truth = TruthRecorder(finder, epoch_seconds(end), only_differences=True)
        self._done = 0

    def write(self) -> list[WrittenFile]:
        """All tables, in the order of the manifest."""
        files = [write_meters(self._fleet, self._folder, self._spec.file_format), self._reading_types()]
        with ExitStack() as stack:
            tables = [stack.enter_context(self._table(name)) for name in _SHARED]
            events, qualities, extras, differences, sums, causes, effects = tables
            shared = _SharedTables(TruthTables(differences, sums), DeliveredTables(qualities, extras))
            for month in self._spec.months(self._fleet):
                files += self._month(month, shared)
                write_events(events, self._fleet, *seconds_of(month))
            self._truth.write_causes(range(len(self._fleet)), causes, effects)
            files += [table.close() for table in tables]
        return files

    def _table(self, name: str) -> Table:
        return create_table(self._folder, name, COLUMNS[name], self._spec.file_format)

    def _reading_types(self) -> WrittenFile:
        channels = self._channels.channels
        has_period = np.array([one.period_s is not None for one in channels], np.bool_)
        with self._table("reading_types") as table:
            table.write(
                Texts([one.reading_type.mrid.encode() for one in channels]),
                Texts([one.reading_type.describe().encode() for one in channels]),
                Texts([one.kind.value.encode() for one in channels]),
                Numbers(np.array([one.period_s or 0 for one in channels], np.int64), 0, has_period),
                Texts([one.reading_type.unit_words.encode() for one in channels]),
                Numbers(np.array([one.decimals for one in channels], np.int64)),
            )
            return table.close()

    def _month(self, month: Month, shared: "_SharedTables") -> list[WrittenFile]:
        series_of_kind = month_series(self._channels, self._fleet, month, self._now)
        days = round((month.end - month.start).total_seconds() / DAY_S)
        with MonthTables(self._spec, self._folder, month.label, self._fleet.calendar) as tables:
            blocks = truth_blocks(self._fleet, range(len(self._fleet)), series_of_kind, observation=self._observation)
            for block in blocks:
                names = np.array(self._fleet.names(block.meters), np.object_)
                tables.write(names, block)
                shared.delivered.write(names, block)
                self._truth.record(block, names, shared.truth)
                self._done += len(block.meters) * days
                self._progress(self._done, len(self._fleet) * self._spec.days)
            return tables.close()


@dataclass(frozen=True, slots=True)
class _SharedTables:
    """The tables that go on from month to month."""

    truth: TruthTables
    delivered: DeliveredTables
