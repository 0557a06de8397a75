"""EndDeviceEvents: the payload written (61968-9:2013, clause 5.2)."""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import islice

from lxml import etree

from headend.messages.xml_instants import instant_text
from headend.messages.xml_names import tag
from headend.store import EndDeviceEvent
from simulator.fleet import Fleet

END_DEVICE_EVENTS = "http://iec.ch/TC57/2011/EndDeviceEvents#"

METER_NAME_TYPE = "EndDevice"
"""NameType of a meter's name, as vendors ask for it."""
USAGE_POINT_NAME_TYPE = "UsagePoint"

_EVENTS_AT_A_TIME = 500


def end_device_events_element(
    events: Iterable[EndDeviceEvent], fleet: Fleet, zone: tzinfo, namespace: str = END_DEVICE_EVENTS
) -> etree._Element:
    """The EndDeviceEvents element, one EndDeviceEvent each; instants in `zone`, the fleet's."""
    root = etree.Element(tag(namespace, "EndDeviceEvents"), nsmap={None: namespace})  # type: ignore[dict-item]  # stubs do not know the default namespace
    for event in events:
        _add_event(root, event, fleet, zone, namespace)
    return root


def end_device_event_element(
    event: EndDeviceEvent, fleet: Fleet, zone: tzinfo, namespace: str, *, local: str
) -> etree._Element:
    """One event as an element of another profile, which may call it otherwise."""
    root = etree.Element(tag(namespace, "parent"), nsmap={None: namespace})  # type: ignore[dict-item]  # as above
    return _add_event(root, event, fleet, zone, namespace, local)


def end_device_events_chunks(
    events: Iterable[EndDeviceEvent], fleet: Fleet, zone: tzinfo, namespace: str = END_DEVICE_EVENTS
) -> Iterator[bytes]:
    """The same element as a stream of bytes, some hundred events at a time in memory."""
    stream = iter(events)
    opening = f'<EndDeviceEvents xmlns="{namespace}">'.encode()
    closing = b"</EndDeviceEvents>"
    yield opening
    while part := list(islice(stream, _EVENTS_AT_A_TIME)):
        text = etree.tostring(end_device_events_element(part, fleet, zone, namespace), encoding="utf-8")
        yield text.removeprefix(opening).removesuffix(closing)
    yield closing


def _add_event(
    root: etree._Element,
    event: EndDeviceEvent,
    fleet: Fleet,
    zone: tzinfo,
    namespace: str,
    local: str = "EndDeviceEvent",
) -> etree._Element:
    """In the order of the profile. A device that the fleet no longer has is named by its mRID alone."""
    index = fleet.index_of_mrid(event.device_mrid)
    meter = None if index is None else fleet.meter(index)

    def add(parent: etree._Element, local: str, text: str | None) -> None:
        if text is not None:
            etree.SubElement(parent, tag(namespace, local)).text = text

    def add_object(parent: etree._Element, local: str, mrid: str, name: str | None, name_type: str) -> None:
        element = etree.SubElement(parent, tag(namespace, local))
        add(element, "mRID", mrid)
        if name is not None:
            names = etree.SubElement(element, tag(namespace, "Names"))
            add(names, "name", name)
            add(etree.SubElement(names, tag(namespace, "NameType")), "name", name_type)

    element = etree.SubElement(root, tag(namespace, local))
    add(element, "mRID", event.mrid)
    add(element, "createdDateTime", instant_text(event.created, zone))
    add(element, "issuerID", event.issuer_id)
    add(element, "issuerTrackingID", event.issuer_tracking_id)
    add(element, "reason", event.reason)
    add(element, "severity", event.severity)
    add(element, "userID", event.user_id)
    add_object(element, "Assets", event.device_mrid, meter.name if meter else None, METER_NAME_TYPE)
    for name, value in event.details:
        detail = etree.SubElement(element, tag(namespace, "EndDeviceEventDetails"))
        add(detail, "name", name)
        add(detail, "value", value)
    etree.SubElement(element, tag(namespace, "EndDeviceEventType")).set("ref", event.type_code)
    if event.usage_point_mrid is not None:
        add_object(
            element,
            "UsagePoint",
            event.usage_point_mrid,
            meter.usage_point_name if meter else None,
            USAGE_POINT_NAME_TYPE,
        )
    return element
