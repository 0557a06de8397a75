"""What comes in: bodies and query parameters. Unknown fields are errors, as everywhere."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_INSTANTS: Final = "an instant is ISO 8601 with its zone, such as 2026-03-02T12:00:00Z"


class Form(BaseModel):
    """The base of everything that comes in."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse_instant(text: Any) -> datetime:
    """An instant with its zone, such as 2026-03-02T12:00:00Z, in UTC. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError(_INSTANTS)
    try:
        instant = datetime.fromisoformat(text)
        is_aware = instant.tzinfo is not None
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: an offset that leads out of the years 1 to 9999
        raise ValueError(_INSTANTS) from None
    if not is_aware:
        raise ValueError("the instant has no zone: end it with Z or an offset such as +02:00")
    return instant


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-02T12:00:00Z"]}),
]
Limit = Annotated[int, Field(ge=1, le=1000, description="At most so many; `next` tells where the next page begins.")]
