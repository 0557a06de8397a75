"""EndDeviceEvents: the payload of an event message read (61968-9:2013, clause 5.2)."""

from dataclasses import replace
from datetime import tzinfo

from lxml import etree

from headend.messages.declared_codes import declared_codes
from headend.messages.envelope import child, text
from headend.messages.references import children, read_instant, read_reference
from headend.messages.xml_names import QualifiedName
from headend.operations.events.receive_events import ReceivedEvent
from headend.operations.references import ObjectReference


def read_received_events(body: etree._Element, zone: tzinfo) -> tuple[ReceivedEvent, ...]:
    """The events of a valid message such as CreatedEndDeviceEvents.

    zone: the fleet's, for instants without one. Raises Refusal (1.8) for a createdDateTime that no calendar has.
    """
    operation = QualifiedName.of(body.tag).local
    payload = child(body, "Payload")
    root = None if payload is None else child(payload, "EndDeviceEvents")
    declared = declared_codes(root, "EndDeviceEventType")
    path = f"/{operation}/Payload/EndDeviceEvents/EndDeviceEvent"
    return tuple(
        _read_event(element, f"{path}[{number}]", declared, zone)
        for number, element in enumerate(children(root, "EndDeviceEvent"), 1)
    )


def _read_event(element: etree._Element, path: str, declared: dict[str, str], zone: tzinfo) -> ReceivedEvent:
    event_type = child(element, "EndDeviceEventType")
    reference = "" if event_type is None else (event_type.get("ref") or "").strip()
    created = read_instant(element, "createdDateTime", zone)
    if created is None:
        raise AssertionError("the schema requires createdDateTime")
    return ReceivedEvent(
        path=path,
        event_type=declared.get(reference, reference),
        created=created,
        device=_read_object(element, "Assets", "Meter"),
        usage_point=_read_object(element, "UsagePoint", "UsagePoint"),
        mrid=text(element, "mRID"),
        issuer_id=text(element, "issuerID"),
        issuer_tracking_id=text(element, "issuerTrackingID"),
        reason=text(element, "reason"),
        severity=text(element, "severity"),
        details=tuple(
            (text(detail, "name") or "", text(detail, "value") or "")
            for detail in children(element, "EndDeviceEventDetails")
        ),
        user_id=text(element, "userID"),
    )


def _read_object(event: etree._Element, local: str, object_type: str) -> ObjectReference | None:
    element = child(event, local)
    return None if element is None else replace(read_reference(element), object_type=object_type)
