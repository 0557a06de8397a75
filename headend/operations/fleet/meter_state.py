"""What there is to say of one meter at one instant: its device, its registers, and what clients did to it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from headend.operations.controls.stored_commands import transition_of
from headend.operations.events.field_facts import field_history
from headend.store import EndDeviceEvent, EventSelection, UnitOfWork, Window
from simulator.cim.reading_type import ReadingType
from simulator.device import DeviceState, SwitchPosition, Transition, state_at, switch_transitions
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet, Meter
from simulator.local_time import epoch_seconds
from simulator.meter_kinds import MeterKind
from simulator.quantities import ChannelKind, channel
from simulator.readings import latest_series, reading_blocks
from simulator.supply import Supply


@dataclass(frozen=True, slots=True)
class RegisterValue:
    """A register as it stands, in the unit and multiplier of its reading type."""

    reading_type: ReadingType
    stamp: datetime
    value: Decimal


@dataclass(frozen=True, slots=True)
class MeterState:
    """A meter at an instant."""

    meter: Meter
    now: datetime
    device: DeviceState
    has_power: bool
    """Whether its line has power: no outage takes it. Behind an open switch the customer has none all the same."""
    registers: tuple[RegisterValue, ...]
    """Empty before the installation."""
    reading_types: tuple[ReadingType, ...]
    """What the meter delivers when nobody asks for anything else."""
    interruptions: tuple[Window, ...]
    """Those that have begun, oldest first; one whose end lies ahead has none yet."""
    events: tuple[EndDeviceEvent, ...]
    """Oldest first."""

    @property
    def switch(self) -> SwitchPosition:
        """How the remote switch stands; a meter without one is connected."""
        return self.device.switch


def find_meter(fleet: Fleet, text: str) -> Meter | None:
    """The meter with this mRID or name; None if the fleet has none."""
    index = fleet.index_of_mrid(text)
    if index is None:
        index = fleet.index_of_name(text)
    return None if index is None else fleet.meter(index)


def meter_state(fleet: Fleet, meter: Meter, now: datetime, work: UnitOfWork | None) -> MeterState:
    """The state of a meter; without a unit of work, of one that no client ever touched."""
    windows: tuple[Window, ...] = ()
    history = UNDISTURBED
    events: tuple[EndDeviceEvent, ...] = ()
    transitions: list[Transition] = []
    if work is not None:
        windows = tuple(one for one in work.interruptions.of([meter.mrid]).get(meter.mrid, ()) if one.start <= now)
        stored = work.device_states.of([meter.mrid]).get(meter.mrid, ())
        transitions = sorted(
            [*switch_transitions([(one.start, one.end) for one in windows]), *map(transition_of, stored)],
            key=lambda one: one.at,
        )
        history = field_history(fleet, np.array([meter.index]), work)
        events = tuple(work.events.find(EventSelection(devices=[meter.mrid], until=now)))
    return MeterState(
        meter=meter,
        now=now,
        device=state_at(transitions, now, fleet.firmware_at(meter.index)),
        has_power=not Supply(fleet, history).powerless(np.array([meter.index]), epoch_seconds(now))[0],
        registers=_registers(fleet, meter.index, now, history),
        reading_types=_reading_types(fleet, meter.index),
        interruptions=tuple(one if one.end is None or one.end <= now else replace(one, end=None) for one in windows),
        events=events,
    )


def _reading_types(fleet: Fleet, index: int) -> tuple[ReadingType, ...]:
    return MeterKind(fleet.template_at(index), fleet.class_at(index)).default_reading_types()


def _registers(fleet: Fleet, index: int, now: datetime, history: FieldHistory) -> tuple[RegisterValue, ...]:
    channels = [one for one in map(channel, _reading_types(fleet, index)) if one.kind is ChannelKind.REGISTER]
    installed = int(fleet.installed_of([index])[0])
    series = latest_series(channels, calendar=fleet.calendar, installed=installed, now=now)
    block = next(reading_blocks(fleet, np.array([index]), series, history))
    own_stamps = block.own_stamps or (None,) * len(series)
    return tuple(
        RegisterValue(
            one.reading_type,
            datetime.fromtimestamp(int(one.stamps[-1] if stamps is None else stamps[0, -1]), UTC),
            Decimal(int(values[0, -1])).scaleb(-one.decimals),
        )
        for one, values, stamps in zip(series, block.values, own_stamps, strict=True)
        if one.stamps.size
    )
