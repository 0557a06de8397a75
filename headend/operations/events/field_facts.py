"""What the store knows of meters, as the simulator takes it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from headend.operations.fleet.meter_targets import Indices
from headend.operations.fleet.meter_tariffs import meter_tariffs
from headend.operations.fleet.mountings import mountings, unmounted
from headend.operations.fleet.network_nodes import node_of_mrid
from headend.store import Json, StoredDefect, StoredOutage, UnitOfWork, Window
from simulator.defects import Defect, a_defect
from simulator.device import Aspect
from simulator.field_history import FieldHistory, Interruption
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds
from simulator.outages import Outage, Reporting, Restoration

Fact = TypeVar("Fact")


def field_history(fleet: Fleet, meters: Indices, work: UnitOfWork) -> FieldHistory:
    """All that ever happened to these meters; it may tell of others, too."""
    if isinstance(meters, range):
        stored, defects = work.interruptions.all(), work.defects.all()
        resets = work.device_states.instants(Aspect.DEMAND_RESET)
    else:
        mrids = [mrid.decode() for mrid in fleet.mrids(meters)]
        stored, defects = work.interruptions.of(mrids), work.defects.of(mrids)
        resets = work.device_states.instants(Aspect.DEMAND_RESET, mrids)
    interruptions = _by_index(fleet, {mrid: switch_openings(windows) for mrid, windows in stored.items()})
    for index, windows in unmounted(fleet, mountings(fleet, meters, work)).items():
        interruptions[index] = (*interruptions.get(index, ()), *windows)
    return FieldHistory(
        interruptions=interruptions,
        outages=stored_outages(fleet, work),
        defects=_by_meter(fleet, defects),
        demand_resets=_by_index(
            fleet, {mrid: tuple(map(epoch_seconds, instants)) for mrid, instants in resets.items()}
        ),
        tariffs=meter_tariffs(fleet, meters, work),
    )


def _by_index(fleet: Fleet, facts: Mapping[str, Fact]) -> dict[int, Fact]:
    """Facts by fleet index instead of mRID; a database may hold meters of another fleet."""
    return {index: fact for mrid, fact in facts.items() if (index := fleet.index_of_mrid(mrid)) is not None}


def stored_defect(stored: StoredDefect) -> Defect:
    """A defect as the simulator takes it."""
    return a_defect(
        stored.kind,
        epoch_seconds(stored.start),
        epoch_seconds(stored.end),
        stored.parameters,
        marked=stored.marked,
        id=stored.mrid,
    )


def _by_meter(fleet: Fleet, defects: Iterable[StoredDefect]) -> dict[int, list[Defect]]:
    found: dict[int, list[Defect]] = {}
    for stored in defects:
        index = fleet.index_of_mrid(stored.device_mrid)
        if index is not None:
            found.setdefault(index, []).append(stored_defect(stored))
    return found


def switch_openings(windows: Iterable[Window]) -> tuple[Interruption, ...]:
    """The windows of one device: each is a time in which its switch was open, whoever opened it."""
    return tuple(Interruption(*one.span_s) for one in windows)


def stored_outages(fleet: Fleet, work: UnitOfWork) -> tuple[Outage, ...]:
    """All outages of nodes of this fleet."""
    each = (stored_outage(fleet, one) for one in work.outages.all())
    return tuple(one for one in each if one is not None)


def stored_outage(fleet: Fleet, stored: StoredOutage) -> Outage | None:
    """The outage of a row; None where its node is one of another fleet."""
    node = node_of_mrid(fleet, stored.node_class, stored.node_mrid)
    if node is None:
        return None
    course: Mapping[str, Any] = stored.course
    return Outage(
        node,
        epoch_seconds(stored.start),
        None if stored.end is None else epoch_seconds(stored.end),
        tuple(course["reclosings_s"]),
        Restoration(**course["restoration"]),
        Reporting(**course["reporting"]),
    )


def outage_course(outage: Outage) -> dict[str, Json]:
    """What `stored_outage` makes the rest of an outage from: all but its node, start and end."""
    return {
        "reclosings_s": list(outage.reclosings_s),
        "restoration": asdict(outage.restoration),
        "reporting": asdict(outage.reporting),
    }
