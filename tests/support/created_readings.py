"""What comes of a schedule: CreatedMeterReadings messages as a test looks at them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lxml import etree

from tests.support.created_events import event_message
from tests.support.soap_requests import BASE, MESSAGE

_M, _R = f"{{{MESSAGE}}}", f"{{{BASE}/MeterReadings#}}"


@dataclass(frozen=True, slots=True)
class CreatedReadings:
    """One message. It keeps the contract."""

    header: dict[str, str]
    period: tuple[str, str] | None
    """valuesInterval of its first meter: start and end."""
    meters: list[str]
    """Names, in order."""
    reasons: set[str]
    values: dict[str, list[tuple[datetime, Decimal]]]
    """By meter: timeStamp and value, registers behind intervals."""
    element: etree._Element

    @classmethod
    def of(cls, body: bytes) -> "CreatedReadings":
        element = event_message(body, "CreatedMeterReadings", "MeterReadings")
        readings = list(element.iter(f"{_R}MeterReading"))
        period = None
        if readings and (interval := readings[0].find(f"{_R}valuesInterval")) is not None:
            period = (interval.findtext(f"{_R}start") or "", interval.findtext(f"{_R}end") or "")
        return cls(
            header={str(child.tag).removeprefix(_M): child.text or "" for child in element[0]},
            period=period,
            meters=[_name(one) for one in readings],
            reasons={one.text or "" for one in element.iter(f"{_R}reason")},
            values={_name(one): _values(one) for one in readings},
            element=element,
        )


def _name(reading: etree._Element) -> str:
    return reading.findtext(f"{_R}Meter/{_R}Names/{_R}name") or ""


def _values(reading: etree._Element) -> list[tuple[datetime, Decimal]]:
    return [
        (datetime.fromisoformat(one.findtext(f"{_R}timeStamp") or ""), Decimal(one.findtext(f"{_R}value") or ""))
        for one in reading.iter(f"{_R}IntervalReadings", f"{_R}Readings")
    ]
