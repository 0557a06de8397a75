"""A duration as a field of a form, in the settings or in the control API."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from headend.durations import parse_duration

_SCHEMA: Final = r"^P(\d{1,5}W|\d{1,6}D(T\d{1,6}H)?|T\d{1,6}H(\d{1,7}M)?|T\d{1,7}M|T\d{1,9}S)$"

Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "format": "duration", "pattern": _SCHEMA, "examples": ["PT1H"]}),
]
"""Of a form, in the settings or in the control API."""
