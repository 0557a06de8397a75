"""The keys of a fleet file and of its templates that tell customers apart: theft, growth, vacancy.

    theft: {share: 1.5}
    growth: 1.2
    vacancy: 4

Each of them that a template leaves out is that of the file, or else what the meter's class says.
"""

from decimal import Decimal
from typing import Any, Final

from simulator.customers import USUAL, Customers, InvalidCustomers, Theft
from simulator.fleet.key_schema import Keys, mapping_schema
from simulator.fleet.yaml_section import Section

_PERCENT: Final = {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.01}

THEFT: Final[Keys] = {
    "share": {**_PERCENT, "description": "Percent of the meters that somebody takes energy past."},
    "least": {**_PERCENT, "default": 25, "description": "Percent of what flows that does not pass such a meter."},
    "most": {**_PERCENT, "default": 87.5, "description": "The same for the boldest."},
}

CUSTOMERS: Final[Keys] = {
    "theft": mapping_schema(THEFT, "Energy taken past the meter, from some night in the first five years on.", "share"),
    "growth": {
        "type": "number",
        "minimum": -6,
        "maximum": 6,
        "multipleOf": 0.01,
        "description": "Percent by which customers use more each year since 2020; otherwise as their class does.",
    },
    "vacancy": {
        "type": "number",
        "minimum": 0,
        "maximum": 50,
        "multipleOf": 0.01,
        "description": "Percent of the weeks in which a home stands empty; otherwise as its class does.",
    },
}


def read_customers(section: Section, of_fleet: Customers) -> Customers | None:
    """The customers that a mapping describes, on top of those of the fleet; None where it says nothing about them.

    Raises InvalidYaml.
    """
    if CUSTOMERS.keys().isdisjoint(section.values):
        return None
    theft = _theft(section)
    growth = section.take("growth", lambda value: Customers(growth=_hundredths(value)), USUAL)
    vacancy = section.take("vacancy", lambda value: Customers(vacancy=_hundredths(value)), USUAL)
    return Customers(theft=theft, growth=growth.growth, vacancy=vacancy.vacancy).over(of_fleet)


def _theft(section: Section) -> Theft | None:
    inner = section.section("theft", THEFT)
    if inner is None:
        return None
    given = {key: inner.need(key, _hundredths) for key in ("share", *inner.values)}
    try:
        return Theft(**given)
    except InvalidCustomers as error:
        raise section.wrong("theft", str(error)) from None


def _hundredths(value: Any) -> int:
    """Percent in hundredths of a percent."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not -100 <= value <= 100:
        raise ValueError(f"a percentage is needed, such as 1.5, not {value!r}")
    hundredths = Decimal(str(value)) * 100
    if hundredths != int(hundredths):
        raise ValueError(f"a percentage has at most two decimals, not {value!r}")
    return int(hundredths)
