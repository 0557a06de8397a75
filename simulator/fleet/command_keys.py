"""The aspect `commands` of the key `conditions`: how long devices and people take, and how often they fail.

commands:
  switching: {shortest_s: 3, median_s: 12, longest_s: 180}
  stuck_switches_per_million: 800
"""

from dataclasses import fields, replace
from typing import Any, Final, TypeVar

import yaml

from simulator.device.behaviour import LONGEST_S, MILLION, CommandBehaviour, Duration, InvalidBehaviour
from simulator.fleet.key_schema import Keys, mapping_schema
from simulator.fleet.yaml_section import InvalidYaml, Section, opened

Spec = TypeVar("Spec", CommandBehaviour, Duration)

_SECONDS: Final = {"type": "integer", "minimum": 0, "maximum": LONGEST_S}
_DURATION: Final[Keys] = {
    "shortest_s": {**_SECONDS, "description": "No case is shorter."},
    "median_s": {**_SECONDS, "description": "Half of all cases are shorter."},
    "longest_s": {**_SECONDS, "description": "No case is longer."},
}

_WORDS: Final = {
    "switching": "Until a command to the switch is answered.",
    "load_control": "Until load control that starts or stops at once is answered.",
    "home_network": "Until texts, prices, load control events and pairing windows are answered.",
    "demand_reset": "Until a demand reset is answered.",
    "button": "From arming the switch to the press of its button.",
    "confirmation": "From the display of a text to its confirmation.",
    "firmware_pending": "Until a firmware update is pending.",
    "firmware_download": "From pending to downloaded.",
    "firmware_replacement": "From downloaded to replaced; the switch obeys nobody meanwhile.",
    "firmware_change": "From replaced to changed.",
    "repeat_every_s": "How often a command is repeated that a device does not hear; 0: it fails at once.",
    "repeat_for_s": "For how long it is repeated, before the device is given up.",
    "randomisation_s": "Widest shift where a command wants its start or end randomised.",
    "pairing_window_s": "How long a pairing window stays open where the command does not say it.",
    "failures_per_million": "Commands that fail after all tries.",
    "stuck_switches_per_million": "Meters whose switch does not move.",
    "button_never_per_million": "Armed switches whose button nobody presses.",
    "confirmation_never_per_million": "Texts that nobody confirms.",
    "opt_ins_per_million": "Customers who say yes to a load control event.",
    "opt_outs_per_million": "Customers who say no to it.",
    "firmware_failures_per_million": "Downloads of firmware that fail.",
}


def _schema(name: str) -> dict[str, Any]:
    if name.endswith("_per_million"):
        return {"type": "integer", "minimum": 0, "maximum": MILLION, "description": _WORDS[name]}
    if name.endswith("_s"):
        return {**_SECONDS, "description": _WORDS[name]}
    return mapping_schema(_DURATION, _WORDS[name])


COMMANDS: Final[Keys] = {field.name: _schema(field.name) for field in fields(CommandBehaviour)}


def read_commands(section: Section, preset: CommandBehaviour) -> CommandBehaviour:
    """The behaviour of a section on top of a preset's. Raises InvalidYaml."""
    given: dict[str, Any] = {}
    for name in COMMANDS:
        node = section.values.get(name)
        if node is None:
            continue
        before = getattr(preset, name)
        if not isinstance(before, Duration):
            given[name] = section.need(name, _whole)
        elif isinstance(node, yaml.MappingNode):
            own = opened(section.source, f"{section.path}{name}.", node, _DURATION)
            given[name] = _made(own, before, {key: own.need(key, _whole) for key in _DURATION if key in own.values})
        else:
            given[name] = section.need(name, _no_duration)
    return _made(section, preset, given)


def _made(section: Section, preset: Spec, given: dict[str, Any]) -> Spec:
    try:
        return replace(preset, **given)
    except InvalidBehaviour as error:
        raise InvalidYaml(f"{section.source}, line {section.line}: {section.path.removesuffix('.')}: {error}") from None


def _no_duration(value: Any) -> Duration:
    raise ValueError(f"a mapping of shortest_s, median_s and longest_s is needed, not {value!r}")


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"a whole number is needed, not {value!r}")
    return value
