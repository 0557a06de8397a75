"""Instants as scenarios say them: mostly by how far they are from another one."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from headend.durations import parse_span
from headend.scenario.strict_form import Text

FORMS: Final = (
    "an instant with its zone such as 2026-06-15T00:00:00Z, or now, start, midnight, previous midnight, next midnight, "
    "next hour, each with a span to be added or taken off, such as now-1h or midnight+PT15M; +1h alone is from now"
)

_WORDS: Final = ("now", "start", "midnight", "previous midnight", "next midnight", "next hour")
_RELATIVE: Final = re.compile(rf"({'|'.join(_WORDS)})?((?:\s*[+-]\s*\w+)*)")
_SHIFT: Final = re.compile(r"([+-])\s*(\w+)")


def is_relative(text: str) -> bool:
    """Whether a text is an instant that depends on what time it is. Spans in it need not be right."""
    found = _RELATIVE.fullmatch(text.strip())
    return bool(text.strip()) and found is not None


def check_instant(text: str) -> str:
    """The text, if it is an instant. Raises ValueError."""
    anchor = datetime(2000, 1, 2, tzinfo=UTC)
    instant_of(text, now=anchor, start=anchor, zone=ZoneInfo("UTC"))
    return text


def instant_of(text: str, *, now: datetime, start: datetime, zone: ZoneInfo) -> datetime:
    """The instant that a text means, in UTC. Raises ValueError.

    now: the fleet's time. start: what it was when the scenario began. zone: the fleet's; days begin at its midnight, so
    between two midnights are 23, 24 or 25 hours; the days of a span have 24.
    """
    text = text.strip()
    found = _RELATIVE.fullmatch(text)
    if not text or found is None:
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is no instant; it can be {FORMS}") from None
        if instant.tzinfo is None:
            raise ValueError(f"{text!r} has no zone: end it with Z or an offset such as +02:00")
        return instant.astimezone(UTC)
    instant = _word(found[1] or "now", now, start, zone)
    for sign, span in _SHIFT.findall(found[2]):
        shift = parse_span(span)
        instant = instant + shift if sign == "+" else instant - shift
    return instant


def instant_text(instant: datetime) -> str:
    """An instant as messages and accounts show it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def span_words(span: timedelta) -> str:
    """Such as 2 d 1 h 30 min."""
    seconds = span / timedelta(seconds=1)
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        count, seconds = divmod(seconds, length)
        parts += [f"{count:g} {unit}"] if count else []
    return " ".join([*parts, *([f"{seconds:g} s"] if seconds or not parts else [])])


def _word(word: str, now: datetime, start: datetime, zone: ZoneInfo) -> datetime:
    if word == "now":
        return now.astimezone(UTC)
    if word == "start":
        return start.astimezone(UTC)
    if word == "next hour":
        return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    day = now.astimezone(zone).date()
    day += timedelta(days={"midnight": 0, "previous midnight": -1, "next midnight": 1}[word])
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


When = Annotated[
    Text, AfterValidator(check_instant), WithJsonSchema({"type": "string", "examples": ["now-1h", "next midnight"]})
]
"""An instant, as a field of a form."""

Span = Annotated[
    timedelta,
    BeforeValidator(lambda given: parse_span(given.removeprefix("+")) if isinstance(given, str) else given),
    WithJsonSchema({"type": "string", "examples": ["15m", "PT1H"]}),
]
"""A span of the fleet's time, as a field of a form."""
