"""A fleet that changes while it runs: meters are added, removed, renamed, and moved to other usage points.

What it is at a moment is a snapshot, `GrowingFleet.fleet`, which costs next to nothing and never changes. A meter's
index never changes either, nor is it ever given to another: removed meters leave a gap. Where a meter hung at what
time is not told here: that it hung nowhere is a fact of its history (`simulator.field_history`).

The network goes on feeding a meter as it did where it was first, so that an outage of the past stays what it was. A
meter that came at a usage point of its own is fed by none until it moves to one of the fleet that this began with.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from simulator.fleet.changes import Changes
from simulator.fleet.fleet import MOST_METERS, Fleet
from simulator.fleet.grown_fleet import NOBODY, FleetChanges, GrownFleet
from simulator.fleet.hashed_texts import TextColumn
from simulator.fleet.imported_meters import folded_mrid
from simulator.fleet.registered_meters import (
    InvalidRegistration,
    RegisteredMeter,
    RegisteredMeters,
    check_identifier,
)


class GrowingFleet:
    """A fleet and what became of it. One thread at a time may change it; snapshots are for any number of them."""

    def __init__(self, base: Fleet) -> None:
        self._base = base
        self._registered = RegisteredMeters(base.layout.classes, base.layout.usage_point_count)
        self._changes = FleetChanges()
        self._version = 0
        self._snapshot = base

    @property
    def fleet(self) -> Fleet:
        """The fleet as it is now; the very one that it began with where nothing became different."""
        return self._snapshot

    def add(self, meters: Iterable[RegisteredMeter]) -> None:
        """Register meters behind all others, in their order. Raises InvalidRegistration, and then adds none of them."""
        added = list(meters)
        if not added:
            return
        fleet = self._snapshot
        if len(fleet) + len(added) > MOST_METERS:
            raise InvalidRegistration(f"a fleet has at most {MOST_METERS} meters", added[0].mrid)
        for one in added:
            if one.installed < self._base.spec.installed:
                raise InvalidRegistration(
                    f"installed {one.installed} is before the fleet's {self._base.spec.installed}", one.mrid
                )
        mrids, names = [one.mrid for one in added], [one.name for one in added]
        folded = list(map(folded_mrid, mrids))
        mrid_column, name_column = TextColumn(), TextColumn()
        mrid_column.extend(mrids, folded)
        name_column.extend(names, names)
        self._check_free("mRID", folded, added, self._registered.with_mrids(mrid_column).tolist())
        self._check_free("name", names, added, self._registered.with_names(name_column).tolist())
        points = _Points(fleet)
        numbers = [points.number(one.mrid, one.usage_point_mrid, one.usage_point_name) for one in added]

        version = self._version + 1
        self._keep(points, version)
        classes = list(map(self._base.spec.customers.of_class, (one.meter_class for one in added)))
        self._registered.add(added, mrid_column, name_column, classes, numbers)
        _take_over(self._changes.holders_of_mrids, folded, len(fleet), version)
        _take_over(self._changes.holders_of_names, names, len(fleet), version)
        self._take_snapshot(version)

    def remove(self, mrid: str) -> None:
        """Take a meter out of the fleet. Its identifiers are free again. Raises InvalidRegistration for none."""
        index = self._index(mrid)
        version = self._version + 1
        (name,) = self._snapshot.names([index])
        self._changes.holders_of_mrids.set(folded_mrid(mrid), NOBODY, version)
        self._changes.holders_of_names.set(name.decode("utf-8"), NOBODY, version)
        self._changes.removals.extend([index])
        self._take_snapshot(version)

    def rename(self, mrid: str, name: str) -> None:
        """Give a meter another name; by the old one it is not found any more. Raises InvalidRegistration."""
        check_identifier("name", name, mrid)
        index = self._index(mrid)
        holder = self._snapshot.index_of_name(name)
        if holder is not None and holder != index:
            raise InvalidRegistration(f"name {name!r} is that of another meter", mrid)
        version = self._version + 1
        (old,) = self._snapshot.names([index])
        self._changes.holders_of_names.set(old.decode("utf-8"), NOBODY, version)
        self._changes.holders_of_names.set(name, index, version)
        self._changes.names.set(index, name.encode("utf-8"), version)
        self._take_snapshot(version)

    def move(self, mrid: str, usage_point_mrid: str, usage_point_name: str) -> None:
        """Hang a meter at another usage point, which may be a new one. Raises InvalidRegistration."""
        check_identifier("usage_point_mrid", usage_point_mrid, mrid)
        check_identifier("usage_point_name", usage_point_name, mrid)
        index = self._index(mrid)
        points = _Points(self._snapshot)
        number = points.number(mrid, usage_point_mrid, usage_point_name)
        version = self._version + 1
        self._keep(points, version)
        self._changes.usage_points.set(index, number, version)
        been_there = self._changes.moved_to.get(number, ())
        if index not in been_there:
            self._changes.moved_to[number] = (*been_there, index)
        place = int(self._snapshot.layout.usage_points_of(np.array([index]))[0])
        if number < self._base.layout.usage_point_count <= place:
            self._changes.settled.extend([index])
            self._changes.settled_at.extend([number])
        self._take_snapshot(version)

    def rename_usage_point(self, mrid: str, name: str) -> None:
        """Give a usage point another name; by the old one it is not found any more. Raises InvalidRegistration."""
        check_identifier("name", name, mrid, "usage point")
        number = self._snapshot.usage_point_of_mrid(mrid)
        if number is None:
            raise InvalidRegistration("there is none with this mRID", mrid, "usage point")
        holder = self._snapshot.usage_point_of_name(name)
        if holder is not None and holder != number:
            raise InvalidRegistration(f"name {name!r} is that of another usage point", mrid, "usage point")
        version = self._version + 1
        self._changes.holders_of_point_names.set(self._snapshot.usage_point(number).name, NOBODY, version)
        self._changes.holders_of_point_names.set(name, number, version)
        self._changes.point_names.set(number, name.encode("utf-8"), version)
        self._take_snapshot(version)

    def _index(self, mrid: str) -> int:
        index = self._snapshot.index_of_mrid(mrid)
        if index is None:
            raise InvalidRegistration("there is none with this mRID", mrid)
        return index

    def _check_free(self, what: str, texts: Sequence[str], meters: Sequence[RegisteredMeter], known: list[int]) -> None:
        """No two meters may share an mRID or name. `known` are the registered ones that had it first, or -1."""
        is_mrid = what == "mRID"
        holders = self._changes.holders_of_mrids if is_mrid else self._changes.holders_of_names
        of_base: Callable[[str], int | None] = self._base.index_of_mrid if is_mrid else self._base.index_of_name
        given: set[str] = set()
        for one, text, position in zip(meters, texts, known, strict=True):
            holder = holders.at(text, self._version) if len(holders) else None
            is_taken = (position >= 0 or of_base(text) is not None) if holder is None else holder != NOBODY
            if is_taken or text in given:
                raise InvalidRegistration(f"{what} {text!r} is that of another meter", one.mrid)
            given.add(text)

    def _keep(self, points: "_Points", version: int) -> None:
        if points.mrids:
            self._registered.add_usage_points(points.mrids, points.names)
            first = self._snapshot.layout.usage_point_count
            _take_over(self._changes.holders_of_point_names, points.names, first, version)

    def _take_snapshot(self, version: int) -> None:
        self._version = version
        self._snapshot = GrownFleet(self._base, self._registered.so_far(), self._changes, version)


def _take_over(holders: Changes[str, int], texts: Sequence[str], first: int, version: int) -> None:
    """New objects, numbered from `first` on, become the holders of what others were called before."""
    if len(holders):
        for number, text in enumerate(texts, first):
            if holders.at(text, version) is not None:
                holders.set(text, number, version)


@dataclass(slots=True)
class _Points:
    """The usage points that a change names, those of the fleet and new ones."""

    fleet: Fleet
    mrids: list[str] = field(default_factory=list)  # of the new ones
    names: list[str] = field(default_factory=list)
    _numbers: dict[str, tuple[int, str]] = field(default_factory=dict)  # by folded mRID, with the name
    _taken: set[str] = field(default_factory=set)

    def number(self, meter: str, mrid: str, name: str) -> int:
        """The number of a usage point, where there is none that of a new one. Raises InvalidRegistration."""
        folded = folded_mrid(mrid)
        known = self._numbers.get(folded)
        if known is None:
            known = self._numbers[folded] = self._found(folded) or self._new(meter, mrid, name)
        number, its_name = known
        if its_name != name:
            raise InvalidRegistration(f"usage point {mrid!r} has the name {its_name!r}, not {name!r}", meter)
        return number

    def _found(self, mrid: str) -> tuple[int, str] | None:
        number = self.fleet.usage_point_of_mrid(mrid)
        return None if number is None else (number, self.fleet.usage_point(number).name)

    def _new(self, meter: str, mrid: str, name: str) -> tuple[int, str]:
        if name in self._taken or self.fleet.usage_point_of_name(name) is not None:
            raise InvalidRegistration(f"usage point name {name!r} is that of another usage point", meter)
        self._taken.add(name)
        self.mrids.append(mrid)
        self.names.append(name)
        return self.fleet.layout.usage_point_count + len(self.mrids) - 1, name
