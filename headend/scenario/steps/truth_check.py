"""Whether readings are what meters really measured (docs/truth.md)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from headend.client import ControlRefused
from headend.scenario.condition import shown
from headend.scenario.found import Implied
from headend.scenario.playing import NotOffered, Playing
from headend.scenario.truth import Known, TruthKind

UNEQUAL: Final[Mapping[str, str]] = {
    "unequal": "with `truth`: each reading that is another than the truth: meter, reading_type, stamp, value, truth"
}
_BEFORE: Final = timedelta(days=1)
_QUARTER: Final = "2"
"""Third of the 18 numbers: every 15 minutes."""
_MOST_TOLD: Final = 3
_NOT_THERE: Final = 404
_TOLD: Final = ("meter", "reading_type", "stamp", "value")


def unequal_readings(readings: Iterable[Mapping[str, Any]], kind: TruthKind, playing: Playing) -> list[dict[str, Any]]:
    """The readings whose value is another one than the truth, or that have none. Raises NotOffered."""

    def truth(meters: list[str], start: datetime, end: datetime, reading_type: str) -> Known:
        try:
            return playing.stage.truth(meters, start, end, reading_type, kind)
        except ControlRefused as error:
            if error.status != _NOT_THERE:
                raise
            raise NotOffered("this head end does not tell the truth about its meters; leave out `truth`") from None

    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for one in readings:
        by_type.setdefault(one["reading_type"], []).append(one)
    wrong = []
    for reading_type, told in by_type.items():
        meters = list(dict.fromkeys(one["meter"] for one in told))
        stamps = [one["stamp"] for one in told]
        start, end = min(stamps) - _BEFORE, max(stamps)
        known = truth(meters, start, end, reading_type)
        if any((one["meter"], _utc(one["stamp"])) not in known for one in told) and told[0]["kind"] == "register":
            # Registers of a period stand at midnights; between them they are told as a profile of quarter-hours.
            known |= truth(meters, start, end, _as_profile(reading_type))
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


def _as_profile(reading_type: str) -> str:
    parts = reading_type.split(".")
    return ".".join([*parts[:2], _QUARTER, *parts[3:]])


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)
