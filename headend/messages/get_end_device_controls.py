"""GetEndDeviceControls: the request profile read (61968-9:2013, Annex J)."""

from datetime import tzinfo

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.references import children, read_period, read_references, read_request_period
from headend.messages.request_parameters import read_request_ids, read_request_options
from headend.operations.controls.list_controls import ControlFilter, EndDeviceControlsQuery


def read_end_device_controls_query(body: etree._Element, zone: tzinfo) -> EndDeviceControlsQuery:
    """The query in a valid GetEndDeviceControls message.

    zone: the fleet's, for instants without one. The profile counts before Request/ID, StartTime and EndTime. Raises
    Refusal (1.8) for a period that ends before it starts.
    """
    request = child(body, "Request")
    profile = None if request is None else child(request, "GetEndDeviceControls")
    if request is None or profile is None:
        raise AssertionError("the schema requires Request and GetEndDeviceControls")
    spans = [child(schedule, "scheduleInterval") for schedule in children(profile, "TimeSchedule")]
    periods = [period for span in spans if (period := read_period(span, zone)) is not None]
    if not periods and (period := read_request_period(request, zone)) is not None:
        periods = [period]
    controls = tuple(_read_filter(control) for control in children(profile, "EndDeviceControl"))
    if not controls:
        controls = tuple(ControlFilter(mrid=one) for one in read_request_ids(request) if one)
    return EndDeviceControlsQuery(
        end_devices=read_references(profile, "EndDevice"),
        usage_points=read_references(profile, "UsagePoint"),
        groups=read_references(profile, "EndDeviceGroup", "UsagePointGroup"),
        customers=read_references(profile, "Customer"),
        controls=controls,
        types=tuple(filter(None, map(_read_type, children(profile, "EndDeviceControlType")))),
        periods=tuple(periods),
        options=read_request_options(request),
    )


def _read_filter(control: etree._Element) -> ControlFilter:
    """A name stands for the mRID: controls have no names of their own."""
    return ControlFilter(
        mrid=text(control, "mRID") or text(child(control, "Names"), "name"),
        issuer_id=text(control, "issuerID"),
        issuer_tracking_id=text(control, "issuerTrackingID"),
        reason=text(control, "reason"),
    )


def _read_type(control_type: etree._Element) -> str | None:
    return text(control_type, "mRID") or text(child(control_type, "Names"), "name")
