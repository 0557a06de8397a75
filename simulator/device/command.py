"""A command as it reaches a device."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from simulator.cim.end_device_control_type import EndDeviceControlType


class CommandKind(StrEnum):
    """What is commanded: domain, sub-domain and action of Annex F, whatever the device type."""

    CONNECT = "31.0.18"
    DISCONNECT = "31.0.23"
    ARM_FOR_CLOSURE = "31.0.5"
    ARM_FOR_OPEN = "31.0.6"
    ENABLE_SWITCH = "31.0.26"
    DISABLE_SWITCH = "31.0.22"
    ENABLE_CAPACITY_LIMIT = "31.139.26"
    DISABLE_CAPACITY_LIMIT = "31.139.22"
    ENABLE_EMERGENCY_CAPACITY_LIMIT = "31.138.26"
    DISABLE_EMERGENCY_CAPACITY_LIMIT = "31.138.22"
    START_LOAD_CONTROL = "15.0.54"
    STOP_LOAD_CONTROL = "15.0.55"
    SCHEDULE_LOAD_EVENT = "15.43.300"
    CANCEL_LOAD_EVENT = "15.43.8"
    CANCEL_ALL_LOAD_EVENTS = "15.148.8"
    RESET_DEMAND = "8.0.214"
    DISPLAY_TEXT = "13.112.77"
    CANCEL_TEXT = "13.112.8"
    CREATE_PRICE = "20.9.82"
    OPEN_PAIRING_WINDOW = "10.73.298"
    CLOSE_PAIRING_WINDOW = "10.73.299"
    ENABLE_NETWORK = "23.0.26"
    DISABLE_NETWORK = "23.0.22"
    UPDATE_FIRMWARE = "firmware"
    """No control code has it: an operation of the head end starts it."""

    @classmethod
    def of(cls, control: EndDeviceControlType) -> "CommandKind":
        """The kind of a control type; every listed one has one."""
        return cls(f"{control.domain}.{control.sub_domain}.{control.action}")

    @property
    def needs_switch(self) -> bool:
        """Whether only a device with a remote switch can do it."""
        return self.startswith("31.")

    @property
    def needs_home_network(self) -> bool:
        """Whether it is for the devices of the customer, which the meter reaches over its home network."""
        return self.startswith(("10.", "13.", "15.", "20.", "23."))

    @property
    def is_planned_by_device(self) -> bool:
        """Whether the device gets it at once, whatever its start, and keeps the time by itself."""
        return self in (CommandKind.SCHEDULE_LOAD_EVENT, CommandKind.DISPLAY_TEXT, CommandKind.CREATE_PRICE)


_NOTHING_MORE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a command says besides its kind (primaryDeviceTiming, PanDemandResponse, PanDisplay, PanPricing)."""

    start: datetime | None = None
    """Of what the device is to plan by itself, such as a load control event; None: at once."""
    duration_s: int | None = None
    """None: without end."""
    randomise_start: bool = False
    randomise_end: bool = False
    mandatory: bool = False
    """The customer may not opt out (drProgramMandatory)."""
    confirmation_required: bool = False
    cancel_at: datetime | None = None
    """When what is cancelled is to end; None: at once."""
    cancels: str | None = None
    """Which command is to be cancelled, by its control; None: the one under way, else the next."""
    words: Mapping[str, str] = field(default_factory=lambda: _NOTHING_MORE)
    """What is passed on as it is: text, price, dutyCycle, setpoints ... by the names of the profile."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command for one device or many."""

    control: str
    """mRID."""
    kind: CommandKind
    type: EndDeviceControlType | None
    """None where no control code has it."""
    begins: datetime
    """When it is sent to the device: when it was accepted, or the start that it asks for."""
    parameters: Parameters = field(default_factory=Parameters)
    device_type: int = 3
    """First part of the events that no control code gives (Annex E)."""
