"""Requests as zeep takes them: the elements of the contract by their names, as dictionaries and lists.

Elements that are None or left out are not sent.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

Element = dict[str, Any]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def header(verb: str, noun: str, message_id: str, timestamp: datetime, source: str) -> Element:
    """Header of a request; without CorrelationID, so that its MessageID is what replies and events refer to."""
    return {"Verb": verb, "Noun": noun, "Timestamp": timestamp, "Source": source, "MessageID": message_id}


def device(text: str) -> Element:
    """A device by what a person typed: a UUID is its mRID, everything else one of its Names."""
    return {"mRID": text} if _UUID.fullmatch(text) else {"Names": [{"name": text}]}


def meter_readings_query(
    meters: Iterable[str], reading_types: Iterable[str], start: datetime | None, end: datetime | None
) -> Element:
    """GetMeterReadings, the request profile: readings in (start, end], or the latest where both are None."""
    query: Element = {"EndDevice": [device(meter) for meter in meters]}
    query["ReadingType"] = [{"mRID": reading_type} for reading_type in reading_types]
    return query | _schedule(start, end)


def device_events_query(
    meters: Iterable[str], start: datetime | None, end: datetime | None, tracking_id: str | None
) -> Element:
    """GetEndDeviceEvents, the request profile: events in [start, end], or all of them."""
    query: Element = {"Meter": [device(meter) for meter in meters]}
    if tracking_id is not None:
        query["EndDeviceEvent"] = [{"issuerTrackingID": tracking_id}]
    return query | _schedule(start, end)


def device_control(control_type: str, meters: Iterable[str], issuer_id: str, tracking_id: str) -> Element:
    """EndDeviceControls with one control for all meters."""
    control = {
        "issuerID": issuer_id,
        "issuerTrackingID": tracking_id,
        "EndDeviceControlType": {"ref": control_type},
        "EndDevices": [device(meter) for meter in meters],
    }
    return {"EndDeviceControl": [control]}


def _schedule(start: datetime | None, end: datetime | None) -> Element:
    if start is None and end is None:
        return {}
    return {"TimeSchedule": [{"scheduleInterval": {"start": start, "end": end}}]}
