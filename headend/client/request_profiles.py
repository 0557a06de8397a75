"""Requests as zeep takes them: the elements of the contract by their names, as dictionaries and lists.

Elements that are None or left out are not sent.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

Element = dict[str, Any]

_OPERATION = re.compile(r"([A-Z][a-z]+)([A-Z]\w*)")
_OPERATION_SET = "OperationSet"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def header(
    verb: str, noun: str, message_id: str, timestamp: datetime, source: str, reply_to: str | None = None
) -> Element:
    """Header of a request; without CorrelationID, so that its MessageID is what replies and events refer to.

    reply_to: where the reply is to be sent later; None: it is waited for.
    """
    fields = {"Verb": verb, "Noun": noun, "Timestamp": timestamp, "Source": source, "MessageID": message_id}
    return fields if reply_to is None else fields | {"AsyncReplyFlag": True, "ReplyAddress": reply_to}


def verb_and_noun(operation: str) -> tuple[str, str]:
    """Those of an operation by its name, such as create and EndDeviceControls; ValueError for no such name."""
    found = _OPERATION.fullmatch(operation)
    if found is None:
        raise ValueError(f"{operation!r} is no name of an operation, such as CreateEndDeviceControls")
    verb, noun = found.groups()
    return verb.lower(), _OPERATION_SET if noun.endswith(_OPERATION_SET) else noun


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


def read_schedule(
    meters: Iterable[str],
    reading_types: Iterable[str],
    every: str | timedelta | None,
    start: datetime | None,
    end: datetime | None,
) -> Element:
    """MeterReadSchedule: read these meters every so often, between the two instants where they are given.

    every: hourly, daily, weekly, monthly, or so many whole seconds; None: once, at the end, what there is since start.
    """
    times: Element = {"scheduleInterval": {"start": start, "end": end}}
    if isinstance(every, timedelta):
        if every <= timedelta(0) or every % timedelta(seconds=1):
            raise ValueError(f"a schedule recurs after whole seconds, more than none; not after {every}")
        times["recurrencePeriod"] = every // timedelta(seconds=1)
    elif every is not None:
        times["recurrencePattern"] = every
    return {
        "EndDevice": [device(meter) for meter in meters],
        "ReadingType": [{"mRID": reading_type} for reading_type in reading_types],
        "TimeSchedule": [times],
    }


def _schedule(start: datetime | None, end: datetime | None) -> Element:
    if start is None and end is None:
        return {}
    return {"TimeSchedule": [{"scheduleInterval": {"start": start, "end": end}}]}
