"""Entries as tests make them."""

from datetime import timedelta
from typing import Any

from headend.journal import Direction, Entry, Message
from tests.conftest import NOON
from tests.support.soap_requests import get_meter_readings


def entry(number: int = 0, **fields: Any) -> Entry:
    """A read that got an empty answer, a second after the one before; `request` and `response` may be bytes."""
    for part in ("request", "response"):
        if isinstance(fields.get(part), bytes):
            fields[part] = Message.whole(fields[part])
    at = NOON + timedelta(seconds=number)
    usual: dict[str, Any] = {
        "number": number,
        "direction": Direction.IN,
        "at": at,
        "machine_at": at,
        "took_s": 0.25,
        "peer": "127.0.0.1",
        "service": "GetMeterReadings",
        "operation": "",
        "status": 200,
        "request": Message.whole(get_meter_readings("M00000003")),
        "response": Message.whole(b"<answer/>"),
        "path": "/services/GetMeterReadings",
    }
    return Entry(**usual | fields)
