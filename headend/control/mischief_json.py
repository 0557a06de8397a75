"""What orderings and faults have in common as JSON."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from headend.control.answer import Answer
from headend.operations.orderings import delay_of
from headend.store import StoredMischief


class Match(Answer):
    """On what it acts; null: on any."""

    noun: str | None
    verb: str | None
    meter: str | None = Field(description="Name of the meter.")
    destination: str | None
    correlation_id: str | None


class Mischief(Answer):
    """Something that the head end does wrong on purpose."""

    mrid: str
    delay_s: float = Field(description="Seconds; 0 where there is none.")
    times: int | None = Field(description="How often it acts; null: always.")
    used: int = Field(description="How often it has acted.")
    origin: Literal["settings", "control"] = Field(
        description="Where it was asked for; what the settings have is there again after a reset."
    )
    created: datetime | None = Field(description="Fleet time; null for what the settings have.")


def match_columns(one: StoredMischief) -> dict[str, Any]:
    """What every Match has, of mischief as it is kept."""
    return {
        "noun": one.noun,
        "verb": one.verb,
        "meter": one.meter_name,
        "destination": one.destination,
        "correlation_id": one.correlation_id,
    }


def mischief_columns(one: StoredMischief) -> dict[str, Any]:
    """What every Mischief has, likewise."""
    return {
        "mrid": one.mrid,
        "delay_s": delay_of(one),
        "times": one.times,
        "used": one.used,
        "origin": "settings" if one.created is None else "control",
        "created": one.created,
    }
