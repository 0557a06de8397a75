"""What really flowed, was registered and is delivered, as values; see docs/truth.md."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from typing import Final

from simulator.tables import Target
from simulator.truth.export import TruthQuestion, stream_truth


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One reading."""

    meter: str
    """Its name."""
    reading_type: str
    start: datetime | None
    """None for a register."""
    end: datetime
    """The stamp of the reading."""
    flowed: Decimal
    registered: Decimal
    reported: Decimal | None
    """None where it is missing."""
    unit: str
    delivered: int
    """How often: 0 missing, 2 a duplicate."""
    qualities: tuple[str, ...]
    causes: tuple[str, ...]
    """Ids of what made the three differ."""


MOST_ROWS: Final = 10_000
"""What is still an answer and not yet a file."""


class TooManyRows(ValueError):
    """The answer has more readings than were asked for; the message has the bound."""


def truth_rows(question: TruthQuestion, most: int | None = None) -> list[TruthRow]:
    """The answer to a question. Raises TooManyRows as soon as it has more than `most`."""
    table = BytesIO()
    stream_truth(question, table if most is None else BoundedTable(table, most))
    table.seek(0)
    return list(_rows(csv.DictReader(TextIOWrapper(table, "utf-8", newline=""))))


class BoundedTable:
    """A target of `stream_truth` that passes so many readings on, and raises TooManyRows for more."""

    def __init__(self, file: Target, most: int) -> None:
        self._file = file
        self._most = most
        self._lines = -1  # the first one has the names of the columns

    def write(self, data: bytes, /) -> None:
        self._lines += data.count(b"\n")
        if self._lines > self._most:
            raise TooManyRows(f"there are more than {self._most:,} readings")
        self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _rows(table: Iterable[dict[str, str]]) -> Iterator[TruthRow]:
    for row in table:
        yield TruthRow(
            meter=row["meter"],
            reading_type=row["reading_type"],
            start=datetime.fromisoformat(row["start"]) if row["start"] else None,
            end=datetime.fromisoformat(row["end"]),
            flowed=Decimal(row["flowed"] or 0),
            registered=Decimal(row["registered"] or 0),
            reported=Decimal(row["reported"]) if row["reported"] else None,
            unit=row["unit"],
            delivered=int(row["delivered"]),
            qualities=_words(row["qualities"]),
            causes=_words(row["causes"]),
        )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()
