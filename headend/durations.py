"""Durations as people write them wherever they are asked for one: ISO 8601."""

import re
from datetime import timedelta
from typing import Any, Final

_DURATION: Final = re.compile(
    r"P(?:(?P<weeks>\d{1,5})W|(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?)",
    re.ASCII,
)
_FORMS: Final = "a duration is ISO 8601 with weeks, days, hours, minutes and seconds, such as PT1H, PT15M or P1DT12H"


def parse_duration(text: Any) -> timedelta:
    """`PT1H` and its like as a span. Years and months have no fixed length and are not taken. Raises ValueError."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    parts = {name: float(value) for name, value in (found.groupdict() if found else {}).items() if value is not None}
    if not parts:
        raise ValueError(_FORMS)
    return timedelta(**parts)
