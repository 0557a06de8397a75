"""Where a remote switch stands."""

from collections.abc import Iterable
from enum import Enum


class SwitchPosition(Enum):
    """Whether the customer has supply."""

    CONNECTED = "connected"
    ARMED = "armed"
    """No supply, until somebody presses the button at the meter."""
    DISCONNECTED = "disconnected"


def position_at(windows: Iterable[tuple[int, int | None]], instant: int) -> SwitchPosition:
    """Where the switch stands, given the windows [start, end) in epoch seconds in which it was open.

    Whether an open switch is armed is not among the windows: see `simulator.device.state`.
    """
    for start, end in windows:
        if start <= instant and (end is None or instant < end):
            return SwitchPosition.DISCONNECTED
    return SwitchPosition.CONNECTED
