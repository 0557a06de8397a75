"""What feeds each of some meters: the other way round than the members of a group, and as cheap for one as for many."""

import numpy as np
from numpy.typing import NDArray

from simulator.fleet.fleet import Fleet
from simulator.fleet.fleet_template import ELECTRICITY
from simulator.fleet.object_mrids import Kind
from simulator.fleet.topology import Level

NOT_FED = -1


class Feeding:
    """The places of some meters in the network; each level is worked out when it is first asked for."""

    __slots__ = ("_by_kind", "_electric", "fleet", "meters")

    def __init__(self, fleet: Fleet, meters: NDArray[np.int64]) -> None:
        self.fleet = fleet
        self.meters = meters
        self._by_kind: dict[Kind, NDArray[np.int64]] = {}
        self._electric: NDArray[np.bool_] | None = None

    @property
    def electric(self) -> NDArray[np.bool_]:
        """Which of the meters are for electricity, (meters,)."""
        if self._electric is None:
            of_class = np.array([one.commodity == ELECTRICITY for one in self.fleet.classes], np.bool_)
            self._electric = of_class[self.fleet.class_of(self.meters)]
        return self._electric

    def by(self, kind: Kind) -> NDArray[np.int64]:
        """The number of the node of a kind that feeds each meter, (meters,); -1 where none does.

        A meter feeds itself, a usage point its meters; no other commodity than electricity is fed at all.
        """
        found = self._by_kind.get(kind)
        if found is None:
            found = self._by_kind[kind] = np.where(self.electric, self._of_any(kind), NOT_FED)
        return found

    def _of_any(self, kind: Kind) -> NDArray[np.int64]:
        if kind is Kind.METER:
            return self.meters
        if kind is Kind.USAGE_POINT:
            return self.fleet.layout.usage_points_of(self.meters)
        return self.fleet.layout.nodes_of(Level(kind), self.meters)
