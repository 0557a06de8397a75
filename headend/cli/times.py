"""Instants and durations as people type them."""

import re
from datetime import UTC, date, datetime, timedelta

from headend import durations

FORMS = "an instant with its zone such as 2026-06-15T00:00:00Z, now, today, yesterday, or a time ago: -90m, -6h, -2d"

_AGO = re.compile(r"-([0-9]{1,5})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class InvalidTime(ValueError):
    """A text that is no instant or duration; the message lists the forms."""


def is_relative(text: str) -> bool:
    """Whether the instant depends on what time it is."""
    return text in ("now", "today", "yesterday") or _AGO.fullmatch(text) is not None


def parse_instant(text: str, now: datetime) -> datetime:
    """The instant that a person means when it is `now`; days begin at midnight UTC. Raises InvalidTime."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    words = {"now": now, "today": midnight, "yesterday": midnight - timedelta(days=1)}
    if text in words:
        return words[text]
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidTime(f"{text!r} is no instant; it can be {FORMS}") from None
    if instant.tzinfo is None:
        raise InvalidTime(f"{text!r} has no zone: end it with Z or an offset such as +02:00")
    return instant


def parse_day(text: str) -> date:
    """A day of the calendar such as 2025-01-31. Raises InvalidTime."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidTime(f"{text!r} is no day; it can be 2025-01-31") from None


def parse_seconds(text: str) -> float:
    """A duration such as 10s, 500ms, 2m or plain 10, in seconds. Raises InvalidTime."""
    try:
        return durations.parse_seconds(text)
    except ValueError as error:
        raise InvalidTime(str(error)) from None


def parse_span(text: str) -> timedelta:
    """A span of the fleet's time such as 15m, 1h, 2d, or ISO 8601: PT1H, P1DT12H. Raises InvalidTime."""
    try:
        return durations.parse_span(text)
    except ValueError as error:
        raise InvalidTime(str(error)) from None


def instant_text(instant: datetime) -> str:
    """An instant as tables and JSON show it: UTC, whole seconds where there is no more to say."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
