"""What a work comes to, found out before anything of it is done: the meters and the usage point that it is about.

disconnect, reconnect        Meter, or the only one at UsagePoint
meter                        Meter and OldMeter: exchange. Meter alone: installation at UsagePoint. OldMeter alone
                             (the profile requires a Meter, which is then empty or the same): removal.
inspection, maintenance,     a visit: Meter, or the only one at UsagePoint
repair, service, test
construction, other          on record only; Meter and UsagePoint need to be known if they are named
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from headend.operations.master_data.classes import End, associations, find_class
from headend.operations.master_data.documents import text_of
from headend.operations.master_data.fleet_effects import in_fleet
from headend.operations.master_data.working_set import METER_USAGE_POINT, Known, Link, WorkingSet
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level
from headend.operations.service_requests.payload import WORK, SaidWork
from simulator.fleet import Fleet


class Job(Enum):
    """What the head end does for a work."""

    DISCONNECT = auto()
    RECONNECT = auto()
    INSTALL = auto()
    EXCHANGE = auto()
    REMOVE = auto()
    VISIT = auto()
    RECORD = auto()


_JOBS: Final[Mapping[str, Job]] = {
    "disconnect": Job.DISCONNECT,
    "reconnect": Job.RECONNECT,
    "inspection": Job.VISIT,
    "maintenance": Job.VISIT,
    "repair": Job.VISIT,
    "service": Job.VISIT,
    "test": Job.VISIT,
    "construction": Job.RECORD,
    "other": Job.RECORD,
}
"""By kind; `meter` hangs on which meters are named."""

_OF_METER: Final = End(associations()[METER_USAGE_POINT], True)
_OF_POINT: Final = End(associations()[METER_USAGE_POINT], False)


@dataclass(frozen=True, slots=True)
class Plan:
    """A work that can be done, as far as can be told."""

    job: Job
    at: datetime
    meter: Known | None = None
    old_meter: Known | None = None
    usage_point: Known | None = None
    others: tuple[Known, ...] = ()
    remarks: tuple[Error, ...] = ()
    """Customers and the like that are not known here: nothing hangs on them."""

    @property
    def objects(self) -> dict[str, list[str]]:
        """mRIDs of what it is about, by relation."""
        found: dict[str, list[str]] = {}
        for relation, known in (
            ("Meter", self.meter),
            ("OldMeter", self.old_meter),
            ("UsagePoint", self.usage_point),
            *((one.object.family, one) for one in self.others),
        ):
            if known is not None:
                found.setdefault(relation, []).append(known.mrid)
        return found


def plan(said: SaidWork, at: datetime, fleet: Fleet, working: WorkingSet) -> Plan:
    """What a work comes to at an instant.

    Raises Refusal: 2.4, 2.12 for what is not known, 2.13 for a meter that does not hang where it should, 5.2 for one
    out of use, 5.8 for a work that says too little, 6.1 for a meter that hangs elsewhere or is to leave already.
    """
    meter = None if said.meter is None else _meter(said.meter, at, fleet, working)
    old = None if said.old_meter is None else _meter(said.old_meter, at, fleet, working)
    point = None if said.usage_point is None else working.find(find_class("UsagePoint"), said.usage_point)
    others, remarks = _others(said, working)
    kind = said.kind
    if kind == "meter":
        if old is not None and meter is not None and meter.mrid == old.mrid:
            meter = None
        job, point = _change(meter, old, point, at, working)
        return Plan(job, at, meter, old, point, others, remarks)
    if kind not in _JOBS:
        raise Refusal.because("5.8", f"the {WORK} is of kind {kind!r}; kinds are {', '.join((*_JOBS, 'meter'))}")
    job = _JOBS[kind]
    if meter is None and point is not None and job is not Job.RECORD:
        meter = _only_meter(point, said.usage_point, at, working)
    elif meter is not None and point is not None and _link(meter, point, at, working) is None:
        raise _not_linked(meter, point, at)
    if meter is None and job is not Job.RECORD:
        raise Refusal.because("1.7", f"a {WORK} of kind {kind} names a Meter, or the UsagePoint where it hangs")
    if meter is not None and point is None:
        point = next(iter(working.far_of(_OF_METER, meter.mrid, at)), None)
    return Plan(job, at, meter, old, point, others, remarks)


def spelled(known: Known) -> str:
    """An object's mRID as it was written."""
    return text_of(known.object.document, "mRID") or known.mrid


def link_of(meter: Known, point_mrid: str, working: WorkingSet) -> Link | None:
    """The latest link of a meter with a usage point."""
    links = [link for link in working.links(_OF_METER, meter.mrid) if link.row.other == point_mrid]
    return links[-1] if links else None


def _change(
    meter: Known | None, old: Known | None, point: Known | None, at: datetime, working: WorkingSet
) -> tuple[Job, Known]:
    """Which of the three it is, and where."""
    if old is not None:
        here = point or next(iter(working.far_of(_OF_METER, old.mrid, at)), None)
        if here is None:
            raise Refusal.because(
                "2.13", f"{_named(old)} hangs at no UsagePoint at {at.isoformat()}", _reference(old).object_id
            )
        link = _link(old, here, at, working)
        if link is None:
            raise _not_linked(old, here, at)
        if link.row.end is not None:
            raise Refusal.because(
                "6.1",
                f"{_named(old)} leaves UsagePoint {spelled(here)} at {link.row.end.isoformat()} already",
                _reference(old).object_id,
            )
        if meter is None:
            return Job.REMOVE, here
        _check_free(meter, at, working)
        return Job.EXCHANGE, here
    if meter is None or point is None:
        missing = "a Meter or an OldMeter" if meter is None else "the UsagePoint at which to install it, or an OldMeter"
        raise Refusal.because("1.7", f"a {WORK} of kind meter names {missing}")
    _check_free(meter, at, working)
    return Job.INSTALL, point


def _meter(reference: ObjectReference, at: datetime, fleet: Fleet, working: WorkingSet) -> Known:
    known = working.find(find_class("Meter"), reference)
    if not in_fleet(known) or fleet.index_of_mrid(known.mrid) is None:
        raise Refusal.because(
            "2.4", f"{reference} has no readings: it is a device of the home network", reference.object_id
        )
    closed = known.object.closed
    if closed is not None and closed <= at:
        raise Refusal.because("5.2", f"{reference} was taken out of use at {closed.isoformat()}", reference.object_id)
    return known


def _others(said: SaidWork, working: WorkingSet) -> tuple[tuple[Known, ...], tuple[Error, ...]]:
    found: list[Known] = []
    remarks: list[Error] = []
    for reference in said.others():
        if not (reference.mrid or reference.names):
            continue
        try:
            found.append(working.find(find_class(reference.object_type), reference))
        except Refusal as refusal:
            remarks += [Error(one.code, one.details, Level.WARNING, one.object_id) for one in refusal.errors]
    return tuple(found), tuple(remarks)


def _only_meter(point: Known, said: ObjectReference | None, at: datetime, working: WorkingSet) -> Known:
    meters = working.far_of(_OF_POINT, point.mrid, at)
    if len(meters) == 1:
        return meters[0]
    details = f"{said} has {len(meters) or 'no'} meters at {at.isoformat()}"
    code = "1.7" if meters else "2.13"
    raise Refusal.because(code, f"{details}; name the Meter", None if said is None else said.object_id)


def _link(meter: Known, point: Known, at: datetime, working: WorkingSet) -> Link | None:
    for link in working.links(_OF_METER, meter.mrid):
        if link.row.other == point.mrid and link.holds_at(at):
            return link
    return None


def _check_free(meter: Known, at: datetime, working: WorkingSet) -> None:
    """Raises Refusal (6.1) where a meter that is to be installed hangs somewhere."""
    for link in working.links(_OF_METER, meter.mrid):
        if link.reaches_beyond(at):
            raise Refusal.because(
                "6.1",
                f"{_named(meter)} hangs at UsagePoint {link.row.other} since {link.row.start.isoformat()}: remove it "
                "there first",
                _reference(meter).object_id,
            )


def _not_linked(meter: Known, point: Known, at: datetime) -> Refusal:
    details = f"{_named(meter)} and UsagePoint {spelled(point)} are not linked at {at.isoformat()}"
    return Refusal(
        Error(
            "2.13",
            details,
            object_id=_reference(meter).object_id,
            related_id=ObjectReference("UsagePoint", spelled(point)).object_id,
        )
    )


def _reference(meter: Known) -> ObjectReference:
    return ObjectReference("Meter", spelled(meter))


def _named(meter: Known) -> str:
    return f"Meter {meter.names[0].name if meter.names else spelled(meter)}"
