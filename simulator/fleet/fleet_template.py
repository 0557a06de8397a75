"""A template: so many meters that are alike, and what sets them apart from those of other templates."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from simulator.cim.reading_type import ReadingType
from simulator.conditions import Conditions
from simulator.customers import USUAL, Customers
from simulator.fleet.topology import Topology
from simulator.local_time import FIRST_YEAR, LAST_YEAR
from simulator.meter_class import METER_CLASSES, MeterClass
from simulator.near_miss import did_you_mean

ELECTRICITY: Final = 1  # commodity (61968-9:2013, Annex C): electricitySecondaryMetered
WHOLE_SHARE: Final = 10_000  # shares are in hundredths of a percent

_TEMPLATE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_. -]{0,63}")
_PREFIX: Final = re.compile(r"[A-Za-z0-9_.:/-]{0,40}")


class InvalidFleet(ValueError):
    """A fleet that cannot be; the message says which setting is wrong, and of which template."""

    def __init__(self, rule: str, template: str | None = None) -> None:
        super().__init__(rule if template is None else f"template {template!r}: {rule}")
        self.template = template


@dataclass(frozen=True, slots=True)
class NamePattern:
    """How objects are named: a prefix, and a number with leading zeros. Raises InvalidFleet."""

    prefix: str
    digits: int
    start: int = 0  # number of the first

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise InvalidFleet(f"a prefix is up to 40 letters, digits and _.:/- of ASCII, not {self.prefix!r}")
        if not 1 <= self.digits <= 18:
            raise InvalidFleet(f"digits is 1 to 18, not {self.digits}")
        if self.start < 0:
            raise InvalidFleet(f"start is 0 or more, not {self.start}")

    def check_room(self, count: int) -> None:
        """Raises InvalidFleet where the digits do not reach for `count` names."""
        if self.start + count > 10**self.digits:
            raise InvalidFleet(f"{count} names from {self.start} on do not fit into {self.digits} digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterTemplate:
    """So many meters that are alike. Raises InvalidFleet."""

    name: str
    count: int
    shares: tuple[tuple[str, int], ...] = (("residential", WHOLE_SHARE),)
    """Names of meter classes, and their share of the meters in hundredths of a percent."""
    names: NamePattern | None = None
    """None: M and the position in the fleet with eight digits."""
    usage_point_names: NamePattern | None = None
    """None: UP and the number of the usage point in the fleet with eight digits."""
    installed: date | None = None
    """None: with the fleet."""
    firmware: str | None = None
    reading_types: tuple[ReadingType, ...] = ()
    """What these meters deliver when nobody asks for anything else; empty: what their class does."""
    topology: Topology | None = None
    """The network of these meters alone; None: they continue the fleet's."""
    together_with: str | None = None
    """The template at whose usage points these meters are mounted, too."""
    conditions: Conditions | None = None
    """How ideal the field is for these meters; None: as for the fleet."""
    customers: Customers | None = None
    """What is special about the customers; None: as for the fleet."""
    classes: tuple[MeterClass, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _TEMPLATE_NAME.fullmatch(self.name):
            raise InvalidFleet(
                f"the name of a template is a letter and then up to 63 letters, digits, blanks and _.-, "
                f"not {self.name!r}"
            )
        if self.count < 1:
            raise self._wrong(f"count is 1 or more, not {self.count}")
        self._check_shares()
        customers = self.customers or USUAL
        object.__setattr__(self, "classes", tuple(customers.of_class(METER_CLASSES[name]) for name, _ in self.shares))
        if len({one.commodity for one in self.classes}) > 1:
            raise self._wrong("shares: the classes of one template measure one commodity; use together_with for others")
        if self.installed is not None and not FIRST_YEAR < self.installed.year < LAST_YEAR:
            raise self._wrong(
                f"installed: meters are installed in the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}, "
                f"not on {self.installed}"
            )
        for setting, pattern in (("names", self.names), ("usage_point_names", self.usage_point_names)):
            if pattern is not None:
                try:
                    pattern.check_room(self.count)
                except InvalidFleet as error:
                    raise self._wrong(f"{setting}: {error}") from None
        if self.together_with is not None and (self.topology or self.usage_point_names):
            raise self._wrong("with together_with there is no topology and no usage_point_names: the others' count")

    @property
    def commodity(self) -> int:
        """What all meters of the template measure (61968-9:2013, Annex C)."""
        return self.classes[0].commodity

    @property
    def is_electric(self) -> bool:
        """Whether these meters hang on the network of substations and feeders."""
        return self.commodity == ELECTRICITY

    def _check_shares(self) -> None:
        for name, share in self.shares:
            if name not in METER_CLASSES:
                raise self._wrong(f"there is no meter class {name!r}{did_you_mean(name, METER_CLASSES)}")
            if share < 1:
                raise self._wrong(f"shares: the share of {name} is at least 0.01 percent")
        total = sum(share for _, share in self.shares)
        if total != WHOLE_SHARE:
            raise self._wrong(f"shares add up to 100 percent, not to {total // 100}.{total % 100:02d}")

    def _wrong(self, rule: str) -> InvalidFleet:
        return InvalidFleet(rule, self.name)
