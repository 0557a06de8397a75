"""What can be said of a device, and since when: the facts that a state follows from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Aspect(StrEnum):
    """One side of a device's state. Each has a value at any instant, or none where nothing is the matter."""

    SWITCH = "switch"
    ARMED = "armed"
    SWITCH_DISABLED = "switch disabled"
    CAPACITY_LIMIT = "capacity limit"
    EMERGENCY_CAPACITY_LIMIT = "emergency capacity limit"
    LOAD_CONTROL = "load control"
    DISPLAY = "display"
    PRICE = "price"
    PAIRING_WINDOW = "pairing window"
    NETWORK_DISABLED = "network disabled"
    DEMAND_RESET = "demand reset"
    FIRMWARE = "firmware"
    FIRMWARE_UPDATE = "firmware update"
    COMMAND = "command"
    """Whether a command has reached the device: no state of it, but something that is told of."""


Value = Mapping[str, str]
"""What an aspect is while it is something, in words of its own: {"text": ..., "priority": ...} of a display."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From `at` on an aspect has a value: until the next transition of that aspect, or `until` if that is earlier.

    Transitions make room by themselves: the latest one that has begun is what holds. So a state needs no rewriting when
    something is planned before something else that was planned already.
    """

    aspect: Aspect
    at: datetime
    value: Value | None
    """None: nothing holds any more."""
    until: datetime | None = None
    control: str | None = None
    """mRID of the command that caused it."""
    thread: Aspect | None = None
    """What it hangs on, if not on its own aspect: a switch that a button closes hangs on being armed."""


def holding(transitions: Iterable[Transition], aspect: Aspect, instant: datetime) -> Transition | None:
    """What an aspect is at an instant; transitions are in the order of their instants."""
    last = None
    for one in transitions:
        if one.aspect is aspect and one.at <= instant:
            last = one
    if last is None or last.value is None or (last.until is not None and last.until <= instant):
        return None
    return last


Windows = Sequence[tuple[datetime, datetime | None]]


def covers(windows: Windows, instant: datetime) -> bool:
    """Whether an instant lies in one of these windows, [start, end)."""
    return any(start <= instant and (end is None or instant < end) for start, end in windows)


OPEN: Value = {"position": "open"}
"""The switch is open: nobody downstream has supply. A closed switch is nothing to speak of: None."""


def switch_transitions(windows: Windows) -> list[Transition]:
    """The transitions of the switch that windows [start, end) without supply came from; windows are in order."""
    found = []
    for start, end in windows:
        found.append(Transition(Aspect.SWITCH, start, OPEN))
        if end is not None:
            found.append(Transition(Aspect.SWITCH, end, None))
    return found


def open_windows(transitions: Iterable[Transition]) -> list[tuple[datetime, datetime | None]]:
    """The windows [start, end) in which the switch is open, in order; none is empty and none overlaps another."""
    windows: list[tuple[datetime, datetime | None]] = []
    opened: datetime | None = None
    for one in transitions:
        if one.aspect is not Aspect.SWITCH:
            continue
        if one.value is not None and opened is None:
            opened = one.at
        elif one.value is None and opened is not None:
            if one.at > opened:
                windows.append((opened, one.at))
            opened = None
    if opened is not None:
        windows.append((opened, None))
    return windows
