"""The remote switch of a meter (RCD switch) as a state machine without a state: position in, outcome out.

What a switch did in the past is a list of windows in which it was open; whoever calls keeps that list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from simulator.cim.end_device_control_type import EndDeviceControlType
from simulator.cim.end_device_event_type import EndDeviceEventType


class SwitchPosition(Enum):
    """Whether the customer has supply."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


# Domain, sub-domain and action of the controls that move the switch (Annex F).
_TARGETS: Final = {
    (31, 0, 18): SwitchPosition.CONNECTED,
    (31, 0, 23): SwitchPosition.DISCONNECTED,
}


class UnsupportedControl(ValueError):
    """A control that is valid but that the devices of this fleet do not carry out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one control on one device."""

    position: SwitchPosition
    event: EndDeviceEventType  # what the device reports
    moved: bool  # False: it already was where it should go


def position_at(windows: Iterable[tuple[int, int | None]], instant: int) -> SwitchPosition:
    """Where the switch stands, given the windows [start, end) in epoch seconds in which it was open."""
    for start, end in windows:
        if start <= instant and (end is None or instant < end):
            return SwitchPosition.DISCONNECTED
    return SwitchPosition.CONNECTED


def operate(position: SwitchPosition, control: EndDeviceControlType) -> Outcome:
    """What a connect or disconnect does. Raises UnsupportedControl for any other control.

    A switch that already is in the wanted position is done at once and reports success: the sender wanted a
    state, and it holds.
    """
    target = _TARGETS.get((control.domain, control.sub_domain, control.action))
    if target is None:
        raise UnsupportedControl(
            f"control {control} ({control.mnemonic}) is not carried out by these meters; "
            "they know RCDSwitch.-.Connect and RCDSwitch.-.Disconnect"
        )
    return Outcome(target, control.success_events[0], moved=target is not position)
