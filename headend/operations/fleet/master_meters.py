"""Meters that a request names by objects which only master data knows: a customer, a usage point that was created."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from headend.operations.fleet.mountings import Mounting, is_unchanged
from headend.operations.master_data.classes import find_class
from headend.operations.master_data.fleet_effects import in_fleet
from headend.operations.master_data.fleet_objects import END_DEVICE, USAGE_POINT, FleetObjects
from headend.operations.master_data.neighbours import neighbours
from headend.operations.master_data.working_set import METER_USAGE_POINT, Known, WorkingSet
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.store import UnitOfWork
from simulator.fleet import Fleet
from simulator.fleet.imported_meters import folded_mrid
from simulator.local_time import epoch_seconds


@dataclass(frozen=True)
class MasterMeters:
    """Looks meters up in master data, as it is at one instant."""

    fleet: Fleet
    work: UnitOfWork
    now: datetime

    @cached_property
    def working(self) -> WorkingSet:
        """What is known of master data."""
        return WorkingSet(FleetObjects(self.fleet.origin), self.work, self.now)

    def meters_of(self, reference: ObjectReference, kind: str | None = None) -> NDArray[np.int64]:
        """The meters (fleet indices) that belong to an object of any class now; it may have none.

        kind: of a service category. Raises Refusal with the code of its class where the object is not known, and for a
        device that has no readings.
        """
        known = self.working.find(find_class(reference.object_type), reference, kind)
        if known.object.family == END_DEVICE and not in_fleet(known):
            raise Refusal.because(
                "2.4",
                f"{reference} is a device of the home network (isPan): it has no readings and takes no commands itself",
                reference.object_id,
            )
        found = (self.fleet.index_of_mrid(device.mrid) for device in neighbours(known, END_DEVICE, self.working))
        return np.array([index for index in found if index is not None], np.int64)

    def usage_point(self, reference: ObjectReference) -> Known | None:
        """The usage point that a reference names; None where none is known."""
        try:
            return self.working.find(find_class(USAGE_POINT), reference)
        except Refusal:
            return None

    def ever_at(self, usage_points: Sequence[ObjectReference]) -> dict[int, list[Mounting]]:
        """The meters that ever hung, or will hang, at usage points by a link that somebody made: when, by index."""
        if is_unchanged(self.fleet):
            return {}
        points = [known.mrid for one in usage_points if (known := self.usage_point(one)) is not None]
        links = self.work.master_data.links(points, of_one=False, associations=[METER_USAGE_POINT])
        found: dict[int, list[Mounting]] = {}
        for link in links:
            index = self.fleet.index_of_mrid(link.one)
            if index is not None:
                end = None if link.end is None else epoch_seconds(link.end)
                mounting = Mounting(epoch_seconds(link.start), end, link.other)
                found.setdefault(index, []).append(mounting)
        return found

    def out_of_use(self, meters: NDArray[np.int64]) -> dict[int, datetime]:
        """Those of some meters that were closed, and when."""
        if is_unchanged(self.fleet):
            return {}
        closed = dict(self.work.master_data.closed_of(END_DEVICE))
        if not closed:
            return {}
        mrids = [folded_mrid(mrid.decode()) for mrid in self.fleet.mrids(meters)]
        return {
            index: closed[mrid]
            for index, mrid in zip(meters.tolist(), mrids, strict=True)
            if mrid in closed and closed[mrid] <= self.now
        }
