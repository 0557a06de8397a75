"""Readings and events of a payload, as values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from lxml import etree


class WithPayload(Protocol):
    """A reply, or a message that a head end has sent by itself."""

    @property
    def payload(self) -> etree._Element: ...


@dataclass(frozen=True, slots=True)
class ReadingSeen:
    """One value of one meter."""

    meter: str
    """Its name."""
    reading_type: str
    stamp: datetime
    value: Decimal
    reason: str | None = None


def meters(reply: WithPayload) -> list[str]:
    """Names of the meters in a MeterReadings payload, in their order."""
    return [reading.findtext("{*}Meter/{*}Names/{*}name") or "" for reading in reply.payload]


def registers(reply: WithPayload) -> list[ReadingSeen]:
    """All register values."""
    return _readings(reply, "{*}Readings")


def intervals(reply: WithPayload) -> list[ReadingSeen]:
    """All interval values."""
    return _readings(reply, "{*}IntervalBlocks/{*}IntervalReadings")


@dataclass(frozen=True, slots=True)
class EventSeen:
    """One event of an EndDeviceEvents payload."""

    mrid: str
    type: str
    created: datetime
    meter: str
    details: dict[str, str]
    issuer_tracking_id: str | None
    reason: str | None


def events(reply: WithPayload) -> list[EventSeen]:
    """All events, in their order."""
    return [
        EventSeen(
            mrid=event.findtext("{*}mRID") or "",
            type=event.find("{*}EndDeviceEventType").get("ref"),  # type: ignore[union-attr]
            created=datetime.fromisoformat(event.findtext("{*}createdDateTime") or ""),
            meter=event.findtext("{*}Assets/{*}Names/{*}name") or "",
            details={
                detail.findtext("{*}name") or "": detail.findtext("{*}value") or ""
                for detail in event.iterfind("{*}EndDeviceEventDetails")
            },
            issuer_tracking_id=event.findtext("{*}issuerTrackingID"),
            reason=event.findtext("{*}reason"),
        )
        for event in reply.payload
    ]


def _readings(reply: WithPayload, path: str) -> list[ReadingSeen]:
    found = []
    for meter_reading, meter in zip(reply.payload, meters(reply), strict=True):
        for reading in meter_reading.iterfind(path):
            reading_type = reading.find("{*}ReadingType")
            if reading_type is None:
                block = reading.getparent()
                reading_type = None if block is None else block.find("{*}ReadingType")
            found.append(
                ReadingSeen(
                    meter,
                    "" if reading_type is None else reading_type.get("ref", ""),
                    datetime.fromisoformat(reading.findtext("{*}timeStamp") or ""),
                    Decimal(reading.findtext("{*}value") or "NaN"),
                    reading.findtext("{*}reason"),
                )
            )
    return found
