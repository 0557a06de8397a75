"""A snapshot of a fleet that meters were added to, removed from, renamed or moved in; see `growing_fleet`."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.fleet.changes import Changes, changed_among
from simulator.fleet.fleet import Fleet, Indices, Meter, UsagePoint, as_array, shifted
from simulator.fleet.fleet_layout import MeterRun
from simulator.fleet.growing_texts import GrowingColumn
from simulator.fleet.grown_layout import GrownLayout
from simulator.fleet.imported_meters import folded_mrid
from simulator.fleet.meter_groups import MeterGroups, indices_of
from simulator.fleet.registered_meters import RegisteredSoFar

NOBODY: Final = -1
"""Holder of an mRID or a name that no object has any more."""


@dataclass(frozen=True, slots=True, eq=False)
class FleetChanges:
    """What became different for objects that are there; shared by all snapshots, which see it by version."""

    holders_of_mrids: Changes[str, int] = field(default_factory=Changes)  # folded mRID: fleet index or NOBODY
    holders_of_names: Changes[str, int] = field(default_factory=Changes)
    names: Changes[int, bytes] = field(default_factory=Changes)  # by fleet index, UTF-8
    usage_points: Changes[int, int] = field(default_factory=Changes)  # by fleet index, the number
    holders_of_point_names: Changes[str, int] = field(default_factory=Changes)  # the number of a usage point or NOBODY
    point_names: Changes[int, bytes] = field(default_factory=Changes)  # by the number of the usage point, UTF-8
    moved_to: dict[int, tuple[int, ...]] = field(default_factory=dict)  # usage point: who was ever moved there
    settled: GrowingColumn[np.int64] = field(default_factory=lambda: GrowingColumn(np.int64))
    """Registered meters (fleet indices) that were on no network, and moved to a usage point that one may feed."""
    settled_at: GrowingColumn[np.int64] = field(default_factory=lambda: GrowingColumn(np.int64))  # that usage point
    removals: GrowingColumn[np.int64] = field(default_factory=lambda: GrowingColumn(np.int64))  # fleet indices


class GrownFleet(Fleet):
    """The fleet at one moment: immutable, whatever happens to the fleet that it is a snapshot of."""

    __slots__ = ("_changes", "_first_cohort", "_origin", "_version")

    layout: GrownLayout

    def __init__(self, origin: Fleet, registered: RegisteredSoFar, changes: FleetChanges, version: int) -> None:
        for name in Fleet.__slots__:  # all that meters have in common is shared
            setattr(self, name, getattr(origin, name))
        self._origin = origin
        self._changes = changes
        self._version = version
        layout = self.layout = GrownLayout(
            origin.layout,
            registered,
            changes.removals.values,
            (changes.settled.values, changes.settled_at.values),
            any_moved=len(changes.usage_points) > 0,
        )
        self._first_cohort = len(origin.installed_by_cohort)
        days = [self.calendar.start_of(day) for day in registered.install_days]
        self.installed_by_cohort = np.concatenate((origin.installed_by_cohort, np.array(days, np.int64)))
        if len(registered) and self.spec.conditions not in self.conditions:
            self.conditions = (*self.conditions, self.spec.conditions)
            self.conditions_by_section = self.conditions_by_section.copy()
            self.conditions_by_section[-1] = len(self.conditions) - 1
        self.groups = MeterGroups(layout, self._key)
        meters, points = layout.registered_meters, layout.registered_usage_points
        self._mrids = self._mrids.then(meters.start, registered.mrids.utf8)
        self._names = self._names.then(meters.start, registered.names.utf8)
        self._usage_point_mrids = self._usage_point_mrids.then(points.start, registered.usage_point_mrids.utf8)
        self._usage_point_names = self._usage_point_names.then(points.start, registered.usage_point_names.utf8)

    def __len__(self) -> int:
        return self.layout.registered_meters.stop

    @property
    def origin(self) -> Fleet:
        """See Fleet."""
        return self._origin

    # What a meter is.

    def _addresses(self, meters: NDArray[np.int64]) -> NDArray[np.int64]:
        hashes = self.layout.registered.mrids.hashes.view(np.int64)
        return self.layout.numbers_of(meters, super()._addresses, hashes)

    def cohort_of(self, indices: Indices) -> NDArray[np.int64]:
        """See Fleet; registered meters of one day of installation are a cohort, too."""
        meters, layout = as_array(indices), self.layout
        cohorts = layout.numbers_of(meters, super().cohort_of, layout.registered.install_positions)
        cohorts[meters >= layout.registered_meters.start] += self._first_cohort
        return cohorts

    def firmware_at(self, index: int) -> str | None:
        """See Fleet."""
        if index not in self.layout.registered_meters:
            return super().firmware_at(index)
        registered = self.layout.registered
        return registered.firmwares[int(registered.firmware_positions[index - self.layout.registered_meters.start])]

    def meter(self, index: int) -> Meter:
        """See Fleet. A removed meter can still be looked at, by its index."""
        meter = super().meter(index)
        changes = self._changes
        if not (len(changes.names) or len(changes.usage_points) or len(changes.point_names)):
            return meter
        (name,) = self.names([index])
        point = self.usage_point(int(self.usage_points_of([index])[0]))
        return Meter(index, meter.mrid, name.decode("utf-8"), point.mrid, point.name)

    # From an identifier to the object.

    def index_of_mrid(self, text: str) -> int | None:
        """See Fleet; a removed meter is not found."""
        holder = self._changes.holders_of_mrids.at(folded_mrid(text), self._version)
        if holder is not None:
            return None if holder == NOBODY else holder
        index = self._origin.index_of_mrid(text)
        if index is not None:
            return index
        return shifted(self.layout.registered.position_of_mrid(text), self.layout.registered_meters)

    def index_of_name(self, text: str) -> int | None:
        """See Fleet; a removed meter is not found, and a renamed one by its latest name only."""
        holder = self._changes.holders_of_names.at(text, self._version)
        if holder is not None:
            return None if holder == NOBODY else holder
        index = self._origin.index_of_name(text)
        if index is not None:
            return index
        return shifted(self.layout.registered.position_of_name(text), self.layout.registered_meters)

    def usage_point_of_mrid(self, text: str) -> int | None:
        """See Fleet."""
        number = self._origin.usage_point_of_mrid(text)
        if number is not None:
            return number
        return shifted(self.layout.registered.usage_point_of_mrid(text), self.layout.registered_usage_points)

    def usage_point_of_name(self, text: str) -> int | None:
        """See Fleet; by its latest name only."""
        holder = self._changes.holders_of_point_names.at(text, self._version)
        if holder is not None:
            return None if holder == NOBODY else holder
        number = self._origin.usage_point_of_name(text)
        if number is not None:
            return number
        return shifted(self.layout.registered.usage_point_of_name(text), self.layout.registered_usage_points)

    def usage_point(self, number: int) -> UsagePoint:
        """See Fleet."""
        point = super().usage_point(number)
        name = self._changes.point_names.at(number, self._version)
        return point if name is None else replace(point, name=name.decode("utf-8"))

    # Meters that belong together.

    def usage_points_of(self, indices: Indices) -> NDArray[np.int64]:
        """The number of the usage point at which each meter is, where it was moved to last."""
        meters = as_array(indices)
        points = self.layout.usage_points_of(meters)
        for row, point in changed_among(self._changes.usage_points, meters, self._version):
            points[row] = point
        return points

    def meters_at(self, usage_point: int) -> MeterRun:
        """See Fleet; those that are there now."""
        run = super().meters_at(usage_point)
        if not len(self._changes.usage_points):
            return run
        return self._there(indices_of(run), self._changes.moved_to.get(usage_point, ()), np.array([usage_point]))

    def beside(self, meters: MeterRun) -> MeterRun:
        """See Fleet; by where meters are now."""
        run = super().beside(meters)
        if not len(self._changes.usage_points):
            return run
        points = np.unique(self.usage_points_of(indices_of(meters)))
        return self._there(indices_of(run), self._changes.usage_points.keys(), points)

    def _there(self, meters: NDArray[np.int64], moved: Indices, points: NDArray[np.int64]) -> MeterRun:
        """Which of some meters are at some usage points now, ascending; removed ones are left out."""
        both = np.union1d(meters, np.array(moved, np.int64))
        both = both[both < len(self)]  # some may have come after this snapshot
        return self.layout.present(both[np.isin(self.usage_points_of(both), points)])

    # In bulk, as UTF-8.

    def names(self, indices: Indices) -> list[bytes]:
        """The names of meters."""
        texts = super().names(indices)
        for row, name in changed_among(self._changes.names, as_array(indices), self._version):
            texts[row] = name
        return texts

    def usage_point_names(self, indices: Indices) -> list[bytes]:
        """The names of the usage points of meters."""
        texts = super().usage_point_names(indices)
        if len(self._changes.point_names):
            for row, name in changed_among(self._changes.point_names, self.usage_points_of(indices), self._version):
                texts[row] = name
        return texts
