"""Instants and spans of a message, as they are written and as what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from headend.lint.finding import Where

INSTANT_NAMES = frozenset(
    {
        "Timestamp", "Created", "StartTime", "EndTime", "timeStamp", "start", "end", "dateTime",
        "reportedDateTime", "createdDateTime", "startDateTime", "effectiveDateTime", "currentTimeDate",
    }
)  # fmt: skip
"""Local names of elements that hold an instant; whatever ends with DateTime does, too."""

_FORM = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?")
_END_OF_DAY = "T24:00:00"
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")


class Instant(NamedTuple):
    """An xs:dateTime."""

    name: str
    """Local name of its element."""
    text: str
    value: datetime | None
    """Aware; one without a zone is read as UTC. None for what no calendar has."""
    has_zone: bool
    at: Callable[[], Where]


class Span(NamedTuple):
    """Start and end of one element, both given and both readable."""

    name: str
    """Local name of the element that holds them."""
    start: datetime
    end: datetime
    texts: tuple[str, str]
    at: Callable[[], Where]


def is_instant_name(local: str) -> bool:
    """Whether an element of this name holds an instant."""
    return local in INSTANT_NAMES or local.endswith("DateTime")


@lru_cache(maxsize=65_536)
def read_instant(text: str) -> tuple[datetime | None, bool]:
    """What a text means, and whether it has a zone. What is no xs:dateTime at all is the schema's matter: it counts as
    one that has a zone.
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return _unusual(text)
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC), _FORM.fullmatch(text) is None
    return value, True


def _unusual(text: str) -> tuple[datetime | None, bool]:
    """What the standard library does not read: fractions of nanoseconds, the end of a day, years beyond 9999."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None, True
    usual = _LONG_FRACTION.sub(r"\1", text).replace(_END_OF_DAY, "T00:00:00")
    try:
        value = datetime.fromisoformat(usual) + timedelta(days=_END_OF_DAY in text)
    except (ValueError, OverflowError):
        return None, match[1] is not None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)), match[1] is not None
