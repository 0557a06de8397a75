"""Outages: one fact about a node of the network, from which everything else follows for each meter under it.

    node        substation, feeder or transformer, or one usage point or meter
    start       power is lost
    end         restoration begins; None: not yet

Only electricity meters are fed by the network: gas and water meters notice nothing.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from simulator.fleet import Fleet
from simulator.fleet.feeding import Feeding
from simulator.fleet.meter_groups import Group
from simulator.fleet.object_mrids import Kind
from simulator.windows import Window


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


@dataclass(frozen=True, slots=True)
class Outage:
    """A node without power in [start, end), epoch seconds. Raises InvalidOutage for an end not after the start."""

    node: Node
    start: int
    end: int | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise InvalidOutage(f"power comes back after it was lost: {self.end} is not after {self.start}")

    @property
    def courses(self) -> tuple[tuple[Window, ...], ...]:
        """The different ways in which meters live through it: for each its windows without power, in order."""
        return (((self.start, self.end),),)

    def course_of(self, fed: Feeding) -> NDArray[np.int64]:
        """The course of each meter (meters,), a position in `courses`; -1 where the node does not feed it."""
        return np.where(fed.by(self.node.kind) == self.node.number, 0, -1)

    def windows(self, fleet: Fleet, meters: NDArray[np.int64]) -> list[tuple[Window, ...]]:
        """For each meter its windows without power; () where the node does not feed it."""
        ways = (*self.courses, ())  # -1 is the last
        return [ways[course] for course in self.course_of(Feeding(fleet, meters)).tolist()]
