"""What sets the customers of a fleet apart from the usual ones of their class: theft, growth, empty homes.

Nothing is set by default, and then every meter keeps the digits it has always had. A setting takes the place of what
the class says, by a variant of the class; draws keep their addresses, so the same customers are the first to be away
and the first to steal, whatever the share.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from simulator.cascade.flow import Flow
from simulator.meter_class import MeterClass, Shape
from simulator.profiles import MOST_GROWTH, Profile

MOST_GROWTH_HUNDREDTHS: Final = 600  # of a percent a year
MOST_VACANCY_HUNDREDTHS: Final = 5_000
_WHOLE: Final = 10_000  # hundredths of a percent
_BYPASSED_OF: Final = 65_536
_TAKEN_OF: Final = 256
_WEEKS_OF: Final = 256
_GROWTH_OF: Final = 1_024


class InvalidCustomers(ValueError):
    """Customers that cannot be; the message says which number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theft:
    """How many take energy past their meters, and how much. All in hundredths of a percent. Raises InvalidCustomers.

    The meter shows what is left; what really flowed is `FlowPlan.delivered`.
    """

    share: int  # of the meters; each begins some night in the first five years of the fleet
    least: int = 2_500  # of what flows from then on does not pass the meter: at least so much
    most: int = 8_750  # and less than so much

    def __post_init__(self) -> None:
        if not 0 <= self.share <= _WHOLE:
            raise InvalidCustomers(f"the share of theft is 0 to 100 percent, not {_percent(self.share)}")
        if not 0 < self.least < self.most <= _WHOLE:
            raise InvalidCustomers(
                f"theft takes from more than 0 to at most 100 percent, not from {_percent(self.least)} to "
                f"{_percent(self.most)}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """None: as the class says. Raises InvalidCustomers."""

    theft: Theft | None = None
    growth: int | None = None  # hundredths of a percent a year since 2020, at most 600 either way; in steps of 1/1024
    vacancy: int | None = None  # hundredths of a percent of a home's weeks, at most 5000; in steps of 1/256

    def __post_init__(self) -> None:
        if self.growth is not None and not -MOST_GROWTH_HUNDREDTHS <= self.growth <= MOST_GROWTH_HUNDREDTHS:
            raise InvalidCustomers(f"growth is -6 to 6 percent a year, not {_percent(self.growth)}")
        if self.vacancy is not None and not 0 <= self.vacancy <= MOST_VACANCY_HUNDREDTHS:
            raise InvalidCustomers(f"vacancy is 0 to 50 percent of the weeks, not {_percent(self.vacancy)}")

    def over(self, others: "Customers") -> "Customers":
        """These, and where they say nothing the others."""
        return Customers(
            theft=others.theft if self.theft is None else self.theft,
            growth=others.growth if self.growth is None else self.growth,
            vacancy=others.vacancy if self.vacancy is None else self.vacancy,
        )

    def of_class(self, meter_class: MeterClass) -> MeterClass:
        """The class with these customers: itself where nothing is set. Only homes stand empty."""
        return meter_class if self == USUAL else _variant(self, meter_class)


USUAL: Final = Customers()


@lru_cache(maxsize=1024)  # classes are compared by identity: equal customers must get the same one
def _variant(customers: Customers, meter_class: MeterClass) -> MeterClass:
    flows = {flow: _shape(customers, meter_class, flow, shape) for flow, shape in meter_class.flows.items()}
    variant = replace(meter_class, flows=flows)
    theft = customers.theft
    if theft is None:
        return variant
    taken = tuple(_rounded(part, _TAKEN_OF) for part in (theft.least, theft.most))
    return replace(variant, bypassed=_rounded(theft.share, _BYPASSED_OF), bypass_takes=(taken[0], taken[1]))


def _shape(customers: Customers, meter_class: MeterClass, flow: Flow, shape: Shape) -> Shape:
    # What a roof feeds in depends neither on who is at home nor on what the house takes from year to year.
    if not isinstance(shape, Profile) or flow is Flow.REVERSE:
        return shape
    growth, away = shape.growth, shape.away
    if customers.growth is not None:
        growth = max(-MOST_GROWTH, min(_rounded(customers.growth, _GROWTH_OF), MOST_GROWTH))
    if customers.vacancy is not None and meter_class.is_home:
        away = _rounded(customers.vacancy, _WEEKS_OF)
    return shape if (growth, away) == (shape.growth, shape.away) else replace(shape, growth=growth, away=away)


def _rounded(hundredths: int, whole: int) -> int:
    """A part in hundredths of a percent as so many of `whole`, half of one rounded up."""
    return (hundredths * whole * 2 + _WHOLE) // (2 * _WHOLE)


def _percent(hundredths: int) -> str:
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
