"""What an event that nobody described says of itself: severity and reason (free text in 61968-9:2013).

Three severities, by what an operator would do: `alarm` somebody goes there, `warning` somebody looks into it,
`information` somebody may want to know.
"""

from functools import lru_cache
from typing import Final

from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.cim.event_catalogue import event_groups, event_pairs, topic_of
from simulator.field_events import EventCause

ALARM: Final = "alarm"
WARNING: Final = "warning"
INFORMATION: Final = "information"

_ALARM_ACTIONS: Final = {43, 47, 85, 257}  # corrupted, loss detected, failed, tamper detected
_WARNING_ACTIONS: Final = {
    # Out of range, cross phase, invalid, overflow, full, error, high distortion, limits reached or exceeded,
    # imbalanced, inactive, mismatched, not found, sag, swell, unstable, almost full, missing.
    *(32, 35, 40, 45, 64, 69, 79, 84, 67, 93, 98, 100, 139, 150, 159, 160, 177, 223, 248, 270, 283, 285),
}
_REASONS: Final = {
    "Battery": "battery",
    "Clock": "clock",
    "Communication": "communication",
    "Modem": "communication",
    "Network": "communication",
    "Memory": "memory",
    "Metrology": "metrology",
    "Security": "security",
    "MobileSecurity": "security",
    "Temperature": "temperature",
    "Pressure": "pressure",
    "Demand": "demand",
    "Power": "supply",
    "GasSupply": "supply",
    "WaterSupply": "supply",
    "LoadControl": "load control",
    "Configuration": "configuration",
    "Firmware": "device",
    "ModuleFirmware": "device",
}
_OF_CAUSE: Final = {EventCause.OUTAGE: "outage", EventCause.COMMAND: "command"}


@lru_cache(maxsize=1024)
def severity(code: str) -> str:
    """How serious an event of this type is; what tells that something is over, or is in no list, is information."""
    event_type = EndDeviceEventType.parse(code)
    key = (event_type.domain, event_type.sub_domain, event_type.event_or_action)
    if key in {one.key for one in event_pairs().values()} or topic_of(event_type) is None:
        return INFORMATION
    if event_type.event_or_action in _ALARM_ACTIONS or key in {one.key for one in event_groups()["Tamper"]}:
        return ALARM
    return WARNING if event_type.event_or_action in _WARNING_ACTIONS else INFORMATION


@lru_cache(maxsize=1024)
def reason(code: str, cause: EventCause = EventCause.SPONTANEOUS) -> str | None:
    """Why an event of this type was told, in a word or two; None where there is nothing to say."""
    if cause in _OF_CAUSE:
        return _OF_CAUSE[cause]
    event_type = EndDeviceEventType.parse(code)
    key = (event_type.domain, event_type.sub_domain, event_type.event_or_action)
    for group, text in (("Tamper", "tamper"), ("PowerQuality", "power quality")):
        if key in {one.key for one in event_groups()[group]}:
            return text
    return _REASONS.get(topic_of(event_type) or "")
