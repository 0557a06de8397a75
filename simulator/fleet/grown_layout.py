"""Where the meters of a grown fleet stand: as in the fleet that it grew from, and behind those the registered ones.

    meters          template 0 | template 1 | ... | imported | registered
    usage points    template 0 | ...              | imported | those that came with meters

Places are those where meters were first, whatever moved later: there the network feeds them. A registered meter at a
usage point of a template or of the imported list is fed by what feeds that. Any other is on no network, until it moves
to such a usage point: its place is there from then on.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.fleet.fleet_layout import REGISTERED, FleetLayout, MeterRun
from simulator.fleet.fleet_template import ELECTRICITY
from simulator.fleet.meter_groups import indices_of
from simulator.fleet.registered_meters import RegisteredSoFar
from simulator.fleet.topology import Level


class _OfMeters(Protocol):
    def __call__(self, indices: NDArray[np.int64], /) -> NDArray[np.int64]:
        """A number of each meter."""


class GrownLayout(FleetLayout):
    """The layout of a snapshot."""

    __slots__ = (
        "_points",
        "_removals",
        "_settled",
        "registered",
        "registered_meters",
        "registered_usage_points",
    )

    def __init__(
        self,
        origin: FleetLayout,
        registered: RegisteredSoFar,
        removals: NDArray[np.int64],
        settled: tuple[NDArray[np.int64], NDArray[np.int64]],
        *,
        any_moved: bool,
    ) -> None:
        """`removals` are fleet indices. `settled` are registered meters that moved to a network, and where to."""
        for name in FleetLayout.__slots__:  # what places templates and imported meters is shared
            setattr(self, name, getattr(origin, name))
        first = origin.imported_meters.stop
        self.registered = registered
        self.registered_meters = range(first, first + len(registered))
        points = origin.imported_usage_points.stop
        self.registered_usage_points = range(points, points + len(registered.usage_point_mrids))
        self.classes = registered.classes
        self.has_equal_usage_points = origin.has_equal_usage_points and not len(registered) and not any_moved
        self._removals = removals
        self._settled = settled
        self._points = registered.usage_points
        meters, places = settled
        if len(meters):
            self._points = self._points.copy()
            self._points[meters - first] = places

    @property
    def usage_point_count(self) -> int:
        """See FleetLayout."""
        return self.registered_usage_points.stop

    @property
    def own_groups(self) -> dict[str, range]:
        """See FleetLayout."""
        return super().own_groups | ({REGISTERED: self.registered_meters} if len(self.registered) else {})

    def present(self, run: MeterRun) -> MeterRun:
        """See FleetLayout."""
        if isinstance(run, range):
            gone = (self._removals >= run.start) & (self._removals < run.stop)
            return np.delete(indices_of(run), self._removals[gone] - run.start) if gone.any() else run
        return run[~np.isin(run, self._removals)] if len(self._removals) else run

    def class_of(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """See FleetLayout."""
        return self.numbers_of(indices, super().class_of, self.registered.class_positions)

    def usage_points_of(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of the usage point that is each meter's place."""
        return self.numbers_of(indices, super().usage_points_of, self._points)

    def numbers_of(
        self, indices: NDArray[np.int64], of_others: _OfMeters, registered: NDArray[np.int32] | NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """A number of each meter: that of a registered one stands in a column, that of any other is worked out."""
        first = self.registered_meters.start
        rows = np.flatnonzero(indices >= first)
        if not len(rows):
            return of_others(indices)
        found = np.empty(len(indices), np.int64)
        others = np.flatnonzero(indices < first)
        found[others] = of_others(indices[others])
        found[rows] = registered[indices[rows] - first]
        return found

    def meters_at(self, usage_points: range, only_electric: bool = False) -> Iterator[MeterRun]:
        """See FleetLayout; removed meters are left out."""
        for run in super().meters_at(usage_points, only_electric):
            yield self.present(run)
        meters = self._registered_at(usage_points)
        if len(meters):  # where nobody registered any, a run stays a range
            yield self.present(self._electric(meters) if only_electric else meters)

    def _registered_at(self, usage_points: range) -> NDArray[np.int64]:
        """The registered meters whose place is at a run of usage points, ascending."""
        first = self.registered_meters.start
        if len(usage_points) != 1:
            inside = (self._points >= usage_points.start) & (self._points < usage_points.stop)
            return first + np.flatnonzero(inside)
        meters, places = self._settled
        came = first + self.registered.registered_at(usage_points.start)
        both = np.union1d(came, meters[places == usage_points.start])
        there: NDArray[np.int64] = both[self._points[both - first] == usage_points.start]
        return there

    def nodes_above(self, index: int) -> dict[Level, int]:
        """See FleetLayout."""
        if index not in self.registered_meters:
            return super().nodes_above(index)
        meter = np.array([index], np.int64)
        nodes = {level: int(self.nodes_of(level, meter)[0]) for level in Level if len(self._electric(meter))}
        return {level: node for level, node in nodes.items() if node >= 0}

    def nodes_of(self, level: Level, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """See FleetLayout."""
        rows = np.flatnonzero(indices >= self.registered_meters.start)
        if not len(rows):
            return super().nodes_of(level, indices)
        nodes = np.empty(len(indices), np.int64)
        others = np.flatnonzero(indices < self.registered_meters.start)
        nodes[others] = super().nodes_of(level, indices[others])
        points = self.usage_points_of(indices[rows])
        nodes[rows] = self.network_nodes(level, points)
        if self.imported is not None:
            imported = np.flatnonzero(self._is_imported(points))
            numbers = points[imported] - self.imported_usage_points.start
            sorter = self.imported.by_usage_point
            beside = sorter[np.searchsorted(self.imported.usage_points, numbers, sorter=sorter)]
            own = self.imported.nodes[level][beside]
            nodes[rows[imported]] = np.where(own >= 0, self.node_count(level) + own, -1)
        return nodes

    def fed_by(self, level: Level, node: int) -> Iterator[MeterRun]:
        """See FleetLayout; removed meters are left out."""
        for run in super().fed_by(level, node):
            yield self.present(run)
        if self.imported is not None and node >= self.node_count(level):
            meters = self.registered_meters.start + np.flatnonzero(self._is_imported(self._points))
            yield self.present(self._electric(meters[self.nodes_of(level, meters) == node]))

    def _is_imported(self, points: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which usage points are those of the imported list."""
        run = self.imported_usage_points
        found: NDArray[np.bool_] = (points >= run.start) & (points < run.stop)
        return found

    def _electric(self, meters: NDArray[np.int64]) -> NDArray[np.int64]:
        """The electricity meters among some."""
        is_electric = np.array([one.commodity == ELECTRICITY for one in self.classes])
        electric: NDArray[np.int64] = meters[is_electric[self.class_of(meters)]]
        return electric
