"""The aspect `events` of the key `conditions`: how often meters report things that nobody did.

events:
  rates:
    Tamper: 0.05                          # a group: all its events together, times a year
    Power.Voltage.SagStarted: 12          # one event type, by its name
    "*.26.38.150": {per_year: 1, duration_s: 1800}
"""

from decimal import Decimal
from typing import Any, Final

import yaml

from simulator.event_rates import LONGEST_DURATION_S, MOST_PER_1000_YEARS, EventRate, EventRates, InvalidEventRate
from simulator.fleet.key_schema import Keys, mapping_schema
from simulator.fleet.yaml_section import Section, opened

_PER_YEAR: Final = {"type": "number", "minimum": 0, "maximum": MOST_PER_1000_YEARS // 1_000, "multipleOf": 0.001}

_RATE: Final[Keys] = {
    "per_year": {**_PER_YEAR, "description": "Times a year at one meter; of a group, all its events together."},
    "duration_s": {
        "type": "integer",
        "minimum": 1,
        "maximum": LONGEST_DURATION_S,
        "description": "How long what begins usually lasts; half are shorter.",
    },
}

EVENTS: Final[Keys] = {
    "rates": {
        "type": "object",
        "description": "By event type (code or name) or group: times a year at one meter. They replace the preset's.",
        "additionalProperties": {
            "oneOf": [_PER_YEAR, mapping_schema(_RATE, "A rate and how long it lasts.", "per_year")]
        },
    },
}


def read_events(section: Section, preset: EventRates) -> EventRates:
    """The rates of a section on top of those of a preset. Raises InvalidYaml."""
    node = section.values.get("rates")
    if node is None:
        return preset
    # Every key is known for now: whether it names events is found out with its value.
    words = [str(key.value) for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    rates = opened(section.source, f"{section.path}rates.", node, words)
    return preset.with_rates(*(_rate(rates, events) for events in rates.values))


def _rate(rates: Section, events: str) -> EventRate:
    if isinstance(rates.values[events], yaml.MappingNode):
        own = opened(rates.source, f"{rates.path}{events}.", rates.values[events], _RATE)
        per_1000_years = own.need("per_year", _per_1000_years)
        duration_s = own.take("duration_s", _whole, None)
    else:
        per_1000_years, duration_s = rates.need(events, _per_1000_years), None
    try:
        return EventRate(events, per_1000_years, duration_s)
    except InvalidEventRate as error:
        raise rates.wrong(events, str(error)) from None


def _per_1000_years(value: Any) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"a number of times a year is needed, not {value!r}")
    try:
        thousandths = Decimal(str(value)) * 1_000
        whole = int(thousandths)
    except ArithmeticError:  # .inf and .nan
        raise ValueError(f"a number of times a year is needed, not {value!r}") from None
    if thousandths != whole:
        raise ValueError(f"a rate has at most three decimals, not {value!r}")
    return whole


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"a whole number is needed, not {value!r}")
    return value
