"""The key `conditions` of a fleet file: a preset by name, or a mapping of aspects; as JSON Schema and as value.

    conditions: realistic

    conditions:
      preset: realistic
      communication: {read_success: 90, windows: ["22:00-02:00"]}

A mapping begins with its preset; each key of an aspect replaces that of the preset. An aspect may be the name of
a preset, too: then it is that preset's. `ASPECTS` is the one place to which a new aspect is added.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import yaml

from simulator.communication import MOST_DARK_DAYS, MOST_TRIES, Communication, InvalidCommunication, ReachabilityWindow
from simulator.conditions import PRESETS, Conditions
from simulator.fleet.command_keys import COMMANDS, read_commands
from simulator.fleet.defect_keys import DEFECTS, read_defects
from simulator.fleet.event_keys import EVENTS, read_events
from simulator.fleet.key_schema import Keys, mapping_schema
from simulator.fleet.yaml_section import InvalidYaml, Section, opened
from simulator.near_miss import did_you_mean

CONDITIONS_KEY: Final = "conditions"

_PERCENT: Final = {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.01}

COMMUNICATION: Final[Keys] = {
    "windows": {
        "type": "array",
        "items": {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$"},
        "description": "Local times of day at which meters can be reached, such as 22:00-02:00; none: always.",
    },
    "latency_median_ms": {"type": "integer", "minimum": 0, "description": "Half of the answers take no longer."},
    "latency_spread_ms": {
        "type": "integer",
        "minimum": 0,
        "description": "37 % of the slower half take more than this beyond the median.",
    },
    "read_success": {**_PERCENT, "description": "Percent of tries of an on-demand read that are answered."},
    "tries": {"type": "integer", "minimum": 1, "maximum": MOST_TRIES, "description": "Tries before giving up."},
    "retry_after_s": {"type": "integer", "minimum": 1, "description": "Wait for the answer to one try."},
    "collect_every_min": {
        "type": "integer",
        "minimum": 0,
        "maximum": 1440,
        "description": "How often stored values are collected from a meter; 0: they come the moment they are stamped.",
    },
    "collected_within_day": {**_PERCENT, "description": "Percent of collections that succeed; the others come late."},
    "late_spread_h": {
        "type": "integer",
        "minimum": 0,
        "description": "Late values come a day late plus this on average.",
    },
    "dark": {**_PERCENT, "description": "Percent of the meters that fall silent for days, per 30 days."},
    "dark_longest_days": {
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_DARK_DAYS,
        "description": "They stay dark for 1 to so many days.",
    },
    "drifting": {**_PERCENT, "description": "Percent of the meters whose clock runs fast or slow."},
    "drift_most_s_per_day": {"type": "integer", "minimum": 1, "description": "How wrong the worst of them goes."},
    "sync_every_days": {"type": "integer", "minimum": 1, "maximum": 365, "description": "How often clocks are set."},
}

_PRESET: Final = {"enum": list(PRESETS)}


def _communication(section: Section, preset: Communication) -> Communication:
    def scaled(factor: int) -> Callable[[Any], int]:
        return lambda value: _whole(value) * factor

    settings: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
        "windows": ("windows", _windows),
        "latency_median_ms": ("latency_median_ms", _whole),
        "latency_spread_ms": ("latency_spread_ms", _whole),
        "read_success": ("read_success", _hundredths),
        "tries": ("tries", _whole),
        "retry_after_s": ("retry_after_ms", scaled(1000)),
        "collect_every_min": ("collect_every_s", scaled(60)),
        "collected_within_day": ("collected_within_day", _hundredths),
        "late_spread_h": ("late_spread_s", scaled(3600)),
        "dark": ("dark", _hundredths),
        "dark_longest_days": ("dark_longest_days", _whole),
        "drifting": ("drifting", _hundredths),
        "drift_most_s_per_day": ("drift_most_s_per_day", _whole),
        "sync_every_days": ("sync_every_days", _whole),
    }
    given = {name: section.need(key, convert) for key, (name, convert) in settings.items() if key in section.values}
    try:
        return replace(preset, **given)
    except InvalidCommunication as error:
        raise InvalidYaml(f"{section.source}, line {section.line}: {section.path.removesuffix('.')}: {error}") from None


ASPECTS: Final[Mapping[str, tuple[Keys, Callable[[Section, Any], Any], str]]] = {
    "communication": (COMMUNICATION, _communication, "How well meters and head end hear each other."),
    "events": (EVENTS, read_events, "What meters report although nobody did anything."),
    "defects": (DEFECTS, read_defects, "What is wrong with readings although nobody did anything."),
    "commands": (COMMANDS, read_commands, "What becomes of commands: how long they take, how often they fail."),
}
"""For each aspect of Conditions its keys, how its section is read on top of a preset's aspect, and what it is."""

CONDITIONS: Final[Keys] = {
    "preset": {**_PRESET, "description": "Where the aspects begin; otherwise ideal, in a template the fleet's."},
    **{
        aspect: {"oneOf": [_PRESET, mapping_schema(keys, description)]}
        for aspect, (keys, _, description) in ASPECTS.items()
    },
}

CONDITIONS_SCHEMA: Final = {
    "description": "How ideal the field is: a preset by name, or with aspects that differ from it.",
    "oneOf": [_PRESET, mapping_schema(CONDITIONS, "A preset, and aspects that differ from it.")],
}


def read_conditions(section: Section, base: Conditions) -> Conditions | None:
    """The conditions that a mapping has under its key `conditions`; None where the key is missing.

    base: where a mapping without `preset` begins. Raises InvalidYaml.
    """
    node = section.values.get(CONDITIONS_KEY)
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        return section.need(CONDITIONS_KEY, _preset)
    inner = opened(section.source, f"{section.path}{CONDITIONS_KEY}.", node, CONDITIONS)
    conditions = inner.take("preset", _preset, base)
    for aspect in ASPECTS:
        if aspect in inner.values:
            conditions = replace(conditions, **{aspect: _aspect(inner, aspect, conditions)})
    return conditions


def _aspect(section: Section, aspect: str, base: Conditions) -> Any:
    keys, read, _ = ASPECTS[aspect]
    node = section.values[aspect]
    if not isinstance(node, yaml.MappingNode):
        return getattr(section.need(aspect, _preset), aspect)
    return read(opened(section.source, f"{section.path}{aspect}.", node, keys), getattr(base, aspect))


def _preset(value: Any) -> Conditions:
    if not isinstance(value, str) or value not in PRESETS:
        raise ValueError(f"there is no preset {value!r}{did_you_mean(str(value), PRESETS)}")
    return PRESETS[value]


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"a whole number is needed, not {value!r}")
    return value


def _hundredths(value: Any) -> int:
    """Percent in hundredths of a percent."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:
        raise ValueError(f"0 to 100 percent is needed, not {value!r}")
    hundredths = Decimal(str(value)) * 100
    if hundredths != int(hundredths):
        raise ValueError(f"a percentage has at most two decimals, not {value!r}")
    return int(hundredths)


def _windows(value: Any) -> tuple[ReachabilityWindow, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError('a list of windows is needed, such as ["22:00-02:00"]')
    return tuple(ReachabilityWindow.parse(one) for one in value)
