"""What a head end says, as JSON with the names of the standard."""

from datetime import UTC
from typing import Any

from headend.client.answers import DeviceEvent, ReplyError
from headend.messages.xml_instants import instant_text


def event_json(event: DeviceEvent) -> dict[str, Any]:
    """An event, and its type in words."""
    return {
        "mRID": event.mrid,
        "createdDateTime": instant_text(event.created, UTC),
        "EndDeviceEventType": event.type_code,
        "words": event.words,
        "Asset": {"mRID": event.device_mrid, "name": event.device_name},
        "UsagePoint": {"mRID": event.usage_point_mrid},
        "issuerID": event.issuer_id,
        "issuerTrackingID": event.issuer_tracking_id,
        "reason": event.reason,
        "severity": event.severity,
        "EndDeviceEventDetails": dict(event.details),
    }


def error_json(error: ReplyError) -> dict[str, Any]:
    """An Error of a reply."""
    return {
        "code": error.code,
        "level": error.level,
        "reason": error.reason,
        "details": error.details,
        "ID": error.object_id,
    }
