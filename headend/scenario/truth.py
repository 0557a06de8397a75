"""What meters really measured, by a head end in this process or by the control API of another one (docs/truth.md)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from headend.client import ControlClient
from headend.testing.head_end import HeadEnd

TruthKind = Literal["flowed", "registered", "reported"]
"""What flowed; what the meter registered of it; what the head end has of that, with its defects."""

Known = dict[tuple[str, datetime], Decimal | None]
"""By name of the meter and stamp; None where a reading is missing."""

Truth = Callable[[Sequence[str], datetime, datetime, str, TruthKind], Known]
"""Of meters and one reading type in (start, end]. Raises ClientError."""


def truth_of(head_end: HeadEnd) -> Truth:
    """As the head end works it out."""

    def truth(meters: Sequence[str], start: datetime, end: datetime, reading_type: str, kind: TruthKind) -> Known:
        rows = head_end.truth(meters, start, end, reading_types=reading_type)
        return {(row.meter, row.end.astimezone(UTC)): getattr(row, kind) for row in rows}

    return truth


def truth_by(control: ControlClient) -> Truth:
    """As its control API tells it, meter by meter."""

    def truth(meters: Sequence[str], start: datetime, end: datetime, reading_type: str, kind: TruthKind) -> Known:
        window = {"start": start.isoformat(), "end": end.isoformat(), "ReadingType": reading_type}
        return {
            (row["meter"], datetime.fromisoformat(row["end"]).astimezone(UTC)): _number(row[kind])
            for meter in meters
            for row in control.truth(meter, **window)
        }

    return truth


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
