"""The readings that belong to a work: all registers of one meter at one instant."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from headend.operations.events.field_facts import field_history
from headend.operations.readings.deliverable_types import delivered_by_default
from headend.operations.readings.on_demand import ask
from headend.operations.refusal import TimedOut
from headend.operations.service_requests.told_works import PlannedRead
from headend.store import UnitOfWork
from simulator.collected import collected_at
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds
from simulator.meter_kinds import kind_of
from simulator.quantities import ChannelKind
from simulator.readings import ReadingBlock, reading_blocks
from simulator.series import Series, latest_series


@dataclass(frozen=True, slots=True)
class TakenRead:
    """What came of a read that was planned."""

    read: PlannedRead
    series: tuple[Series, ...] = ()
    block: ReadingBlock | None = None
    missing: str | None = None
    """Why there are no readings."""


def take_read(read: PlannedRead, fleet: Fleet, longest_wait: timedelta, work: UnitOfWork) -> TakenRead:
    """The registers of a meter as they stood when the work had them read.

    They follow from what happened to the meter by then, so they are the same whenever they are asked for.
    """
    index = fleet.index_of_mrid(read.meter_mrid)
    if index is None:
        return TakenRead(read, missing=f"meter {read.meter_mrid} is no longer known")
    meters = np.array([index], np.int64)
    history = field_history(fleet, meters, work)
    if read.is_remote:
        try:
            ask(fleet, meters, read.at, history, longest_wait)
        except TimedOut as silence:
            return TakenRead(read, missing=silence.errors[0].details)
    delivered = delivered_by_default(fleet)
    numbers = delivered.of_kind[int(kind_of(fleet, meters)[0])]
    channels = [delivered.channels[number] for number in numbers]
    registers = [one for one in channels if one.kind is ChannelKind.REGISTER]
    installed = int(fleet.installed_of([index])[0])
    series = tuple(latest_series(registers, calendar=fleet.calendar, installed=installed, now=read.at))
    if not any(one.stamps.size for one in series):
        return TakenRead(read, missing=f"{fleet.meter(index).name} was installed later than {read.at.isoformat()}")
    observation = collected_at(fleet, history, epoch_seconds(read.at), answered_now=True)
    (block,) = reading_blocks(fleet, meters, series, history, observation=observation)
    return TakenRead(read, series, block)
