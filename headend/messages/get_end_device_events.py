"""GetEndDeviceEvents: the request profile read (61968-9:2013, Annex J)."""

from datetime import tzinfo

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.get_meter_readings import read_option_names
from headend.messages.references import children, read_period, read_references, read_request_period
from headend.operations.list_events import EndDeviceEventsQuery, EventFilter
from headend.operations.references import ObjectReference

_OTHERS = ("Customer", "CustomerAccount", "CustomerAgreement", "ServiceLocation", "ServiceCategory")


def read_end_device_events_query(body: etree._Element, zone: tzinfo) -> EndDeviceEventsQuery:
    """The query in a valid GetEndDeviceEvents message.

    zone: the fleet's, for instants without one. Raises Refusal (1.8) for a period that ends before it starts.
    """
    request = child(body, "Request")
    profile = None if request is None else child(request, "GetEndDeviceEvents")
    if request is None or profile is None:
        raise AssertionError("the schema requires Request and GetEndDeviceEvents")
    spans = [child(schedule, "scheduleInterval") for schedule in children(profile, "TimeSchedule")]
    periods = [period for span in spans if (period := read_period(span, zone)) is not None]
    if not periods and (period := read_request_period(request, zone)) is not None:
        periods = [period]
    return EndDeviceEventsQuery(
        meters=read_references(profile, "Meter"),
        usage_points=read_references(profile, "UsagePoint"),
        groups=read_references(profile, "EndDeviceGroup", "UsagePointGroup"),
        others=tuple(filter(_is_named, read_references(profile, *_OTHERS))),
        service_kinds=tuple(
            filter(None, (text(category, "kind") for category in children(profile, "ServiceCategory")))
        ),
        event_types=read_references(profile, "EndDeviceEventType"),
        events=tuple(
            EventFilter(
                mrid=text(event, "mRID"),
                issuer_id=text(event, "issuerID"),
                issuer_tracking_id=text(event, "issuerTrackingID"),
                reason=text(event, "reason"),
                severity=text(event, "severity"),
            )
            for event in children(profile, "EndDeviceEvent")
        ),
        periods=tuple(periods),
        options=read_option_names(request),
    )


def _is_named(reference: ObjectReference) -> bool:
    """Some classes may be chosen by their kind alone."""
    return reference.mrid is not None or bool(reference.names)
