"""The network between a substation and its usage points, as arithmetic: the parent of a node is a division.

    substation -> feeder -> transformer -> usage point -> meter

The usage points of a network are numbered, and so are the nodes of each level: with 40 usage points on a
transformer, number 0 to 39 hang on transformer 0. Nothing is stored, whatever the size of the network.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Number = TypeVar("_Number", int, NDArray[np.int64])


class InvalidTopology(ValueError):
    """A network that cannot be; the message says which count."""


class Level(IntEnum):
    """A level of the network. The numbers are part of the mRIDs of its nodes and never change."""

    SUBSTATION = 4
    FEEDER = 5
    TRANSFORMER = 6


MOST_CHILDREN = 1_000_000


@dataclass(frozen=True, slots=True)
class Topology:
    """How many nodes hang on one node of the level above. Raises InvalidTopology."""

    usage_points_per_transformer: int = 40
    transformers_per_feeder: int = 25
    feeders_per_substation: int = 10

    def __post_init__(self) -> None:
        for name in ("usage_points_per_transformer", "transformers_per_feeder", "feeders_per_substation"):
            count = getattr(self, name)
            if not 1 <= count <= MOST_CHILDREN:
                raise InvalidTopology(f"{name} is 1 to {MOST_CHILDREN}, not {count}")

    def usage_points_per(self, level: Level) -> int:
        """How many usage points hang on a full node of a level."""
        count = self.usage_points_per_transformer
        if level is not Level.TRANSFORMER:
            count *= self.transformers_per_feeder
        if level is Level.SUBSTATION:
            count *= self.feeders_per_substation
        return count


@dataclass(frozen=True, slots=True)
class Network:
    """A topology over a run of usage points; its nodes are numbered on from the networks before it."""

    topology: Topology
    usage_points: range
    first_node: dict[Level, int]

    def node_of(self, level: Level, usage_point: _Number) -> _Number:
        """The node that feeds a usage point, or each of several, which must be of the network."""
        return self.first_node[level] + (usage_point - self.usage_points.start) // self.topology.usage_points_per(level)

    def nodes(self, level: Level) -> range:
        """The nodes of a level; the last one may have room for more."""
        count = -(-len(self.usage_points) // self.topology.usage_points_per(level))
        return range(self.first_node[level], self.first_node[level] + count)

    def fed_by(self, level: Level, node: int) -> range:
        """The usage points under a node, which must be one of the network."""
        size = self.topology.usage_points_per(level)
        first = self.usage_points.start + (node - self.first_node[level]) * size
        return range(first, min(first + size, self.usage_points.stop))


def networks(runs: Iterable[tuple[Topology, range]]) -> tuple[Network, ...]:
    """Networks beside each other: each begins with a substation of its own."""
    first = dict.fromkeys(Level, 0)
    placed = []
    for topology, usage_points in runs:
        network = Network(topology, usage_points, dict(first))
        placed.append(network)
        first = {level: network.nodes(level).stop for level in Level}
    return tuple(placed)
