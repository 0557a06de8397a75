"""Where a remote switch stands."""

from enum import Enum


class SwitchPosition(Enum):
    """Whether the customer has supply."""

    CONNECTED = "connected"
    ARMED = "armed"
    """No supply, until somebody presses the button at the meter."""
    DISCONNECTED = "disconnected"
