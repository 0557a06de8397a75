"""What a message says, as a tree of values that scenarios look into."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from headend.client.answers import DeviceEvent, MeterReading, ReplyError
from headend.mdm import Received
from headend.messages.told import Moment, Reading

READINGS: Final[Mapping[str, str]] = {
    "meters": "names (else mRIDs) of the meters with readings in it, in the order of the message",
    "readings": "each reading: meter, mrid, reading_type, stamp, value, kind (register, interval or moment), qualities",
    "values": "the values of all readings",
}
EVENTS: Final[Mapping[str, str]] = {
    "events": "each EndDeviceEvent: type, words, meter, mrid, created, reason, severity, details, tracking_id, id",
}
MESSAGE: Final[Mapping[str, str]] = {
    "verb": "Header/Verb",
    "noun": "Header/Noun",
    "message_id": "Header/MessageID",
    "correlation_id": "Header/CorrelationID",
    "outcome": "what the fake MDM made of it: accepted, repeated, declined or refused",
    "operation": "name of the body element",
    "timestamp": "Header/Timestamp",
    "result": "of a late reply: OK, PARTIAL or FAILED",
    "codes": "of a late reply: the codes of its Errors",
    "errors": "of a late reply: each Error",
    "ids": "every mRID and name of the objects in its payload, sorted",
    "refusal": "why the fake MDM has refused it: a sentence for each rule",
    **READINGS,
    **EVENTS,
}
"""Names of what is known of a message that came to the fake MDM."""


def received_values(received: Received) -> dict[str, Any]:
    """A message that came to the fake MDM."""
    return {
        "verb": received.verb,
        "noun": received.noun,
        "message_id": received.message_id,
        "correlation_id": received.correlation_id,
        "outcome": received.outcome.value,
        "operation": received.operation,
        "timestamp": None if received.header is None else received.header.timestamp,
        "result": received.result,
        "codes": [error.code for error in received.errors],
        "errors": errors_values(received.errors),
        "ids": sorted(received.ids),
        "refusal": list(received.refusal),
        **readings_values(received.readings),
        **events_values(received.events),
    }


def readings_values(meters: Iterable[MeterReading]) -> dict[str, Any]:
    """The readings of a message."""
    told = list(meters)
    readings = [
        {"meter": one.name or one.mrid, "mrid": one.mrid, **values}
        for one in told
        for values in (*map(_reading, one.readings), *map(_moment, one.moments))
    ]
    return {
        "meters": [one.name or one.mrid for one in told],
        "readings": readings,
        "values": [one["value"] for one in readings],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "reading_type": reading.reading_type,
        "stamp": reading.stamp,
        "value": reading.value,
        "kind": "interval" if reading.is_interval else "register",
        "qualities": list(reading.qualities),
    }


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "reading_type": moment.reading_type,
        "stamp": moment.stamp,
        "value": moment.value,
        "kind": "moment",
        "qualities": [],
    }


def events_values(events: Iterable[DeviceEvent]) -> dict[str, Any]:
    """The events of a message."""
    return {
        "events": [
            {
                "type": one.type_code,
                "words": one.words,
                "meter": one.device_name or one.device_mrid,
                "mrid": one.device_mrid,
                "created": one.created,
                "reason": one.reason,
                "severity": one.severity,
                "details": dict(one.details),
                "tracking_id": one.issuer_tracking_id,
                "id": one.mrid,
            }
            for one in events
        ]
    }


def errors_values(errors: Iterable[ReplyError]) -> list[dict[str, Any]]:
    """The Errors of a reply."""
    return [
        {"code": one.code, "level": one.level, "reason": one.reason, "details": one.details, "id": one.object_id}
        for one in errors
    ]
