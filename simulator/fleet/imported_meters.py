"""Meters of somebody's own, from a CSV file: their mRIDs, names, classes and places.

    mrid,name,class,usage_point,transformer,feeder
    a1b2-77,E0017442,residential,Main Street 1,TX-9,North

`mrid` and `name` are needed, everything else may be left out; see COLUMNS. The file is read once, from top to
bottom. What these meters measure follows from their mRID and the fleet's seed: the order of the rows and the
rest of the fleet change nothing.
"""

import csv
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.fleet.fleet_template import InvalidFleet
from simulator.fleet.hashed_texts import HashedTexts, TextColumn, text_hash
from simulator.fleet.topology import Level
from simulator.local_time import FIRST_YEAR, LAST_YEAR
from simulator.meter_class import METER_CLASSES, MeterClass
from simulator.near_miss import did_you_mean

if TYPE_CHECKING:
    import _csv  # the reader's type; only type checkers know the module by this name on every Python

COLUMNS: Final = {
    "mrid": "mRID of the meter; need not be a UUID",
    "name": "name of the meter",
    "class": "meter class; residential where the column is missing",
    "usage_point": "name of its usage point, which several meters may share; the meter's name where missing",
    "usage_point_mrid": "mRID of the usage point; made from the seed where missing",
    "transformer": "name of the transformer that feeds the usage point; empty for none",
    "feeder": "name of the feeder",
    "substation": "name of the substation",
    "installed": "day on which its registers stood at zero, such as 2021-03-31; empty for the fleet's",
    "firmware": "version that it was delivered with; empty for none",
}
_MRIDS: Final = ("mrid", "usage_point_mrid")
_NEEDED: Final = ("mrid", "name")
_NODES: Final = {Level.TRANSFORMER: "transformer", Level.FEEDER: "feeder", Level.SUBSTATION: "substation"}
_BATCH: Final = 4_096  # rows
_NO_NODE: Final = -1
LONGEST: Final = 256  # characters of an identifier, as the schemas of most products have it
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NOT_IN_XML: Final = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")


class InvalidImport(InvalidFleet):
    """A list of meters that cannot be used; the message says file, line, column and rule."""


def folded_mrid(text: str) -> str:
    """An mRID for comparison: letters of a UUID count the same in both cases (RFC 9562, section 4)."""
    return text.lower() if _UUID.fullmatch(text) else text


@dataclass(frozen=True, slots=True, eq=False)
class ImportedMeters:
    """The rows of a list as columns; positions count its meters, numbers its usage points and nodes."""

    source: str
    lines: NDArray[np.int64]  # (meters,) where each stands in the file, for errors
    mrids: HashedTexts
    names: HashedTexts
    classes: tuple[MeterClass, ...]
    class_positions: NDArray[np.int64]  # (meters,) into classes
    usage_point_names: HashedTexts
    usage_point_mrids: HashedTexts | None  # None: made from the seed
    usage_points: NDArray[np.int64]  # (meters,)
    by_usage_point: NDArray[np.int64]  # (meters,) positions, in the order of their usage points
    node_names: dict[Level, tuple[str, ...]]
    nodes: dict[Level, NDArray[np.int64]]  # (meters,), -1 for none
    install_days: tuple[date | None, ...]  # those that occur; None: with the fleet
    install_positions: NDArray[np.int64]  # (meters,) into install_days
    firmwares: tuple[str, ...]  # those that occur; empty for none
    firmware_positions: NDArray[np.int64]  # (meters,) into firmwares

    def __len__(self) -> int:
        return len(self.mrids)

    def position_of_mrid(self, text: str) -> int | None:
        """The position of the meter with this mRID, None if the list has none."""
        return self.mrids.position(text_hash(folded_mrid(text)))

    def position_of_name(self, text: str) -> int | None:
        """The position of the meter with this name, None if the list has none."""
        return self.names.position(text_hash(text))

    def usage_point_of_mrid(self, text: str) -> int | None:
        """The number of the usage point with this mRID, None if the list gives none."""
        if self.usage_point_mrids is None:
            return None
        return self.usage_point_mrids.position(text_hash(folded_mrid(text)))

    def usage_point_of_name(self, text: str) -> int | None:
        """The number of the usage point with this name, None if the list has none."""
        return self.usage_point_names.position(text_hash(text))

    def meters_at(self, usage_points: range) -> NDArray[np.int64]:
        """The positions of the meters at a run of usage points, ascending."""
        bounds = [usage_points.start, usage_points.stop]
        low, high = np.searchsorted(self.usage_points, bounds, sorter=self.by_usage_point)
        return np.sort(self.by_usage_point[low:high])


def read_meters(file: Path) -> ImportedMeters:
    """The meters of a CSV file in UTF-8, whose first line names the columns. Raises InvalidImport."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return _Reading(file.name, csv.reader(lines, strict=True)).meters()
    except OSError as error:
        raise InvalidImport(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidImport(f"{file}: not UTF-8: {error.reason} at byte {error.start} of a block") from error


def _day(cell: str) -> date | None:
    """The date in a cell, None for an empty one. ValueError for what is none, or lies outside the calendar."""
    if not cell:
        return None
    try:
        if not _DAY.fullmatch(cell):
            raise ValueError
        day = date.fromisoformat(cell)
    except ValueError:
        raise ValueError("is no date; write it as 2021-03-31") from None
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise ValueError(f"is not in the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}")
    return day


class _Reading:
    """One file while it is read, a batch of rows at a time and column by column: that is three times as fast."""

    def __init__(self, source: str, rows: "_csv.Reader") -> None:
        self._source = source
        self._rows = rows
        self._line_of = array("q")  # of each meter, for errors
        self._texts = {name: TextColumn() for name in ("mrid", "name", "usage_point", "usage_point_mrid")}
        self._classes: dict[str, int] = {}
        self._class_positions = array("q")
        self._installed: dict[str, int] = {}
        self._install_days: list[date | None] = []
        self._install_positions = array("q")
        self._firmwares: dict[str, int] = {}
        self._firmware_positions = array("q")
        self._numbers_of_nodes: dict[Level, dict[str, int]] = {level: {} for level in _NODES}
        self._nodes = {level: array("q") for level in _NODES}
        self._parents: dict[Level, dict[int, int]] = {level: {} for level in _NODES}

    def meters(self) -> ImportedMeters:
        header = self._header()
        while batch := list(islice(self._data(), _BATCH)):
            lines, rows = [line for line, _ in batch], [row for _, row in batch]
            for line, row in batch:
                if len(row) != len(header):
                    raise self._wrong(line, f"{len(row)} cells under {len(header)} columns")
            columns = zip(*rows, strict=True)
            self._take(
                {name: [cell.strip() for cell in cells] for name, cells in zip(header, columns, strict=True)}, lines
            )
        if not self._line_of:
            raise InvalidImport(f"{self._source}: there is no meter in it")
        return self._done(header)

    def _data(self) -> Iterator[tuple[int, list[str]]]:
        """Rows and their lines; empty lines are none."""
        try:
            for row in self._rows:
                if row:
                    yield self._rows.line_num, row
        except csv.Error as error:
            raise self._wrong(self._rows.line_num, str(error)) from error

    def _header(self) -> list[str]:
        line, row = next(self._data(), (0, None))
        if row is None:
            raise InvalidImport(f"{self._source}: the file is empty; its first line names the columns")
        header = [cell.strip() for cell in row]
        for name in header:
            if name not in COLUMNS:
                raise self._wrong(line, f"there is no column {name!r}{did_you_mean(name, COLUMNS)}")
            if header.count(name) > 1:
                raise self._wrong(line, f"the column {name!r} is there twice")
        for name in _NEEDED:
            if name not in header:
                raise self._wrong(line, f"the column {name!r} is missing; the first line names the columns")
        return header

    def _take(self, columns: dict[str, list[str]], lines: list[int]) -> None:
        for name, texts in self._texts.items():
            cells = columns.get(name)
            if cells is not None:
                self._check_texts(name, cells, lines)
                texts.extend(cells, list(map(folded_mrid, cells)) if name in _MRIDS else cells)
        classes = columns.get("class", ["residential"] * len(lines))
        for name in dict.fromkeys(classes):
            if name not in METER_CLASSES:
                line = lines[classes.index(name)]
                raise self._wrong(line, f"there is no meter class {name!r}{did_you_mean(name, METER_CLASSES)}")
            self._classes.setdefault(name, len(self._classes))
        self._class_positions.extend(map(self._classes.__getitem__, classes))
        self._take_installed(columns.get("installed", [""] * len(lines)), lines)
        self._take_firmware(columns.get("firmware", [""] * len(lines)), lines)
        self._take_nodes(columns, lines)
        self._line_of.extend(lines)

    def _take_installed(self, cells: list[str], lines: list[int]) -> None:
        for cell in dict.fromkeys(cells):
            if cell not in self._installed:
                try:
                    self._install_days.append(_day(cell))
                except ValueError as error:
                    raise self._wrong(lines[cells.index(cell)], f"installed {cell!r} {error}") from None
                self._installed[cell] = len(self._installed)
        self._install_positions.extend(map(self._installed.__getitem__, cells))

    def _take_firmware(self, cells: list[str], lines: list[int]) -> None:
        self._check_texts("firmware", cells, lines, least=0)
        for cell in dict.fromkeys(cells):
            self._firmwares.setdefault(cell, len(self._firmwares))
        self._firmware_positions.extend(map(self._firmwares.__getitem__, cells))

    def _check_texts(self, column: str, cells: list[str], lines: list[int], least: int = 1) -> None:
        lengths = list(map(len, cells))
        if min(lengths) < least or max(lengths) > LONGEST:
            row = next(row for row, length in enumerate(lengths) if not least <= length <= LONGEST)
            raise self._wrong(lines[row], f"{column} has {least} to {LONGEST} characters, not {lengths[row]}")
        if NOT_IN_XML.search("".join(cells)):
            row = next(row for row, cell in enumerate(cells) if NOT_IN_XML.search(cell))
            raise self._wrong(lines[row], f"{column} {cells[row]!r} has a character that a message cannot carry")

    def _take_nodes(self, columns: dict[str, list[str]], lines: list[int]) -> None:
        """Transformer, feeder, substation. A node has one parent: another one in a later row is a mistake."""
        below: tuple[Level, list[int]] | None = None
        for level, column in _NODES.items():
            names = columns.get(column, [""] * len(lines))
            numbers = self._numbers_of_nodes[level]
            for name in dict.fromkeys(names):
                if name:
                    numbers.setdefault(name, len(numbers))
            nodes = [numbers.get(name, _NO_NODE) for name in names]
            self._nodes[level].extend(nodes)
            if below is not None:
                lower, children = below
                for child, parent in dict.fromkeys(zip(children, nodes, strict=True)):
                    if child != _NO_NODE and self._parents[lower].setdefault(child, parent) != parent:
                        row = list(zip(children, nodes, strict=True)).index((child, parent))
                        its = f"{_NODES[lower]} {columns[_NODES[lower]][row]!r}"
                        raise self._wrong(lines[row], f"{its} has another {column} here ({names[row]!r}) than before")
            below = level, nodes

    def _done(self, header: list[str]) -> ImportedMeters:
        mrids, names = self._texts["mrid"].done(), self._texts["name"].done()
        for column, texts in (("mrid", mrids), ("name", names)):
            repeated = texts.first_repeated()
            if repeated is not None:
                again, first = repeated
                raise InvalidImport(
                    f"{self._source}, line {self._line_of[again]}: {column} {texts.text(again)!r} is that of line "
                    f"{self._line_of[first]} already"
                )
        owners = self._texts["usage_point"].done() if "usage_point" in header else names
        _, first_rows, usage_points = np.unique(owners.hashes, return_index=True, return_inverse=True)
        order = np.argsort(first_rows)  # numbered as they appear in the file
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        usage_points, first_rows = rank[usage_points], first_rows[order]
        given = self._texts["usage_point_mrid"].done() if "usage_point_mrid" in header else None
        return ImportedMeters(
            source=self._source,
            lines=np.array(self._line_of, np.int64),
            mrids=mrids,
            names=names,
            classes=tuple(METER_CLASSES[name] for name in self._classes),
            class_positions=np.array(self._class_positions, np.int64),
            usage_point_names=owners.picked(first_rows),
            usage_point_mrids=None if given is None else self._usage_point_mrids(given, usage_points, first_rows),
            usage_points=usage_points,
            by_usage_point=np.argsort(usage_points, kind="stable"),
            node_names={level: tuple(self._numbers_of_nodes[level]) for level in _NODES},
            nodes={level: np.array(self._nodes[level], np.int64) for level in _NODES},
            install_days=tuple(self._install_days),
            install_positions=np.array(self._install_positions, np.int64),
            firmwares=tuple(self._firmwares),
            firmware_positions=np.array(self._firmware_positions, np.int64),
        )

    def _usage_point_mrids(
        self, given: HashedTexts, usage_points: NDArray[np.int64], first_rows: NDArray[np.int64]
    ) -> HashedTexts:
        """One for each usage point: all its rows must give the same, and no other usage point's may."""
        differing = np.flatnonzero(given.hashes != given.hashes[first_rows[usage_points]])
        if len(differing):
            row = int(differing[0])
            raise InvalidImport(
                f"{self._source}, line {self._line_of[row]}: its usage point has usage_point_mrid "
                f"{given.text(int(first_rows[usage_points[row]]))!r} in line "
                f"{self._line_of[int(first_rows[usage_points[row]])]}, not {given.text(row)!r}"
            )
        mrids = given.picked(first_rows)
        repeated = mrids.first_repeated()
        if repeated is not None:
            again, first = (self._line_of[int(first_rows[number])] for number in repeated)
            raise InvalidImport(
                f"{self._source}, line {again}: usage_point_mrid {mrids.text(repeated[0])!r} is that of another usage "
                f"point in line {first}"
            )
        return mrids

    def _wrong(self, line: int, rule: str) -> InvalidImport:
        return InvalidImport(f"{self._source}, line {line}: {rule}")
