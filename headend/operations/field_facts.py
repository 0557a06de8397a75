"""What the store knows of meters, as the simulator takes it."""

from collections.abc import Iterable

from headend.operations.meter_targets import Indices
from headend.store import StoredDefect, UnitOfWork, Window
from simulator.defects import Defect, a_defect
from simulator.field_history import FieldHistory, Interruption
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds


def field_history(fleet: Fleet, meters: Indices, work: UnitOfWork) -> FieldHistory:
    """All that ever happened to these meters; it may tell of others, too."""
    if isinstance(meters, range):
        stored, defects = work.interruptions.all(), work.defects.all()
    else:
        mrids = [mrid.decode() for mrid in fleet.mrids(meters)]
        stored, defects = work.interruptions.of(mrids), work.defects.of(mrids)
    interruptions = {}
    for mrid, windows in stored.items():
        index = fleet.index_of_mrid(mrid)
        if index is not None:  # a database may hold meters of another fleet
            interruptions[index] = switch_openings(windows)
    return FieldHistory(interruptions, defects=_by_meter(fleet, defects))


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
