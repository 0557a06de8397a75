"""Where meters hung, and when: what links of MasterDataLinkageConfig say of the past, the present and what lies ahead.

A meter whose link nobody ever changed hangs where the fleet has it since it was installed. Of any other one the stored
links are the whole truth: in between it hung nowhere, and measured nothing. A meter that was closed hangs nowhere from
then on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from headend.operations.fleet.meter_targets import Indices
from headend.operations.master_data.working_set import METER_USAGE_POINT
from headend.store import MasterLink, UnitOfWork
from simulator.field_history import Cause, Interruption
from simulator.fleet import Fleet
from simulator.fleet.imported_meters import folded_mrid
from simulator.local_time import epoch_seconds
from simulator.windows import FOR_EVER, Window


@dataclass(frozen=True, slots=True)
class Mounting:
    """A meter hung at a usage point in [start, end), epoch seconds; end is None as long as it does."""

    start: int
    end: int | None
    usage_point_mrid: str

    @property
    def window(self) -> Window:
        """When."""
        return self.start, self.end


def is_unchanged(fleet: Fleet) -> bool:
    """Whether master data left a fleet as its settings have it, so that nothing needs to be looked up."""
    return fleet.origin is fleet


def mountings(fleet: Fleet, meters: Indices, work: UnitOfWork) -> dict[int, tuple[Mounting, ...]]:
    """By fleet index, oldest first, of those meters whose links were changed or that were closed."""
    if is_unchanged(fleet):
        return {}
    data = work.master_data
    if isinstance(meters, range):
        links: Iterable[MasterLink] = data.links_of_association(METER_USAGE_POINT)
    else:
        mrids = [folded_mrid(mrid.decode()) for mrid in fleet.mrids(meters)]
        links = data.links(mrids, of_one=True, associations=[METER_USAGE_POINT])
    found: dict[int, list[Mounting]] = {}
    for link in links:
        index = fleet.index_of_mrid(link.one)
        if index is not None:
            end = None if link.end is None else epoch_seconds(link.end)
            found.setdefault(index, []).append(Mounting(epoch_seconds(link.start), end, link.other))
    for mrid, closed in data.closed_of("EndDevice"):
        index = fleet.index_of_mrid(mrid)
        if index is not None and index not in found and (isinstance(meters, range) or index in meters):
            point = folded_mrid(fleet.meter(index).usage_point_mrid)
            found[index] = [Mounting(int(fleet.installed_of([index])[0]), epoch_seconds(closed), point)]
    return {index: tuple(sorted(its, key=lambda one: one.start)) for index, its in found.items()}


def unmounted(fleet: Fleet, mounted: Mapping[int, Sequence[Mounting]]) -> dict[int, tuple[Interruption, ...]]:
    """The times since the fleet began in which meters hung nowhere, as interruptions of their supply."""
    return {index: tuple(_between(its, fleet.installed)) for index, its in mounted.items()}


def _between(mounted: Sequence[Mounting], since: int) -> Iterable[Interruption]:
    at = since
    for one in mounted:
        if one.start > at:
            yield Interruption(at, one.start, Cause.NOT_MOUNTED)
        at = FOR_EVER if one.end is None else max(at, one.end)
    if at < FOR_EVER:
        yield Interruption(at, None, Cause.NOT_MOUNTED)
