"""The facts of the contract as rows: nouns, envelope, wrappers and profiles.

`wsdl/tables/README.md` explains the columns.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

_CHOICE = re.compile(r"one branch of a choice, choice occurs (\d+)\.\.(\d+|unbounded)")
_ATTRIBUTE_GROUP = re.compile(r"from the attribute group (\w+)")
_DEFAULT = re.compile(r"default (\w+)$")
KINDS = frozenset({"root", "element", "attribute", "enum", "any", "text", "simple", "empty"})
ROOTS = frozenset({"(root)", "(global)"})  # rows under these names declare global elements


class TableError(ValueError):
    """A table says something that the generator does not understand; the message names file and row."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """How often a particle stands: schema words, so `maximum` is a number or `unbounded`."""

    minimum: str
    maximum: str


@dataclass(frozen=True, slots=True)
class Row:
    """One fact about one type: a child, an attribute, an allowed value, or the kind of its content."""

    type: str
    element: str
    occurs: Occurrence
    xsd_type: str
    kind: str
    note: str
    is_derived: bool = False
    """Worked out from the class model or the naming rules; no public schema was found to read it in."""

    @property
    def choice(self) -> Occurrence | None:
        """Occurrence of the choice this row is a branch of; neighbouring branches form one choice."""
        found = _CHOICE.match(self.note)
        return Occurrence(found[1], found[2]) if found else None

    @property
    def attribute_group(self) -> str | None:
        """Name of the attribute group that brings this attribute into the type."""
        found = _ATTRIBUTE_GROUP.match(self.note)
        return found[1] if found else None

    @property
    def default(self) -> str | None:
        found = _DEFAULT.match(self.note)
        return found[1] if found else None


@dataclass(frozen=True, slots=True)
class SchemaTable:
    """The rows of one schema file, by type and in schema order."""

    roots: tuple[Row, ...]
    types: Mapping[str, tuple[Row, ...]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Self:
        grouped: dict[str, tuple[Row, ...]] = {}
        for name, members in groupby(rows, key=lambda row: row.type):
            if name in grouped:
                raise TableError(f"the rows of type {name} stand in two places of one table")
            grouped[name] = tuple(members)
        roots = tuple(row for name in sorted(ROOTS & grouped.keys()) for row in grouped[name])
        return cls(roots, {name: members for name, members in grouped.items() if name not in ROOTS})


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun of the standard and the namespaces of its messages (61968-9:2013, the clause is in `clause`)."""

    name: str
    clause: str
    profile_namespace: str
    message_namespace: str
    get_profile_namespace: str
    get_message_namespace: str
    patterns: frozenset[str]  # get, request, reply, send, operationset

    @property
    def operation_set_namespace(self) -> str:
        """Of messages that carry an OperationSet: that of a noun called <Noun>OperationSet."""
        return f"{self.message_namespace.removesuffix('Message')}OperationSetMessage"


@dataclass(frozen=True, slots=True)
class Tables:
    nouns: tuple[Noun, ...]
    envelope: SchemaTable
    wrapper_rows: tuple[Mapping[str, str], ...]
    profiles: Mapping[str, SchemaTable]  # by file name: MeterReadings, GetMeterReadings, ...
    annotations: Mapping[tuple[str, str], str]  # (type, element or "") -> our words

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read `wsdl/tables`. Raises TableError for what is not understood, OSError for a missing file."""
        return cls(
            nouns=tuple(_noun(record) for record in _records(directory / "nouns.tsv")),
            envelope=_schema_table(directory / "message.tsv"),
            wrapper_rows=tuple(_records(directory / "message-profiles.tsv")),
            profiles={path.stem: _schema_table(path) for path in sorted((directory / "profiles").glob("*.tsv"))},
            annotations={
                (record["type"], record["element"]): record["text"]
                for record in _records(directory / "annotations.tsv")
            },
        )

    def wrapper(self, noun: Noun, pattern: str) -> SchemaTable:
        """Types and elements of the wrapper file of a noun; pattern is `get`, `event-request` or `operationset`."""
        records: Sequence[Mapping[str, str]] = [
            {key: value.replace("{Noun}", noun.name) for key, value in record.items()}
            for record in self.wrapper_rows
            if record["pattern"] == pattern
        ]
        return SchemaTable.of(_row(record, "message-profiles.tsv") for record in records)


def _records(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _schema_table(path: Path) -> SchemaTable:
    return SchemaTable.of(_row(record, path.name) for record in _records(path))


def _row(record: Mapping[str, str], file_name: str) -> Row:
    if record["kind"] not in KINDS:
        raise TableError(
            f"{file_name}: {record['type']}.{record['element']} is of kind {record['kind']!r}, "
            f"known are {', '.join(sorted(KINDS))}"
        )
    return Row(
        type=record["type"],
        element=record["element"],
        occurs=Occurrence(record["min"], record["max"]),
        xsd_type=record["xsd_type"],
        kind=record["kind"],
        note=record["note"],
        is_derived=record.get("status") == "derived",
    )


def _noun(record: Mapping[str, str]) -> Noun:
    return Noun(
        name=record["noun"],
        clause=record["clause"],
        profile_namespace=record["profile_namespace"],
        message_namespace=record["message_namespace"],
        get_profile_namespace=record["get_profile_namespace"],
        get_message_namespace=record["get_message_namespace"],
        patterns=frozenset(record["patterns"].split(",")),
    )
