"""Whether readings are what meters really measured (docs/truth.md)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from headend.scenario.condition import shown
from headend.scenario.found import Implied
from headend.scenario.playing import NotOffered, Playing

if TYPE_CHECKING:
    from headend.operations.truth_rows import TruthRow

TruthKind = Literal["flowed", "registered", "reported"]
"""What flowed; what the meter registered of it; what the head end has of that, with its defects."""

UNEQUAL: Final[Mapping[str, str]] = {
    "unequal": "with `truth`: each reading that is another than the truth: meter, reading_type, stamp, value, truth"
}
_BEFORE: Final = timedelta(days=1)
_QUARTER: Final = "2"
"""Third of the 18 numbers: every 15 minutes."""
_MOST_TOLD: Final = 3
_TOLD: Final = ("meter", "reading_type", "stamp", "value")


def unequal_readings(readings: Iterable[Mapping[str, Any]], kind: TruthKind, playing: Playing) -> list[dict[str, Any]]:
    """The readings whose value is another one than the truth, or that have none. Raises NotOffered."""
    truth = playing.stage.truth
    if truth is None:
        raise NotOffered("this head end does not tell the truth about its meters; leave out `truth`")
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for one in readings:
        by_type.setdefault(one["reading_type"], []).append(one)
    wrong = []
    for reading_type, told in by_type.items():
        meters = list(dict.fromkeys(one["meter"] for one in told))
        stamps = [one["stamp"] for one in told]
        start, end = min(stamps) - _BEFORE, max(stamps)
        known = _by_stamp(truth(meters, start, end, reading_type), kind)
        if any((one["meter"], _utc(one["stamp"])) not in known for one in told) and told[0]["kind"] == "register":
            # Registers of a period stand at midnights; between them they are told as a profile of quarter-hours.
            known |= _by_stamp(truth(meters, start, end, _as_profile(reading_type)), kind)
        for one in told:
            right = known.get((one["meter"], _utc(one["stamp"])))
            if right is None or right != one["value"]:
                wrong.append(
                    {**{name: one[name] for name in ("meter", "reading_type", "stamp", "value")}, "truth": right}
                )
    return wrong


def as_implied(wrong: list[dict[str, Any]], count: int, kind: TruthKind) -> Implied:
    """The check of a step that was told to compare."""
    return Implied(
        about=("unequal",),
        sentence=f"all {count} readings are what was {kind}" if count != 1 else f"the reading is what was {kind}",
        holds=not wrong and count > 0,
        expected="the truth, and one reading at least",
        seen="no reading" if not count else f"{len(wrong)} of {count} are not: {shown(wrong[:_MOST_TOLD])}",
    )


def _by_stamp(rows: "list[TruthRow]", kind: TruthKind) -> dict[tuple[str, datetime], Decimal | None]:
    return {(row.meter, _utc(row.end)): getattr(row, kind) for row in rows}


def _as_profile(reading_type: str) -> str:
    parts = reading_type.split(".")
    return ".".join([*parts[:2], _QUARTER, *parts[3:]])


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)
