"""What a head end answers, as values. Codes and texts are kept as they came: other head ends may have others."""

from dataclasses import dataclass
from datetime import datetime

from headend.client.exchange import Exchange
from headend.messages.told import DeviceEvent, MeterReading, Moment, Reading, ReplyError

__all__ = [
    "ControlsReply",
    "DeviceEvent",
    "EventsReply",
    "MeterReading",
    "Moment",
    "Reading",
    "ReadingsReply",
    "Reply",
    "ReplyError",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What every reply says, whatever it carries."""

    result: str
    """OK, PARTIAL or FAILED."""
    errors: tuple[ReplyError, ...]
    ids: tuple[str, ...]
    timestamp: datetime | None
    """When the head end made it, by the head end's clock: in a simulation, the fleet's time."""
    source: str | None
    message_id: str | None
    correlation_id: str | None
    exchange: Exchange

    @property
    def request_xml(self) -> str:
        """The envelope that was sent, as text; its bytes are `exchange.request`."""
        return self.exchange.request.decode("utf-8", "replace")

    @property
    def response_xml(self) -> str:
        """The envelope that came back, as text; its bytes are `exchange.response`."""
        return self.exchange.response.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsReply(Reply):
    """The answer to GetMeterReadings."""

    readings: tuple[MeterReading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlsReply(Reply):
    """The answer to CreateEndDeviceControls; `ids` are the controls that were accepted."""

    tracking_id: str
    """What the control was sent with as issuerTrackingID: the events that it causes carry it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsReply(Reply):
    """The answer to GetEndDeviceEvents, in the order of the message."""

    events: tuple[DeviceEvent, ...]
