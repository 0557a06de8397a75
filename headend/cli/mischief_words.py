"""What the lists of orderings and of faults say alike."""

from typing import Any


def acted(one: dict[str, Any]) -> str:
    """How often it has acted, and of how many times."""
    return str(one["used"]) if one["times"] is None else f"{one['used']} of {one['times']}"


def named(values: dict[str, Any]) -> str:
    """What is given, each by its name."""
    return ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
