"""Meters that were registered one by one after a fleet was made, such as those that a client creates: their columns.

They keep identities of their own, as imported ones do, and measure what an imported one with their mRID would. The
columns only grow (`growing_texts`), so that every snapshot shares them.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.fleet.fleet_template import InvalidFleet
from simulator.fleet.growing_texts import GrowingColumn, GrowingTexts, TextsSoFar
from simulator.fleet.hashed_texts import TextColumn, text_hash
from simulator.fleet.imported_meters import LONGEST, NOT_IN_XML, folded_mrid
from simulator.local_time import FIRST_YEAR, LAST_YEAR
from simulator.meter_class import MeterClass

_Kind = TypeVar("_Kind")

_NOBODY: Final = -1


class InvalidRegistration(InvalidFleet):
    """A meter or usage point that cannot be registered, changed or removed; the message names it and says why."""

    def __init__(self, rule: str, mrid: str, what: str = "meter") -> None:
        super().__init__(f"{what} {mrid!r}: {rule}")
        self.mrid = mrid


@dataclass(frozen=True, slots=True)
class RegisteredMeter:
    """One meter. Several may be at one usage point, of the fleet or of their own. Raises InvalidRegistration."""

    mrid: str  # need not be a UUID; the letters of one count the same in both cases
    name: str
    meter_class: MeterClass
    usage_point_mrid: str
    usage_point_name: str
    installed: date  # at its first local instant the registers stood at zero
    firmware: str | None = None  # version that it was delivered with

    def __post_init__(self) -> None:
        for what in ("mrid", "name", "usage_point_mrid", "usage_point_name"):
            check_identifier(what, getattr(self, what), self.mrid)
        if self.firmware is not None:
            check_identifier("firmware", self.firmware, self.mrid)
        if not FIRST_YEAR < self.installed.year < LAST_YEAR:
            raise InvalidRegistration(
                f"installed {self.installed} is not in the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}", self.mrid
            )


def check_identifier(what: str, text: str, mrid: str, whose: str = "meter") -> None:
    """Raises InvalidRegistration, for the object with an mRID, where a text cannot be a name or mRID of it."""
    if not 1 <= len(text) <= LONGEST:
        raise InvalidRegistration(f"{what} has 1 to {LONGEST} characters, not {len(text)}", mrid, whose)
    if NOT_IN_XML.search(text):
        raise InvalidRegistration(f"{what} {text!r} has a character that a message cannot carry", mrid, whose)


class _Kinds(Generic[_Kind]):
    """The few different values of a column, in the order in which they came, and which each meter has."""

    __slots__ = ("_numbers", "positions", "values")

    def __init__(self, known: Iterable[_Kind] = ()) -> None:
        self.values = list(known)
        self._numbers = {value: number for number, value in enumerate(self.values)}
        self.positions = GrowingColumn(np.int32)

    def extend(self, values: Sequence[_Kind]) -> None:
        for value in dict.fromkeys(values):
            if value not in self._numbers:
                self._numbers[value] = len(self.values)
                self.values.append(value)
        self.positions.extend([self._numbers[value] for value in values])


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredSoFar:
    """The meters that were registered at a moment; positions count them, and numbers all usage points of the fleet."""

    mrids: TextsSoFar
    names: TextsSoFar
    classes: tuple[MeterClass, ...]  # those of the fleet before it grew, then those that came
    class_positions: NDArray[np.int32]  # (meters,) into classes
    install_days: tuple[date, ...]  # those that occur
    install_positions: NDArray[np.int32]  # (meters,) into install_days
    firmwares: tuple[str | None, ...]  # those that occur
    firmware_positions: NDArray[np.int32]  # (meters,) into firmwares
    usage_points: NDArray[np.int32]  # (meters,) where each was registered, by the number in the fleet
    usage_point_mrids: TextsSoFar  # of those that came with meters
    usage_point_names: TextsSoFar
    _all: "RegisteredMeters"

    def __len__(self) -> int:
        return len(self.mrids)

    def position_of_mrid(self, text: str) -> int | None:
        """The position of a meter with this mRID, None if there is none."""
        return self.mrids.position(text_hash(folded_mrid(text)))

    def position_of_name(self, text: str) -> int | None:
        """The position of a meter that was registered with this name, None if there is none."""
        return self.names.position(text_hash(text))

    def usage_point_of_mrid(self, text: str) -> int | None:
        """Which of the usage points that came with meters has this mRID, None if none has."""
        return self.usage_point_mrids.position(text_hash(folded_mrid(text)))

    def usage_point_of_name(self, text: str) -> int | None:
        """Which of the usage points that came with meters has this name, None if none has."""
        return self.usage_point_names.position(text_hash(text))

    def registered_at(self, usage_point: int) -> NDArray[np.int64]:
        """The positions of the meters that were registered at a usage point, ascending."""
        return self._all.registered_at(usage_point, len(self))


class RegisteredMeters:
    """The columns while they grow. Whoever adds something has checked that it fits."""

    __slots__ = (
        "_before_at_point",
        "_classes",
        "_days",
        "_firmwares",
        "_first_point",
        "_latest_at_other",
        "_latest_at_own",
        "_mrids",
        "_names",
        "_point_mrids",
        "_point_names",
        "_usage_points",
    )

    def __init__(self, classes: Sequence[MeterClass], first_point: int) -> None:
        """Those of the fleet before it grew: its classes, and how many usage points it had."""
        self._mrids, self._names = GrowingTexts(), GrowingTexts()
        self._point_mrids, self._point_names = GrowingTexts(), GrowingTexts()
        self._classes = _Kinds(classes)
        self._days = _Kinds[date]()
        self._firmwares = _Kinds[str | None]()
        self._usage_points = GrowingColumn(np.int32)
        # The meters of a usage point are a chain from the latest to the first.
        self._first_point = first_point
        self._latest_at_own = array("i")
        self._latest_at_other: dict[int, int] = {}
        self._before_at_point = array("i")

    def add_usage_points(self, mrids: Sequence[str], names: Sequence[str]) -> None:
        """Add usage points at the end."""
        for texts, added, folded in (
            (self._point_mrids, mrids, list(map(folded_mrid, mrids))),
            (self._point_names, names, names),
        ):
            texts.extend(_column(added, folded))
        self._latest_at_own.extend([_NOBODY] * len(mrids))

    def add(
        self,
        meters: Sequence[RegisteredMeter],
        mrids: TextColumn,
        names: TextColumn,
        classes: Sequence[MeterClass],
        usage_points: Sequence[int],
    ) -> None:
        """Add meters at the end, each at a usage point, by its number in the fleet."""
        first = len(self._usage_points)
        self._classes.extend(classes)
        self._days.extend([one.installed for one in meters])
        self._firmwares.extend([one.firmware for one in meters])
        self._usage_points.extend(usage_points)
        for position, point in enumerate(usage_points, first):
            self._before_at_point.append(self._latest_at(point))
            if point < self._first_point:
                self._latest_at_other[point] = position
            else:
                self._latest_at_own[point - self._first_point] = position
        self._names.extend(names)
        self._mrids.extend(mrids)

    def with_mrids(self, mrids: TextColumn) -> NDArray[np.int64]:
        """The position of a meter with each mRID, -1 where there is none."""
        return self._mrids.positions(mrids.parts()[2])

    def with_names(self, names: TextColumn) -> NDArray[np.int64]:
        """The position of a meter that was registered with each name, -1 where there is none."""
        return self._names.positions(names.parts()[2])

    def registered_at(self, usage_point: int, count: int) -> NDArray[np.int64]:
        """Which of the first `count` meters were registered at a usage point, ascending."""
        found = []
        position = self._latest_at(usage_point)
        while position != _NOBODY:
            if position < count:
                found.append(position)
            position = self._before_at_point[position]
        return np.array(found[::-1], np.int64)

    def _latest_at(self, usage_point: int) -> int:
        own = usage_point - self._first_point
        return self._latest_at_other.get(usage_point, _NOBODY) if own < 0 else self._latest_at_own[own]

    def so_far(self) -> RegisteredSoFar:
        """All that is there now."""
        return RegisteredSoFar(
            mrids=self._mrids.so_far(),
            names=self._names.so_far(),
            classes=tuple(self._classes.values),
            class_positions=self._classes.positions.values,
            install_days=tuple(self._days.values),
            install_positions=self._days.positions.values,
            firmwares=tuple(self._firmwares.values),
            firmware_positions=self._firmwares.positions.values,
            usage_points=self._usage_points.values,
            usage_point_mrids=self._point_mrids.so_far(),
            usage_point_names=self._point_names.so_far(),
            _all=self,
        )


def _column(texts: Sequence[str], folded: Sequence[str]) -> TextColumn:
    column = TextColumn()
    column.extend(texts, folded)
    return column
