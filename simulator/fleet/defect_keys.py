"""The aspect `defects` of the key `conditions`: how often readings are wrong although nobody did anything.

defects:
  gap: 200                # begins on 200 of a million days of a meter
  spike: 10
  marked: false           # readings carry no qualities
"""

from dataclasses import fields, replace
from typing import Any, Final

from simulator.defect_rates import WHOLE, DefectRates, InvalidRates
from simulator.fleet.key_schema import Keys
from simulator.fleet.yaml_section import InvalidYaml, Section

_SETTINGS: Final = {
    "marked": "Readings carry the qualities that a real head end would set.",
    "power_marks": "Meters mark the intervals in which they had no power, or their switch was open.",
}

DEFECTS: Final[Keys] = {
    **{
        one.name: {
            "type": "integer",
            "minimum": 0,
            "maximum": WHOLE,
            "description": "On so many of a million days of a meter one begins.",
        }
        for one in fields(DefectRates)
        if one.name not in _SETTINGS
    },
    **{name: {"type": "boolean", "description": description} for name, description in _SETTINGS.items()},
}


def read_defects(section: Section, preset: DefectRates) -> DefectRates:
    """The rates of a section on top of those of a preset. Raises InvalidYaml."""
    given: dict[str, Any] = {key: section.need(key, _flag if key in _SETTINGS else _whole) for key in section.values}
    try:
        return replace(preset, **given)
    except InvalidRates as error:
        raise InvalidYaml(f"{section.source}, line {section.line}: {section.path.removesuffix('.')}: {error}") from None


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= WHOLE:
        raise ValueError(f"a whole number from 0 to {WHOLE} (of a million days of a meter) is needed, not {value!r}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is needed, not {value!r}")
    return value
