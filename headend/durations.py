"""Durations as people write them: ISO 8601 for those of the fleet, `2s` for a wait at a machine, either for a span."""

import re
from datetime import timedelta
from typing import Any, Final

_DURATION: Final = re.compile(
    r"P(?:(?P<weeks>\d{1,5})W|(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?)",
    re.ASCII,
)
_SECONDS: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]+)?)(ms|s|m|h)?")
_SPAN: Final = re.compile(r"([0-9]{1,9})(s|m|h|d|w)")
_SPAN_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ISO_SPAN: Final = re.compile(
    r"P(?:([0-9]{1,5})W|(?:([0-9]{1,6})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,9})S)?)?)"
)
_UNITS_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_FORMS: Final = "a duration is ISO 8601 with weeks, days, hours, minutes and seconds, such as PT1H, PT15M or P1DT12H"


def parse_duration(text: Any) -> timedelta:
    """`PT1H` and its like as a span. Years and months have no fixed length and are not taken. Raises ValueError."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    parts = {name: float(value) for name, value in (found.groupdict() if found else {}).items() if value is not None}
    if not parts:
        raise ValueError(_FORMS)
    return timedelta(**parts)


def parse_seconds(text: str) -> float:
    """A duration such as 10s, 500ms, 2m or plain 10, in seconds. Raises ValueError."""
    duration = _SECONDS.fullmatch(text)
    if duration is None:
        raise ValueError(f"{text!r} is no duration; it can be 10s, 500ms, 2m, 1h, or plain seconds such as 10")
    return float(duration[1]) * _UNITS_S[duration[2]]


def parse_span(text: str) -> timedelta:
    """A span of the fleet's time such as 15m, 1h, 2d, or ISO 8601: PT1H, P1DT12H. Raises ValueError."""
    short, iso = _SPAN.fullmatch(text), _ISO_SPAN.fullmatch(text)
    if short is not None:
        return timedelta(**{_SPAN_UNITS[short[2]]: int(short[1])})
    if iso is not None and any(iso.groups()):
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    raise ValueError(
        f"{text!r} is no span of time; it can be 30s, 15m, 1h, 2d, 1w, or ISO 8601 such as PT1H or P1DT12H"
    )
