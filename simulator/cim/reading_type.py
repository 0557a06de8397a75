"""ReadingType: what a channel measures, in 18 numbers (IEC 61968-9:2013, Annex C).

    0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0
    fifteenMinute deltaData forward electricitySecondaryMetered energy (Wh)

A number 0 means "does not apply". Two pairs of positions, the interharmonic order and the argument, are
fractions.
"""

from dataclasses import dataclass, fields
from typing import Final

from simulator.cim.code_tables import Code, codes, number, pairs

Fraction = tuple[int, int]
NO_FRACTION: Final[Fraction] = (0, 0)

# The three measuring periods whose length stands in the argument, in seconds, instead of in the table.
_LENGTH_IN_ARGUMENT: Final = frozenset({100, 101, 102})
_RATIO_UNITS: Final = frozenset({151, 152})  # with multiplier -2 these are printed as per cent

# Attribute, first position in the mRID, table file.
_LAYOUT: Final[tuple[tuple[str, int, str], ...]] = (
    ("macro_period", 1, "macro-period"),
    ("aggregate", 2, "data-qualifier"),
    ("measuring_period", 3, "measuring-period"),
    ("accumulation", 4, "accumulation-behaviour"),
    ("flow_direction", 5, "flow-direction"),
    ("commodity", 6, "commodity"),
    ("measurement_kind", 7, "measurement-kind"),
    ("interharmonic", 8, "interharmonic"),
    ("argument", 10, "argument"),
    ("tou", 12, "tou"),
    ("cpp", 13, "cpp"),
    ("consumption_tier", 14, "consumption-tier"),
    ("phases", 15, "phase"),
    ("multiplier", 16, "multiplier"),
    ("unit", 17, "unit"),
    ("currency", 18, "currency"),
)
PARTS: Final = 18


class InvalidReadingType(ValueError):
    """A reading type code that Annex C does not allow; the message names position, value and table."""


@dataclass(frozen=True, slots=True)
class ReadingType:
    """The 18 numbers of a reading type, each checked against its table (IEC 61968-9:2013, Annex C).

    Raises InvalidReadingType for a number that its table does not list.
    """

    macro_period: int = 0
    aggregate: int = 0
    measuring_period: int = 0
    accumulation: int = 0
    flow_direction: int = 0
    commodity: int = 0
    measurement_kind: int = 0
    interharmonic: Fraction = NO_FRACTION
    argument: Fraction = NO_FRACTION
    tou: int = 0
    cpp: int = 0
    consumption_tier: int = 0
    phases: int = 0
    multiplier: int = 0
    unit: int = 0
    currency: int = 0

    def __post_init__(self) -> None:
        for attribute, position, table in _LAYOUT:
            value = getattr(self, attribute)
            if isinstance(value, tuple):
                self._check_fraction(attribute, position, table, value)
            elif value not in codes(table):
                raise InvalidReadingType(
                    f"{attribute} (position {position}) is {value}, which table {table} does not list"
                )

    def _check_fraction(self, attribute: str, position: int, table: str, value: Fraction) -> None:
        if value in pairs(table):
            return
        numerator, denominator = value
        if attribute == "interharmonic" and numerator > 0 and denominator == 1:
            return  # every whole harmonic is legal, the table names the common ones
        if attribute == "argument" and self.measuring_period in _LENGTH_IN_ARGUMENT and numerator > 0:
            return
        raise InvalidReadingType(
            f"{attribute} (positions {position} and {position + 1}) is {numerator}/{denominator}, "
            f"which table {table} does not list"
        )

    @classmethod
    def parse(cls, mrid: str) -> "ReadingType":
        """The reading type that a dotted code such as `0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0` stands for."""
        texts = mrid.strip().split(".")
        if len(texts) != PARTS:
            raise InvalidReadingType(f"a reading type has {PARTS} numbers separated by dots, {mrid!r} has {len(texts)}")
        parts = [_part(text, position, mrid) for position, text in enumerate(texts, start=1)]
        return cls(
            macro_period=parts[0],
            aggregate=parts[1],
            measuring_period=parts[2],
            accumulation=parts[3],
            flow_direction=parts[4],
            commodity=parts[5],
            measurement_kind=parts[6],
            interharmonic=(parts[7], parts[8]),
            argument=(parts[9], parts[10]),
            tou=parts[11],
            cpp=parts[12],
            consumption_tier=parts[13],
            phases=parts[14],
            multiplier=parts[15],
            unit=parts[16],
            currency=parts[17],
        )

    @property
    def parts(self) -> tuple[int, ...]:
        """The 18 numbers in the order of the mRID."""
        flat: list[int] = []
        for field in fields(self):
            value = getattr(self, field.name)
            flat.extend(value if isinstance(value, tuple) else (value,))
        return tuple(flat)

    @property
    def mrid(self) -> str:
        """The dotted code, which is also the mRID of the reading type."""
        return ".".join(map(str, self.parts))

    def __str__(self) -> str:
        return self.mrid

    @property
    def interval_s(self) -> int | None:
        """Length of the measuring period in seconds, None where the code states none.

        Periods 100 to 102 carry their length in the argument; a rolling block counts with its whole block.
        """
        if self.measuring_period in _LENGTH_IN_ARGUMENT:
            return self.argument[0] or None
        minutes = codes("measuring-period")[self.measuring_period].symbol
        return 60 * int(minutes) if minutes else None

    def describe(self) -> str:
        """The reading type in words, the names of the tables in the customary order."""
        words = [
            _name("data-qualifier", self.aggregate),
            _name("macro-period", self.macro_period),
            _name("measuring-period", self.measuring_period),
            _name("accumulation-behaviour", self.accumulation),
            _name("flow-direction", self.flow_direction),
            _name("commodity", self.commodity),
            _name("measurement-kind", self.measurement_kind),
            _fraction("interharmonic", self.interharmonic),
            _fraction("argument", self.argument),
            _name("tou", self.tou),
            _name("cpp", self.cpp),
            _name("consumption-tier", self.consumption_tier),
            _name("phase", self.phases),
            _name("currency", self.currency),
            f"({self.unit_words})" if self.unit else "",
        ]
        return " ".join(word for word in words if word)

    @property
    def unit_words(self) -> str:
        """The unit with its multiplier, such as kWh; empty where there is none."""
        if not self.unit:
            return ""
        if self.unit in _RATIO_UNITS and self.multiplier == -2:
            return "%"
        unit: Code = codes("unit")[self.unit]
        prefix = codes("multiplier")[self.multiplier].symbol
        return f"{prefix}{unit.symbol or unit.name}"


def _part(text: str, position: int, mrid: str) -> int:
    try:
        return number(text, f"position {position} of reading type {mrid!r}")
    except ValueError as error:
        raise InvalidReadingType(str(error)) from None


def _name(table: str, value: int) -> str:
    return codes(table)[value].name if value else ""


def _fraction(word: str, value: Fraction) -> str:
    return "" if value == NO_FRACTION else f"{word}{value[0]}/{value[1]}"
