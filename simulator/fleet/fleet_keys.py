"""The keys of a fleet file: what each means and takes, as JSON Schema, so that editors can help."""

from typing import Any, Final

from simulator.fleet.condition_keys import CONDITIONS_SCHEMA
from simulator.fleet.customer_keys import CUSTOMERS
from simulator.fleet.key_schema import Keys, mapping_schema
from simulator.meter_class import METER_CLASSES

TOPOLOGY: Final[Keys] = {
    "usage_points_per_transformer": {"type": "integer", "minimum": 1, "default": 40},
    "transformers_per_feeder": {"type": "integer", "minimum": 1, "default": 25},
    "feeders_per_substation": {"type": "integer", "minimum": 1, "default": 10},
}

NAMES: Final[Keys] = {
    "prefix": {"type": "string", "pattern": "^[A-Za-z0-9_.:/-]{0,40}$", "description": "What every name begins with."},
    "digits": {"type": "integer", "minimum": 1, "maximum": 18, "description": "Digits, with leading zeros."},
    "start": {"type": "integer", "minimum": 0, "default": 0, "description": "Number of the first."},
}

_CLASS: Final = {"enum": list(METER_CLASSES)}
_DATE: Final = {"type": "string", "format": "date"}

TEMPLATE: Final[Keys] = {
    "name": {"type": "string", "description": "Name of the template, and of the EndDeviceGroup of its meters."},
    "count": {"type": "integer", "minimum": 1, "description": "How many meters."},
    "class": {**_CLASS, "default": "residential", "description": "What sort of meters they are."},
    "shares": {
        "type": "object",
        "description": "Several classes instead, with their shares in percent; they add up to 100.",
        "propertyNames": _CLASS,
        "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": 100, "multipleOf": 0.01},
    },
    "names": mapping_schema(NAMES, "How the meters are named; otherwise M and eight digits.", "prefix", "digits"),
    "usage_point_names": mapping_schema(
        NAMES, "How the usage points are named; otherwise UP and eight digits.", "prefix", "digits"
    ),
    "installed": {**_DATE, "description": "Day on which the registers stood at zero; otherwise the fleet's."},
    "firmware": {"type": "string", "description": "Version that the meters were delivered with."},
    "reading_types": {
        "type": "array",
        "items": {"type": "string"},
        "description": "mRIDs of what is read when nobody names a reading type; otherwise what the class delivers.",
    },
    "conditions": CONDITIONS_SCHEMA,
    **CUSTOMERS,
    "topology": mapping_schema(TOPOLOGY, "A network of their own; otherwise they continue the fleet's."),
    "together_with": {
        "type": "string",
        "description": "Template at whose usage points these meters are mounted, too, spread evenly.",
    },
}

FLEET: Final[Keys] = {
    "seed": {"type": "integer", "minimum": 0, "default": 1, "description": "Same seed, same data."},
    "zone": {
        "type": "string",
        "default": "UTC",
        "description": "IANA time zone: local midnights, offsets on the wire.",
    },
    "country": {
        "type": "string",
        "description": "ISO 3166-1 alpha-2, such as NL; its holidays are lived like Sundays.",
    },
    "latitude": {
        "type": "number",
        "minimum": -90,
        "maximum": 90,
        "default": 52,
        "description": "Degrees north of the equator, rounded to whole ones: how long the days are.",
    },
    "location": {"type": "string", "description": "Name of the place, for people."},
    "installed": {**_DATE, "default": "2020-01-01", "description": "Day on which all registers stood at zero."},
    "conditions": CONDITIONS_SCHEMA,
    **CUSTOMERS,
    "topology": mapping_schema(TOPOLOGY, "The network: how many nodes hang on one of the level above."),
    "templates": {
        "type": "array",
        "description": "The meters, kind by kind.",
        "items": mapping_schema(TEMPLATE, "So many meters that are alike.", "name", "count"),
    },
    "meters_csv": {
        "type": "string",
        "description": "List of meters of one's own, behind those of the templates; a path from where this file is.",
    },
}


def fleet_schema() -> dict[str, Any]:
    """The JSON Schema of a fleet file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Fleet of virtual meters",
        **mapping_schema(FLEET, "Templates, imported meters, or both."),
        "anyOf": [{"required": ["templates"]}, {"required": ["meters_csv"]}],
    }
