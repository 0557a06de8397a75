"""EndDeviceControlType: what a device is told to do, in four numbers (IEC 61968-9:2013, Annex F).

3.31.0.23 reads: electricity meter, RCD switch, no sub-domain, disconnect. The first number is free: clients
write 3 or 0 for the same command, and the events that answer it carry the number that the client wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from simulator.cim.code_tables import codes, nearest, number, rows
from simulator.cim.end_device_event_type import EndDeviceEventType, event_mnemonics

_ANY_DEVICE: Final = "*"
_CANCELLED: Final = 10  # event or action of Annex E
_ELECTRIC_METER: Final = 3  # what `*` stands for: the device type of nearly every control that is sent


class InvalidControlType(ValueError):
    """A control type code that Annex F does not list; the message says which part is wrong."""


@dataclass(frozen=True, slots=True)
class Control:
    """One row of Annex F without the device type."""

    mnemonic: str
    success_events: tuple[str, ...]  # patterns such as *.31.0.68, the most usual one first
    failure_events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndDeviceControlType:
    """Device type, domain, sub-domain and action of a listed control (Annex F).

    Raises InvalidControlType for a device type that Table E.1 does not list or a command that Annex F does
    not.
    """

    type: int
    domain: int
    sub_domain: int
    action: int

    def __post_init__(self) -> None:
        if self.type not in codes("enddevice-type"):
            raise InvalidControlType(
                f"device type of control type {self.code} is {self.type}, which table enddevice-type does not list"
            )
        if self._command not in controls():
            raise InvalidControlType(
                f"control type {self.code}: no control {self._command} is listed{nearest(self._command, controls())}"
            )

    @classmethod
    def parse(cls, code: str) -> "EndDeviceControlType":
        """The control type of a code such as `3.31.0.23`, `0.31.0.23` or the pattern `*.31.0.23`."""
        texts = code.strip().split(".")
        if len(texts) != 4:
            raise InvalidControlType(f"a control type has 4 numbers separated by dots, {code!r} has {len(texts)}")
        if texts[0] == _ANY_DEVICE:
            texts[0] = str(_ELECTRIC_METER)
        names = ("device type", "domain", "sub-domain", "action")
        try:
            parts = [number(text, f"{name} of control type {code!r}") for text, name in zip(texts, names, strict=True)]
        except ValueError as error:
            raise InvalidControlType(str(error)) from None
        return cls(*parts)

    @property
    def _command(self) -> str:
        return f"{_ANY_DEVICE}.{self.domain}.{self.sub_domain}.{self.action}"

    @property
    def code(self) -> str:
        """The four numbers with dots; it is the mRID and the `ref` of the type on the wire."""
        return f"{self.type}.{self.domain}.{self.sub_domain}.{self.action}"

    def __str__(self) -> str:
        return self.code

    @property
    def mnemonic(self) -> str:
        """The name in words, such as `RCDSwitch.-.Disconnect`."""
        return controls()[self._command].mnemonic

    @property
    def success_events(self) -> tuple[EndDeviceEventType, ...]:
        """Events that report success, the most usual one first, with the device type of this control."""
        return _events(controls()[self._command].success_events, self.type)

    @property
    def failure_events(self) -> tuple[EndDeviceEventType, ...]:
        """Events that report failure, the most usual one first, with the device type of this control."""
        return _events(controls()[self._command].failure_events, self.type)

    @property
    def cancelled_event(self) -> EndDeviceEventType | None:
        """The event which reports that the command was cancelled; None where Annex E lists none for its kind."""
        if (self.domain, self.sub_domain, _CANCELLED) not in event_mnemonics():
            return None
        return EndDeviceEventType(self.type, self.domain, self.sub_domain, _CANCELLED)


@cache
def controls() -> Mapping[str, Control]:
    """The listed controls by pattern, such as `*.31.0.23`."""
    return MappingProxyType(
        {
            row["pattern"]: Control(row["mnemonic"], _patterns(row["success_events"]), _patterns(row["failure_events"]))
            for row in rows("controls")
        }
    )


@cache
def _events(patterns: tuple[str, ...], device_type: int) -> tuple[EndDeviceEventType, ...]:
    return tuple(EndDeviceEventType.parse(pattern.replace(_ANY_DEVICE, str(device_type), 1)) for pattern in patterns)


def _patterns(cell: str) -> tuple[str, ...]:
    # `*.15.0.225(list);*.15.43.83(list)`: the word in brackets says where the pairing was found.
    return tuple(entry.split("(")[0] for entry in cell.split(";") if entry)
