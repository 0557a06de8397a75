"""Controls as the store keeps them, and as the simulator's devices take them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from headend.store import DeviceTransition, EndDeviceControl
from simulator.cim.end_device_control_type import EndDeviceControlType
from simulator.device import Aspect, Command, CommandKind, Parameters, Transition

FIRMWARE_UPDATE: Final = CommandKind.UPDATE_FIRMWARE.value
"""Type code of a control that no control code has: a firmware update, which an operation starts."""

_INSTANTS: Final = ("start", "cancel_at")
_OTHERS: Final = ("cancels", "duration_s", "randomise_start", "randomise_end", "mandatory", "confirmation_required")


def command_of(control: EndDeviceControl) -> Command:
    """What devices are told."""
    parameters = parameters_of(control)
    since = control.changed or control.accepted
    begins = max(since, control.scheduled or since)
    if control.type_code == FIRMWARE_UPDATE:
        return Command(control.mrid, CommandKind.UPDATE_FIRMWARE, None, begins, parameters)
    control_type = EndDeviceControlType.parse(control.type_code)
    return Command(control.mrid, CommandKind.of(control_type), control_type, begins, parameters)


def stored_parameters(parameters: Parameters) -> Mapping[str, Any] | None:
    """Parameters as JSON, without those that say nothing."""
    stored: dict[str, Any] = {name: value for name in _OTHERS if (value := getattr(parameters, name))}
    if parameters.duration_s == 0:
        stored["duration_s"] = 0
    stored |= {name: value.isoformat() for name in _INSTANTS if (value := getattr(parameters, name)) is not None}
    if parameters.words:
        stored["words"] = dict(parameters.words)
    return stored or None


def planned_start(control: EndDeviceControl) -> datetime | None:
    """When the device is to begin what it plans by itself; None where the command does not say."""
    kind = kind_of(control)
    stored = (control.parameters or {}).get("start") if kind.is_planned_by_device else None
    return None if stored is None else datetime.fromisoformat(stored)


def kind_of(control: EndDeviceControl) -> CommandKind:
    """What is commanded."""
    if control.type_code == FIRMWARE_UPDATE:
        return CommandKind.UPDATE_FIRMWARE
    return CommandKind.of(EndDeviceControlType.parse(control.type_code))


def parameters_of(control: EndDeviceControl) -> Parameters:
    """What the command says besides its type."""
    stored: Mapping[str, Any] = control.parameters or {}
    instants = {name: datetime.fromisoformat(stored[name]) for name in _INSTANTS if name in stored}
    given: dict[str, Any] = {**stored, **instants}
    return Parameters(**given)


def transition_of(stored: DeviceTransition) -> Transition:
    """A fact of the store as the simulator takes it."""
    return Transition(Aspect(stored.aspect), stored.at, stored.value, stored.until, stored.control_mrid)


def stored_transition(device_mrid: str, transition: Transition) -> DeviceTransition:
    """A fact of the simulator as the store takes it."""
    return DeviceTransition(
        device_mrid, transition.aspect.value, transition.at, transition.value, transition.until, transition.control
    )
