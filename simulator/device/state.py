"""The state of a device at an instant, put together from its transitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from simulator.device.aspect import Aspect, Transition, Value, holding
from simulator.device.firmware import VERSION
from simulator.device.switch_position import SwitchPosition


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What commands have made of a device. None where nothing is the matter."""

    switch: SwitchPosition
    switch_enabled: bool
    armed_for: str | None
    """closure or open, while a press of the button at the meter would do it."""
    capacity_limit: bool
    emergency_capacity_limit: bool
    load_control: Value | None
    display: Value | None
    price: Value | None
    pairing_until: datetime | None
    """When the open pairing window closes."""
    home_network_enabled: bool
    firmware: str | None
    firmware_update: Value | None
    """version and stage of an update under way."""
    demand_reset: datetime | None
    """The last one."""


def state_at(transitions: Sequence[Transition], instant: datetime, firmware: str | None = None) -> DeviceState:
    """The state at an instant; transitions in order, those of the switch among them. firmware: as installed."""

    def current(aspect: Aspect) -> Transition | None:
        return holding(transitions, aspect, instant)

    def value(aspect: Aspect) -> Value | None:
        found = current(aspect)
        return None if found is None else found.value

    is_open, armed = current(Aspect.SWITCH) is not None, value(Aspect.ARMED)
    position = SwitchPosition.CONNECTED
    if is_open:
        position = SwitchPosition.ARMED if armed is not None else SwitchPosition.DISCONNECTED
    pairing, reset, installed = current(Aspect.PAIRING_WINDOW), current(Aspect.DEMAND_RESET), value(Aspect.FIRMWARE)
    return DeviceState(
        switch=position,
        switch_enabled=current(Aspect.SWITCH_DISABLED) is None,
        armed_for=None if armed is None else armed["for"],
        capacity_limit=current(Aspect.CAPACITY_LIMIT) is not None,
        emergency_capacity_limit=current(Aspect.EMERGENCY_CAPACITY_LIMIT) is not None,
        load_control=value(Aspect.LOAD_CONTROL),
        display=value(Aspect.DISPLAY),
        price=value(Aspect.PRICE),
        pairing_until=None if pairing is None else pairing.until,
        home_network_enabled=current(Aspect.NETWORK_DISABLED) is None,
        firmware=firmware if installed is None else installed[VERSION],
        firmware_update=value(Aspect.FIRMWARE_UPDATE),
        demand_reset=None if reset is None else reset.at,
    )
