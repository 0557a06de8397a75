"""The course of a command at one device: what happens there and when, and what comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.device.aspect import Aspect, Transition, Value, Windows, holding
from simulator.device.behaviour import CommandBehaviour, Duration, happens
from simulator.device.chance import Chance
from simulator.device.command import Command

POSITION: Final = "contactorPosition"
"""EndDeviceEventDetail that tells how the switch stands: Closed, Opened or Armed."""


class Result(StrEnum):
    """What a command came to."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The device tried and could not, or said no; an event tells of it."""
    NOT_ATTEMPTED = "not attempted"
    """The device was not even asked; it reports nothing."""


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """What the device reports, and when."""

    aspect: Aspect
    at: datetime
    type: EndDeviceEventType
    control: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What earlier commands have planned on an aspect for later than an instant does not come to pass."""

    aspect: Aspect
    after: datetime
    control: str | None = None
    """Only what this command has planned; None: whoever has."""


@dataclass(frozen=True, slots=True)
class Course:
    """What one command does at one device. Everything in it may lie in the future."""

    result: Result
    answered: datetime
    """When the device has answered, and takes the next command."""
    event: EndDeviceEventType | None
    """What tells of the result."""
    transitions: tuple[Transition, ...] = ()
    events: tuple[DeviceEvent, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    why: str = ""
    """Of what did not succeed: a sentence without a subject, such as `the switch is disabled`."""
    declined: datetime | None = None
    """When the customer said no to what the device had planned."""

    @property
    def done(self) -> datetime:
        """When the result is known: that of the event which tells of it."""
        return next((one.at for one in self.events if one.type == self.event), self.answered)

    @property
    def starts(self) -> datetime:
        """When what it plans takes effect, or is turned down by the customer."""
        planned = [one.at for one in self.transitions] or [one.at for one in self.events[1:]]
        return min(planned, default=self.answered)

    @property
    def reaches(self) -> datetime:
        """The last instant at which it does anything."""
        ends = [one.until for one in self.transitions if one.until is not None]
        return max([self.answered, *ends, *(one.at for one in self.transitions), *(one.at for one in self.events)])


@dataclass(frozen=True, slots=True)
class Device:
    """What a device is, apart from its state."""

    has_switch: bool = True
    firmware: str | None = None
    """As installed."""
    unpowered: Windows = ()
    """Outages: [start, end) without power, in which the device neither hears nor answers."""


class Situation:
    """One command about to be carried out at one device: all that its course depends on."""

    __slots__ = ("begins", "behaviour", "chance", "command", "device", "transitions")

    def __init__(
        self,
        command: Command,
        begins: datetime,
        device: Device,
        transitions: Iterable[Transition],
        behaviour: CommandBehaviour,
        chance: Chance,
    ) -> None:
        """`begins` is when the device is free for it; transitions are those of all earlier commands, in order."""
        self.command = command
        self.begins = begins
        self.device = device
        self.transitions = tuple(transitions)
        self.behaviour = behaviour
        self.chance = chance

    def after(self, duration: Duration) -> datetime:
        """When the device answers if it takes so long."""
        return self.begins + timedelta(seconds=duration.drawn_s(self.chance.duration))

    def fails(self) -> bool:
        """Whether the device fails for no reason that anybody knows."""
        return happens(self.behaviour.failures_per_million, self.chance.failure)

    def holding(self, aspect: Aspect, instant: datetime) -> Transition | None:
        """What an aspect is at an instant."""
        return holding(self.transitions, aspect, instant)

    def switch_word(self, instant: datetime) -> str:
        """contactorPosition at an instant: Closed, Opened or Armed."""
        if self.holding(Aspect.SWITCH, instant) is None:
            return "Closed"
        return "Opened" if self.holding(Aspect.ARMED, instant) is None else "Armed"

    def transition(
        self,
        aspect: Aspect,
        at: datetime,
        value: Value | None,
        until: datetime | None = None,
        thread: Aspect | None = None,
    ) -> Transition:
        """A transition of this command's making."""
        return Transition(aspect, at, value, until, self.command.control, thread)

    def ending(self, aspect: Aspect, at: datetime) -> tuple[Transition, ...]:
        """The transition that ends what an aspect is at an instant; none where there is nothing to end."""
        return () if self.holding(aspect, at) is None else (self.transition(aspect, at, None),)

    def event(self, aspect: Aspect, at: datetime, code: str, **details: str) -> DeviceEvent:
        """An event of this command's making; `code` is without the device type, which the sender chose: `31.0.42`."""
        device_type = self.command.device_type if self.command.type is None else self.command.type.type
        event_type = EndDeviceEventType.parse(f"{device_type}.{code}")
        return DeviceEvent(aspect, at, event_type, self.command.control, tuple(details.items()))

    def success(self, aspect: Aspect, at: datetime, **details: str) -> DeviceEvent:
        """The event that the list of controls gives for success."""
        return self._listed(aspect, at, success=True, **details)

    def done(
        self,
        event: DeviceEvent,
        transitions: Iterable[Transition] = (),
        later: Iterable[DeviceEvent] = (),
        withdrawals: Iterable[Withdrawal] = (),
        answered: datetime | None = None,
    ) -> Course:
        """The course of a success that `event` tells of; `later` are what follows from it.

        answered: when the device takes the next command, if that is not when the event happens.
        """
        return Course(
            Result.SUCCEEDED,
            event.at if answered is None else answered,
            event.type,
            tuple(transitions),
            (event, *later),
            tuple(withdrawals),
        )

    def failed(self, aspect: Aspect, at: datetime, why: str, **details: str) -> Course:
        """The course of a failure: nothing but its event."""
        event = self._listed(aspect, at, success=False, **details)
        return Course(Result.FAILED, at, event.type, (), (event,), (), why)

    def not_attempted(self, why: str) -> Course:
        """The course of a command that is not sent."""
        return Course(Result.NOT_ATTEMPTED, self.begins, None, why=why)

    def _listed(self, aspect: Aspect, at: datetime, *, success: bool, **details: str) -> DeviceEvent:
        control = self.command.type
        if control is None:
            raise ValueError(f"no list has the events of {self.command.kind.name}")
        event_type = (control.success_events if success else control.failure_events)[0]
        return DeviceEvent(aspect, at, event_type, self.command.control, tuple(details.items()))
