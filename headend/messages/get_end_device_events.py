"""GetEndDeviceEvents: the request profile read (61968-9:2013, Annex J)."""

from datetime import tzinfo

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.references import (
    children,
    read_period,
    read_reference,
    read_references,
    read_request_period,
)
from headend.messages.request_parameters import read_request_ids, read_request_options
from headend.operations.events.list_events import EndDeviceEventsQuery, EventFilter

_OTHERS = ("Customer", "CustomerAccount", "CustomerAgreement", "ServiceLocation")


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
    categories = list(children(profile, "ServiceCategory"))
    return EndDeviceEventsQuery(
        meters=read_references(profile, "Meter"),
        usage_points=read_references(profile, "UsagePoint"),
        groups=read_references(profile, "EndDeviceGroup", "UsagePointGroup"),
        others=(
            *read_references(profile, *_OTHERS),
            *(read_reference(one) for one in categories if not _is_kind_alone(one)),
        ),
        service_kinds=tuple(filter(None, (text(category, "kind") for category in categories))),
        event_types=read_references(profile, "EndDeviceEventType"),
        events=tuple(
            EventFilter(
                mrid=text(event, "mRID"),
                names=tuple(name.name for name in read_reference(event).names),
                issuer_id=text(event, "issuerID"),
                issuer_tracking_id=text(event, "issuerTrackingID"),
                reason=text(event, "reason"),
                severity=text(event, "severity"),
            )
            for event in children(profile, "EndDeviceEvent")
        ),
        periods=tuple(periods),
        ids=read_request_ids(request),
        options=read_request_options(request),
    )


def _is_kind_alone(category: etree._Element) -> bool:
    """A service category may be chosen by its kind, without a name."""
    reference = read_reference(category)
    return text(category, "kind") is not None and reference.mrid is None and not reference.names
