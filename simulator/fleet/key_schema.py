"""JSON Schema of a mapping whose keys are all known."""

from collections.abc import Mapping
from typing import Any

Keys = Mapping[str, Mapping[str, Any]]
"""Keys of a mapping, each with the schema of what it takes."""


def mapping_schema(keys: Keys, description: str, *required: str) -> dict[str, Any]:
    """The schema of a mapping that may have these keys and no others."""
    return {
        "type": "object",
        "description": description,
        "properties": dict(keys),
        "required": list(required),
        "additionalProperties": False,
    }
