"""A device that gets commands, without a head end around it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.cim.end_device_control_type import EndDeviceControlType
from simulator.device import (
    NO_CHANCE,
    PROMPT,
    Chance,
    Chapter,
    Command,
    CommandBehaviour,
    CommandKind,
    Device,
    DeviceState,
    Parameters,
    Transition,
    state_at,
    told,
    transitions_of,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def command(kind: CommandKind, minutes: float = 0, control: str = "a", **parameters: Any) -> Command:
    """A command that begins so many minutes after noon."""
    control_type = None if kind is CommandKind.UPDATE_FIRMWARE else EndDeviceControlType.parse(f"3.{kind.value}")
    return Command(control, kind, control_type, at(minutes), Parameters(**parameters))


@dataclass
class TestedDevice:
    """Takes commands one after the other and tells what comes of them all."""

    behaviour: CommandBehaviour = PROMPT
    device: Device = field(default_factory=Device)
    past: tuple[Transition, ...] = ()
    commands: list[tuple[Command, Chance]] = field(default_factory=list)

    __test__ = False

    def take(self, kind: CommandKind, minutes: float = 0, chance: Chance = NO_CHANCE, **parameters: Any) -> Chapter:
        """Give it a command; what it does by itself, before anything else is said."""
        name = f"{len(self.commands)}"
        self.commands.append((replace(command(kind, minutes, **parameters), control=name), chance))
        return next(one for one in self.chapters if one.command.control == name)

    @property
    def chapters(self) -> list[Chapter]:
        return told(self.past, self.commands, self.device, self.behaviour)

    @property
    def events(self) -> list[tuple[float, str]]:
        """Minutes after noon and type without the device type, in order."""
        found = [event for chapter in self.chapters for event in chapter.events]
        found.sort(key=lambda event: event.at)
        return [((event.at - NOON) / timedelta(minutes=1), event.type.code.partition(".")[2]) for event in found]

    def state(self, minutes: float) -> DeviceState:
        return state_at(transitions_of(self.past, self.chapters), at(minutes), self.device.firmware)
