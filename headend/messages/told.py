"""What a message says, as values. Codes and texts are kept as they came: other systems may have others."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from simulator.cim.end_device_event_type import EndDeviceEventType, InvalidEventType


@dataclass(frozen=True, slots=True)
class ReplyError:
    """One Error of a Reply (61968-9:2013, Annex B)."""

    code: str
    level: str | None
    reason: str | None
    details: str | None
    object_id: str | None

    def __str__(self) -> str:
        return f"{self.code} {': '.join(part for part in (self.reason, self.details) if part)}".rstrip()


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one reading type."""

    reading_type: str
    """The 18 numbers (Annex C), as the message refers to them."""
    stamp: datetime
    """Of an interval its end; of a register the instant at which it had the value."""
    value: Decimal
    is_interval: bool
    qualities: tuple[str, ...] = ()
    """Codes of the ReadingQualityTypes (Annex D)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A reading whose value is an instant, such as the time of a maximum demand (unit 108)."""

    reading_type: str
    stamp: datetime
    value: datetime


@dataclass(frozen=True, slots=True)
class MeterReading:
    """The readings of one meter, in the order of the message."""

    mrid: str | None
    name: str | None
    usage_point_mrid: str | None
    usage_point_name: str | None
    readings: tuple[Reading, ...]
    moments: tuple[Moment, ...] = ()

    def intervals(self) -> Iterator[Reading]:
        """Values of IntervalBlocks."""
        return (reading for reading in self.readings if reading.is_interval)

    def registers(self) -> Iterator[Reading]:
        """Values of Readings."""
        return (reading for reading in self.readings if not reading.is_interval)


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """One EndDeviceEvent."""

    mrid: str | None
    created: datetime
    type_code: str
    """Four numbers such as 3.31.0.68 (Annex E)."""
    device_mrid: str | None
    device_name: str | None
    usage_point_mrid: str | None
    issuer_id: str | None
    issuer_tracking_id: str | None
    reason: str | None
    severity: str | None
    details: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """The type in words, such as `RCDSwitch.-.Disconnected`; its code where no table knows it."""
        try:
            return EndDeviceEventType.parse(self.type_code).mnemonic
        except InvalidEventType:
            return self.type_code
