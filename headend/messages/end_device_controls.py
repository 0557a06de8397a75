"""EndDeviceControls: the payload of a request read (61968-9:2013, clause 5.4)."""

from dataclasses import replace
from datetime import tzinfo

from lxml import etree

from headend.messages.declared_codes import declared_codes
from headend.messages.envelope import child, text
from headend.messages.pan_parameters import given_timing, read_parameters
from headend.messages.references import children, read_period, read_references
from headend.messages.written_controls import control_document
from headend.messages.xml_names import QualifiedName
from headend.operations.controls.control_devices import ControlRequest
from headend.operations.controls.find_controls import NamedControl, NamedControls
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId


def read_control_requests(body: etree._Element, zone: tzinfo) -> tuple[ControlRequest, ...]:
    """The controls of a valid Create... message.

    zone: the fleet's, for instants without one. Raises Refusal: 1.7 without a payload or any control in it, 1.8 for a
    timing that ends before it starts.
    """
    payload = child(body, "Payload")
    controls = None if payload is None else child(payload, "EndDeviceControls")
    elements = list(children(controls, "EndDeviceControl"))
    if not elements:
        operation = QualifiedName.of(body.tag).local
        raise Refusal.because("1.7", f"/{operation}/Payload: {operation} needs at least one EndDeviceControl")
    types = declared_codes(controls, "EndDeviceControlType")
    return tuple(
        replace(_read_control(element, types, zone), document=control_document(element, zone)) for element in elements
    )


def read_named_controls(body: etree._Element, zone: tzinfo) -> NamedControls:
    """What a valid Change, Cancel, Close or Delete message names: Request/ID, and the controls of its payload.

    Raises Refusal as `read_control_requests` does, but not where there is no control.
    """
    payload = child(body, "Payload")
    controls = None if payload is None else child(payload, "EndDeviceControls")
    request = child(body, "Request")
    types = declared_codes(controls, "EndDeviceControlType")
    return NamedControls(
        tuple(_read_id(element) for element in children(request, "ID") if (element.text or "").strip()),
        tuple(
            NamedControl(_read_control(element, types, zone), given_timing(element))
            for element in children(controls, "EndDeviceControl")
        ),
    )


def _read_id(element: etree._Element) -> ObjectId:
    return ObjectId(
        (element.text or "").strip(),
        element.get("kind"),
        element.get("objectType"),
        element.get("idType"),
        element.get("idAuthority"),
    )


def _read_devices(control: etree._Element, object_type: str) -> tuple[ObjectReference, ...]:
    """The objects of one class that a control is for; this profile names their elements in the plural."""
    return tuple(
        replace(reference, object_type=object_type) for reference in read_references(control, f"{object_type}s")
    )


def _read_control(element: etree._Element, types: dict[str, str], zone: tzinfo) -> ControlRequest:
    control_type = child(element, "EndDeviceControlType")
    reference = "" if control_type is None else (control_type.get("ref") or "").strip()
    timing = child(element, "primaryDeviceTiming")
    period = None if timing is None else read_period(child(timing, "interval"), zone)
    return ControlRequest(
        mrid=text(element, "mRID"),
        type_code=types.get(reference, reference),
        end_devices=_read_devices(element, "EndDevice"),
        usage_points=_read_devices(element, "UsagePoint"),
        groups=_read_devices(element, "EndDeviceGroup") + _read_devices(element, "UsagePointGroup"),
        issuer_id=text(element, "issuerID"),
        issuer_tracking_id=text(element, "issuerTrackingID"),
        reason=text(element, "reason"),
        start=None if period is None else period.start,
        parameters=read_parameters(element, period, zone),
    )
