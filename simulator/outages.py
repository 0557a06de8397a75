"""Outages: one fact about a node of the network, from which everything else follows for each meter under it.

    node        substation, feeder or transformer, or one usage point or meter
    start       power is lost
    reclosings  a recloser tries: power is lost so long, is back for a second, and is lost again
    end         restoration begins: part after part of the node comes back, each transformer in one of them

Only electricity meters are fed by the network: gas and water meters notice nothing. What meters tell of it is in
`outage_events`, what does not flow in `supply`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.fleet import Fleet
from simulator.fleet.feeding import Feeding
from simulator.fleet.fleet_layout import MeterRun
from simulator.fleet.meter_groups import Group, joined
from simulator.fleet.object_mrids import Kind
from simulator.fleet.topology import Level
from simulator.noise import Purpose
from simulator.windows import Window, inside

CLOSED_S: Final = 1
"""So long a recloser stays closed before it sees that the fault is still there."""

MOST_STEPS: Final = 50
MOST_RECLOSINGS: Final = 10
_PER_MILLE: Final = 1_000


class InvalidOutage(ValueError):
    """An outage that cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """Where an outage can be: an object of the network by its kind and its number in the fleet."""

    kind: Kind
    number: int

    def __post_init__(self) -> None:
        if self.kind is Kind.TEMPLATE:
            raise InvalidOutage("a template is no node of the network; an outage is at one that feeds its meters")

    @classmethod
    def of(cls, group: Group) -> Self:
        """The node that a group of meters hangs on. Raises InvalidOutage for the group of a template."""
        return cls(group.kind, group.number)

    def meters(self, fleet: Fleet) -> MeterRun:
        """The electricity meters that it feeds, ascending."""
        if self.kind is Kind.METER:
            run: MeterRun = range(self.number, self.number + 1)
        elif self.kind is Kind.USAGE_POINT:
            run = joined(list(fleet.layout.meters_at(range(self.number, self.number + 1))))
        else:
            return joined(list(fleet.layout.fed_by(Level(self.kind), self.number)))
        meters = np.asarray(run, np.int64)
        return meters[Feeding(fleet, meters).electric]


@dataclass(frozen=True, slots=True)
class Restoration:
    """How a node comes back: in so many steps, one every so many seconds. Raises InvalidOutage."""

    steps: int = 1
    every_s: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MOST_STEPS:
            raise InvalidOutage(f"power comes back in 1 to {MOST_STEPS} steps, not {self.steps}")
        if self.every_s < 0:
            raise InvalidOutage(f"steps of a restoration follow each other: every_s is 0 or more, not {self.every_s}")


@dataclass(frozen=True, slots=True)
class Reporting:
    """How meters tell the head end of an outage. Raises InvalidOutage.

    A meter waits `hold_s` before it says that power is lost: what is over by then was momentary, and is told when it
    is over. A last gasp reaches the head end within a further `gasps_within_s`, or never; the notice that power is
    back within `restorations_within_s`, whoever's radio is first.
    """

    hold_s: int = 10
    gasps_within_s: int = 0
    gasps_lost_per_mille: int = 0
    restorations_within_s: int = 0

    def __post_init__(self) -> None:
        for name in ("hold_s", "gasps_within_s", "restorations_within_s"):
            if getattr(self, name) < 0:
                raise InvalidOutage(f"{name} is 0 or more seconds, not {getattr(self, name)}")
        if not 0 <= self.gasps_lost_per_mille <= _PER_MILLE:
            raise InvalidOutage(f"gasps_lost_per_mille is 0 to {_PER_MILLE}, not {self.gasps_lost_per_mille}")


AT_ONCE: Final = Restoration()
PROMPT: Final = Reporting()
REALISTIC: Final = Reporting(hold_s=20, gasps_within_s=180, gasps_lost_per_mille=120, restorations_within_s=900)
"""A radio mesh: every eighth last gasp is lost, and the last notices come a quarter of an hour after power."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A node without power from `start` on, and until restoration begins at `end`: epoch seconds.

    Raises InvalidOutage where it would end before it began to last.
    """

    node: Node
    start: int
    end: int | None = None  # None: it lasts
    reclosings_s: tuple[int, ...] = ()
    restoration: Restoration = AT_ONCE
    reporting: Reporting = PROMPT

    def __post_init__(self) -> None:
        if len(self.reclosings_s) > MOST_RECLOSINGS:
            raise InvalidOutage(f"a recloser tries {MOST_RECLOSINGS} times at most, not {len(self.reclosings_s)}")
        for length_s in self.reclosings_s:
            if length_s < 1:
                raise InvalidOutage(f"power is lost for at least a second before a reclosing, not for {length_s}")
        if self.end is not None and self.end <= self.start:
            raise InvalidOutage(f"power comes back after it was lost: {self.end} is not after {self.start}")

    @property
    def lasts_from(self) -> int:
        """When power was lost that no reclosing brought back."""
        return self.start + sum(self.reclosings_s) + CLOSED_S * len(self.reclosings_s)

    @property
    def restored(self) -> int | None:
        """When the last step of the restoration is done; None: it lasts."""
        return None if self.end is None else self.end + (self.restoration.steps - 1) * self.restoration.every_s

    @property
    def courses(self) -> tuple[tuple[Window, ...], ...]:
        """The ways in which meters live through it, one for each step: the windows without power, in order."""
        short, at = [], self.start
        for length_s in self.reclosings_s:
            short.append((at, at + length_s))
            at += length_s + CLOSED_S
        if self.end is None:
            return ((*short, (at, None)),) * self.restoration.steps
        # Whoever ends it while the recloser still tries ends the trying.
        begun: list[Window] = [(low, min(high, self.end)) for low, high in short if low < self.end]
        courses = []
        for step in range(self.restoration.steps):
            back = self.end + step * self.restoration.every_s
            courses.append((*begun, (at, back)) if at < self.end else tuple(begun))
        return tuple(courses)

    def course_of(self, fed: Feeding) -> NDArray[np.int64]:
        """The course of each meter (meters,), a position in `courses`; -1 where the node does not feed it."""
        hit = fed.by(self.node.kind) == self.node.number
        if self.restoration.steps == 1 or not hit.any():
            return np.where(hit, 0, -1)
        return np.where(hit, self._step(fed), -1)

    def windows(self, fleet: Fleet, meters: NDArray[np.int64]) -> list[tuple[Window, ...]]:
        """For each meter its windows without power; () where the node does not feed it."""
        ways = (*self.courses, ())  # -1 is the last
        return [ways[course] for course in self.course_of(Feeding(fleet, meters)).tolist()]

    def powerless(self, fleet: Fleet, meters: NDArray[np.int64], instant: int) -> NDArray[np.bool_]:
        """Which of the meters have no power because of it, (meters,)."""
        at = np.array([instant], np.int64)
        dead = np.array([*(inside(windows, at)[0] for windows in self.courses), False])
        return dead[self.course_of(Feeding(fleet, meters))]

    def _step(self, fed: Feeding) -> NDArray[np.int64]:
        """In which step each meter under the node comes back: neighbouring transformers together.

        Which part is first is drawn. A node of one transformer, or below one, comes back in the first step.
        """
        if self.node.kind in (Kind.TRANSFORMER, Kind.USAGE_POINT, Kind.METER):
            return np.zeros(len(fed.meters), np.int64)
        transformers = _transformers(fed.fleet.origin, self.node)
        parts = max(1, min(self.restoration.steps, len(transformers)))
        # What hangs on the node without a transformer belongs to the first part.
        place = np.maximum(np.searchsorted(transformers, fed.by(Kind.TRANSFORMER)), 0)
        key = noise.key_for(fed.fleet.key, Purpose.RESTORATION)
        first = int(noise.draw(key, np.array([self.start]))[0] % parts)
        step: NDArray[np.int64] = (place * parts // max(1, len(transformers)) + first) % parts
        return step


@lru_cache(maxsize=64)
def _transformers(fleet: Fleet, node: Node) -> NDArray[np.int64]:
    return fleet.layout.transformers_under(Level(node.kind), node.number)
