"""What the store knows of meters, as the simulator takes it."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from headend.operations.meter_targets import Indices
from headend.store import UnitOfWork, Window
from simulator.device import Aspect
from simulator.field_history import FieldHistory, Interruption
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds

Fact = TypeVar("Fact")


def field_history(fleet: Fleet, meters: Indices, work: UnitOfWork) -> FieldHistory:
    """All that ever happened to these meters; it may tell of others, too."""
    if isinstance(meters, range):
        stored = work.interruptions.all()
        resets = work.device_states.instants(Aspect.DEMAND_RESET)
    else:
        mrids = [mrid.decode() for mrid in fleet.mrids(meters)]
        stored = work.interruptions.of(mrids)
        resets = work.device_states.instants(Aspect.DEMAND_RESET, mrids)
    return FieldHistory(
        interruptions=_by_index(fleet, {mrid: switch_openings(windows) for mrid, windows in stored.items()}),
        demand_resets=_by_index(
            fleet, {mrid: tuple(map(epoch_seconds, instants)) for mrid, instants in resets.items()}
        ),
    )


def _by_index(fleet: Fleet, facts: Mapping[str, Fact]) -> dict[int, Fact]:
    """Facts by fleet index instead of mRID; a database may hold meters of another fleet."""
    return {index: fact for mrid, fact in facts.items() if (index := fleet.index_of_mrid(mrid)) is not None}


def switch_openings(windows: Iterable[Window]) -> tuple[Interruption, ...]:
    """The windows of one device: each is a time in which its switch was open, whoever opened it."""
    return tuple(Interruption(*one.span_s) for one in windows)
