"""What really flowed, was registered and is delivered, as values; see docs/truth.md."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO, TextIOWrapper

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


def truth_rows(question: TruthQuestion) -> list[TruthRow]:
    """The answer to a question."""
    table = BytesIO()
    stream_truth(question, table)
    table.seek(0)
    return list(_rows(csv.DictReader(TextIOWrapper(table, "utf-8", newline=""))))


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
