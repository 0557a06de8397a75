"""The fleet file: a fleet described in YAML, as templates, imported meters, or both.

    seed: 7
    zone: Europe/Amsterdam
    templates:
      - name: homes
        count: 800
        shares: {residential: 88, solar_prosumer: 12}
      - name: gas
        count: 500
        class: gas
        together_with: homes

The keys with their meanings stand in `fleet_keys`, which editors get as a JSON Schema.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml

from simulator.cim.reading_type import ReadingType
from simulator.conditions import Conditions
from simulator.customers import Customers
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.condition_keys import read_conditions
from simulator.fleet.country_holidays import country_holidays
from simulator.fleet.customer_keys import read_customers
from simulator.fleet.fleet_keys import FLEET, NAMES, TEMPLATE, TOPOLOGY
from simulator.fleet.fleet_template import WHOLE_SHARE, InvalidFleet, MeterTemplate, NamePattern
from simulator.fleet.imported_meters import InvalidImport, read_meters
from simulator.fleet.topology import InvalidTopology, Topology
from simulator.fleet.yaml_section import InvalidYaml, Section, read_section
from simulator.local_time import LocalCalendar
from simulator.meter_class import METER_CLASSES, MeterClass
from simulator.near_miss import did_you_mean
from simulator.quantities import channel, obstacle

Shares = tuple[tuple[str, int], ...]
"""Classes, and their shares in hundredths of a percent."""

_USUAL: Final = FleetSpec(0)


class InvalidFleetFile(InvalidFleet):
    """A fleet file that cannot be used; the message says file, line, key and rule."""


def read_fleet(file: Path) -> FleetSpec:
    """The fleet that a file describes. Raises InvalidFleetFile."""
    try:
        section = read_section(file, FLEET)
        return _fleet(section, section.sections("templates", TEMPLATE), file.parent)
    except InvalidYaml as error:
        raise InvalidFleetFile(str(error)) from error


def is_fleet_file(file: Path) -> bool:
    """Whether a file of YAML looks like a fleet: what stands in it need not be right."""
    try:
        node = yaml.compose(file.read_text("utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(node, yaml.MappingNode) and any(key.value in ("templates", "meters_csv") for key, _ in node.value)


def _fleet(section: Section, entries: list[Section], directory: Path) -> FleetSpec:
    conditions = read_conditions(section, _USUAL.conditions) or _USUAL.conditions
    customers = read_customers(section, _USUAL.customers) or _USUAL.customers
    templates = tuple(_template(entry, conditions, customers) for entry in entries)
    imported = section.take("meters_csv", lambda path: read_meters(directory / _text(path)), None)
    if not templates and imported is None:
        raise section.wrong("templates", "there are no meters: give templates, meters_csv or both")
    country = section.take("country", _text, None)
    try:
        spec = FleetSpec(
            meters=sum(one.count for one in templates) + (0 if imported is None else len(imported)),
            seed=section.take("seed", _whole, _USUAL.seed),
            zone=section.take("zone", _zone, _USUAL.zone),
            installed=section.take("installed", _day, _USUAL.installed),
            templates=templates,
            imported=imported,
            topology=_topology(section) or _USUAL.topology,
            country=country,
            holidays=section.take("country", country_holidays, None),
            latitude_deg=section.take("latitude", _degrees, _USUAL.latitude_deg),
            location=section.take("location", _text, None),
            conditions=conditions,
            customers=customers,
        )
        Fleet(spec)  # whether its parts fit together shows when they are placed
    except InvalidImport as error:
        raise section.wrong("meters_csv", str(error)) from error
    except InvalidFleet as error:
        at = next((entry for entry, one in zip(entries, templates, strict=True) if one.name == error.template), section)
        raise InvalidYaml(f"{at.source}, line {at.line}: {error}") from error
    return spec


def _template(section: Section, conditions: Conditions, customers: Customers) -> MeterTemplate:
    if {"class", "shares"} <= section.values.keys():
        raise section.wrong("shares", "there is a class already; give one of the two")
    one_class = section.take("class", _class_name, "residential")
    topology = _topology(section)
    shares: Shares = section.take("shares", _shares, ((one_class, WHOLE_SHARE),))
    classes = [METER_CLASSES[name] for name, _ in shares]
    try:
        return MeterTemplate(
            name=section.need("name", _text),
            count=section.need("count", _whole),
            shares=shares,
            names=_name_pattern(section, "names"),
            usage_point_names=_name_pattern(section, "usage_point_names"),
            installed=section.take("installed", _day, None),
            firmware=section.take("firmware", _text, None),
            reading_types=section.take("reading_types", lambda codes: _reading_types(codes, classes), ()),
            topology=topology,
            together_with=section.take("together_with", _text, None),
            conditions=read_conditions(section, conditions),
            customers=_customers(section, customers, classes),
        )
    except InvalidFleet as error:
        raise InvalidYaml(f"{section.source}, line {section.line}: {error}") from error


def _customers(section: Section, of_fleet: Customers, classes: Sequence[MeterClass]) -> Customers | None:
    if "vacancy" in section.values and not any(one.is_home for one in classes):
        raise section.wrong("vacancy", f"only homes stand empty, and no {classes[0].name} meter is in one")
    return read_customers(section, of_fleet)


def _topology(section: Section) -> Topology | None:
    inner = section.section("topology", TOPOLOGY)
    if inner is None:
        return None
    counts = {key: inner.need(key, _whole) for key in inner.values}
    try:
        return Topology(**counts)
    except InvalidTopology as error:
        raise section.wrong("topology", str(error)) from error


def _name_pattern(section: Section, key: str) -> NamePattern | None:
    inner = section.section(key, NAMES)
    if inner is None:
        return None
    prefix, digits = inner.need("prefix", _text), inner.need("digits", _whole)
    try:
        return NamePattern(prefix, digits, inner.take("start", _whole, 0))
    except InvalidFleet as error:
        raise section.wrong(key, str(error)) from error


# From what YAML makes of a value to what is meant; each raises ValueError with the rule.


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a text is needed, not {value!r}; put quotes around it")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"a whole number is needed, not {value!r}")
    return value


def _day(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"a date such as 2024-03-31 is needed, not {value!r}")
    return value


def _zone(value: Any) -> str:
    LocalCalendar(_text(value))
    return str(value)


def _degrees(value: Any) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -90 <= value <= 90:
        raise ValueError(f"a latitude is -90 to 90 degrees, not {value!r}")
    return round(value)


def _class_name(value: Any) -> str:
    name = _text(value)
    if name not in METER_CLASSES:
        raise ValueError(f"there is no meter class {name!r}{did_you_mean(name, METER_CLASSES)}")
    return name


def _shares(value: Any) -> Shares:
    if not isinstance(value, dict):
        raise ValueError("a mapping of meter classes to percent is needed, such as {residential: 80, commercial: 20}")
    return tuple((_class_name(name), _hundredths(name, percent)) for name, percent in value.items())


def _hundredths(name: str, percent: Any) -> int:
    if not isinstance(percent, int | float) or isinstance(percent, bool) or not 0 < percent <= 100:
        raise ValueError(f"the share of {name} is more than 0 and at most 100 percent, not {percent!r}")
    hundredths = Decimal(str(percent)) * 100
    if hundredths != int(hundredths):
        raise ValueError(f"the share of {name} has at most two decimals, not {percent!r}")
    return int(hundredths)


def _reading_types(value: Any, classes: Sequence[MeterClass]) -> tuple[ReadingType, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of reading type mRIDs is needed: every entry begins with a dash")
    reading_types = tuple(ReadingType.parse(_text(code)) for code in value)
    for reading_type in reading_types:
        wanted = channel(reading_type)
        obstacles = [obstacle(wanted, one) for one in classes]
        if all(obstacles):  # where one of several classes delivers it, those meters get it
            raise ValueError(f"reading type {reading_type}: {obstacles[0]}")
    return reading_types
