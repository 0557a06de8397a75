"""A received message for a program, with the names of the standard where it has them."""

from datetime import UTC
from typing import Any

from headend.client.answer_json import error_json, event_json
from headend.mdm.received import Received
from headend.mdm.words import in_words
from headend.messages.xml_instants import instant_text
from headend.operations.header import Header


def received_json(received: Received) -> dict[str, Any]:
    """The message without its text, which `message` leads to."""
    return {
        "number": received.number,
        "at": instant_text(received.at, UTC),
        "service": received.service,
        "operation": received.operation or None,
        "outcome": received.outcome,
        "answer": received.answer,
        "refusal": list(received.refusal),
        "repeats": received.repeats,
        "words": in_words(received),
        "Header": None if received.header is None else _header_json(received.header),
        "Reply": _reply_json(received),
        "EndDeviceEvent": [event_json(event) for event in received.events],
        "MeterReading": [
            {"mRID": meter.mrid, "name": meter.name, "readings": len(meter.readings) + len(meter.moments)}
            for meter in received.readings
        ],
        "ids": sorted(received.ids),
        "message": f"/received/{received.number}",
    }


def _header_json(header: Header) -> dict[str, Any]:
    return {
        "Verb": header.verb,
        "Noun": header.noun,
        "Timestamp": None if header.timestamp is None else instant_text(header.timestamp, UTC),
        "Source": header.source,
        "MessageID": header.message_id,
        "CorrelationID": header.correlation_id,
    }


def _reply_json(received: Received) -> dict[str, Any] | None:
    if received.result is None:
        return None
    return {"Result": received.result, "Error": [error_json(error) for error in received.errors]}
