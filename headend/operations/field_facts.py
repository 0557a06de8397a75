"""What the store knows of meters, as the simulator takes it."""

from collections.abc import Iterable

from headend.operations.meter_targets import Indices
from headend.store import UnitOfWork, Window
from simulator.field_history import FieldHistory, Interruption
from simulator.fleet import Fleet


def field_history(fleet: Fleet, meters: Indices, work: UnitOfWork) -> FieldHistory:
    """All that ever happened to these meters; it may tell of others, too."""
    if isinstance(meters, range):
        stored = work.interruptions.all()
    else:
        stored = work.interruptions.of(mrid.decode() for mrid in fleet.mrids(meters))
    interruptions = {}
    for mrid, windows in stored.items():
        index = fleet.index_of_mrid(mrid)
        if index is not None:  # a database may hold meters of another fleet
            interruptions[index] = switch_openings(windows)
    return FieldHistory(interruptions)


def switch_openings(windows: Iterable[Window]) -> tuple[Interruption, ...]:
    """The windows of one device: each is a time in which its switch was open, whoever opened it."""
    return tuple(Interruption(*one.span_s) for one in windows)
