"""Readings of a payload as values: a MeterReading, its series, their values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from math import isfinite
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from headend.lint.elements import child, children, line_of, local, text
from headend.lint.finding import Remark, Where
from headend.lint.instants import read_instant
from headend.lint.named_object import NamedObject
from simulator.cim.reading_quality_type import InvalidReadingQuality, ReadingQualityType
from simulator.cim.reading_type import InvalidReadingType, ReadingType
from simulator.cim.reading_type_words import reading_type_in_words

if TYPE_CHECKING:
    from headend.lint.part import Part


class Value(NamedTuple):
    """One IntervalReadings or Readings element."""

    number: int
    """Counted from 1 among its siblings of the same name."""
    line: int | None
    stamp: datetime | None
    """timeStamp, else the end of timePeriod. Aware."""
    text: str | None
    """As it is written; None where there is no value."""
    value: float | None
    """None where the text is no number."""
    qualities: tuple[str, ...]
    """As they are written."""
    reported: datetime | None
    period: tuple[datetime, datetime] | None
    """timePeriod: start and end."""
    block: int = 1
    """Number of its block in the MeterReading, for intervals."""


@dataclass(eq=False)
class Series:
    """The values of one reading type in a MeterReading: those of a block, or all Readings of the type.

    There may be a thousand of them with a hundred values each, and nothing wrong with any. So what is true of all
    values is found out once, in one go; each is looked at by itself where that does not do.
    """

    part: Part
    path: str
    """Of the MeterReading."""
    type_text: str | None
    """ReadingType/@ref."""
    type: ReadingType | None
    """None where it cannot be decoded."""
    is_intervals: bool
    values: list[Value]
    meter: NamedObject | None = None
    usage_point: NamedObject | None = None

    @cached_property
    def stamps(self) -> list[datetime]:
        """The stamps of all values that have one, in the order of the values."""
        return [value.stamp for value in self.values if value.stamp is not None]

    @cached_property
    def span(self) -> tuple[datetime, datetime] | None:
        """The first and the last stamp; None where there is none."""
        return (min(self.stamps), max(self.stamps)) if self.stamps else None

    @cached_property
    def steps(self) -> frozenset[timedelta]:
        """How far the stamps of neighbours are apart, each distance once."""
        return frozenset(map(sub, self.stamps[1:], self.stamps))

    @cached_property
    def numbers(self) -> list[float | None]:
        """The values as numbers."""
        return [value.value for value in self.values]

    @cached_property
    def bounds(self) -> tuple[float, float] | None:
        """The lowest and the highest number; None where there is none."""
        known = [one for one in self.numbers if one is not None]
        return (min(known), max(known)) if known else None

    @cached_property
    def has_qualities(self) -> bool:
        """Whether any value has a quality."""
        return any(value.qualities for value in self.values)

    def where(self, value: Value, name: str = "") -> Where:
        """The place of a value, or of a child of it."""
        inside = f"IntervalBlocks[{value.block}]/IntervalReadings" if self.is_intervals else "Readings"
        path = f"{self.path}/{inside}[{value.number}]" + (f"/{name}" if name else "")
        return Where(self.part.entry_number, self.part.side, path, value.line)

    def remark(self, value: Value, sentence: str, name: str = "") -> Remark:
        """What is to be said of a value."""
        return Remark(sentence, self.where(value, name))

    @property
    def owner(self) -> str:
        """What to call the meter in a sentence."""
        owner = self.meter or self.usage_point
        return "a meter without a name" if owner is None else owner.words


@dataclass(slots=True)
class MeterReading:
    """A MeterReading of a payload."""

    part: Part
    path: str
    line: int | None
    meter: NamedObject | None
    usage_point: NamedObject | None
    interval: tuple[datetime, datetime] | None
    """valuesInterval."""
    series: list[Series] = field(default_factory=list)
    events: int = 0
    """How many EndDeviceEvents it has."""

    def where(self, name: str = "") -> Where:
        """Its place, or that of a child."""
        path = f"{self.path}/{name}" if name else self.path
        return Where(self.part.entry_number, self.part.side, path, self.line)

    def remark(self, sentence: str, name: str = "") -> Remark:
        """What is to be said of it."""
        return Remark(sentence, self.where(name))

    @property
    def identifiers(self) -> frozenset[str]:
        """All that its meter and usage point are called."""
        return frozenset().union(*(one.identifiers for one in (self.meter, self.usage_point) if one is not None))


@lru_cache(maxsize=4_096)
def decoded(type_text: str) -> tuple[ReadingType | None, str]:
    """The reading type that a text means, by its code or in words; or None, and why."""
    try:
        return ReadingType.parse(type_text), ""
    except InvalidReadingType as error:
        return reading_type_in_words(type_text), str(error)


@lru_cache(maxsize=4_096)
def decoded_quality(code: str) -> tuple[ReadingQualityType | None, str]:
    """The reading quality of a code; or None, and why."""
    try:
        return ReadingQualityType.parse(code), ""
    except InvalidReadingQuality as error:
        return None, str(error)


class ReadValue(NamedTuple):
    """What was read of a value."""

    value: Value
    type_text: str | None
    """The ref of its own ReadingType."""
    instants: list[tuple[str, str, datetime | None, bool, etree._Element]]
    """Its instants: name and text, what it means, whether it has a zone, and its element."""
    others: list[etree._Element]
    """Children that hold further instants."""


def read_value(element: etree._Element, number: int, block: int) -> ReadValue:
    """An IntervalReadings or Readings element; see Value for number and block."""
    stamp = value = written = reported = period = type_text = None
    qualities: tuple[str, ...] = ()
    instants = []
    others = []
    for one in element:
        name = local(one)
        said = (one.text or "").strip()
        if name == "timeStamp":
            stamp, has_zone = read_instant(said)
            instants.append((name, said, stamp, has_zone, one))
        elif name == "value":
            written, value = said, _number(said)
        elif name == "ReadingQualities":
            quality = child(one, "ReadingQualityType")
            qualities = (*qualities, "" if quality is None else (quality.get("ref") or "").strip())
            others.append(one)
        elif name == "reportedDateTime":
            reported, has_zone = read_instant(said)
            instants.append((name, said, reported, has_zone, one))
        elif name == "ReadingType":
            type_text = reading_type_text(one)
        elif name == "timePeriod":
            period = read_period(one)
            others.append(one)
    if stamp is None and period is not None:
        stamp = period[1]
    read = Value(number, line_of(element), stamp, written, value, qualities, reported, period, block)
    return ReadValue(read, type_text, instants, others)


def read_period(element: etree._Element | None) -> tuple[datetime, datetime] | None:
    """Start and end of a DateTimeInterval; None where one of them is missing or no instant."""
    start, end = (read_instant(text(element, name) or "")[0] for name in ("start", "end"))
    return None if start is None or end is None else (start, end)


def reading_type_text(element: etree._Element) -> str | None:
    """How an element ReadingType says which it is: @ref, mRID, or the first of its Names."""
    for said in (element.get("ref"), text(element, "mRID"), *(text(one, "name") for one in children(element, "Names"))):
        if said and said.strip():
            return said.strip()
    return None


def _number(written: str) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    return value if isfinite(value) and "_" not in written else None
