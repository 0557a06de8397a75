"""EndDeviceEvents: the payload written (61968-9:2013, clause 5.2).

Written as text at once: each event that is published alone is a message of its own, and a tree takes several times as
long to make and to serialise.
"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import islice

from headend.messages.xml_instants import instant_text
from headend.messages.xml_text import escaped, escaped_text
from headend.store import EndDeviceEvent
from simulator.fleet import Fleet

END_DEVICE_EVENTS = "http://iec.ch/TC57/2011/EndDeviceEvents#"

METER_NAME_TYPE = "EndDevice"
"""NameType of a meter's name, as vendors ask for it."""
USAGE_POINT_NAME_TYPE = "UsagePoint"

_EVENTS_AT_A_TIME = 500
_OPENING = b'<EndDeviceEvents xmlns="%b">' % escaped(END_DEVICE_EVENTS)
_CLOSING = b"</EndDeviceEvents>"


def end_device_events_text(events: Iterable[EndDeviceEvent], fleet: Fleet, zone: tzinfo) -> bytes:
    """The EndDeviceEvents element, one EndDeviceEvent each; instants in `zone`, the fleet's."""
    return b"".join(end_device_events_chunks(events, fleet, zone))


def end_device_events_chunks(events: Iterable[EndDeviceEvent], fleet: Fleet, zone: tzinfo) -> Iterator[bytes]:
    """The same element as a stream of bytes, some hundred events at a time in memory."""
    stream = iter(events)
    yield _OPENING
    while part := list(islice(stream, _EVENTS_AT_A_TIME)):
        yield "".join([event_text(event, fleet, zone) for event in part]).encode()
    yield _CLOSING


def event_text(event: EndDeviceEvent, fleet: Fleet, zone: tzinfo, local: str = "EndDeviceEvent") -> str:
    """One event as an element without a namespace of its own; other profiles call it otherwise.

    In the order of the profile. A device that the fleet no longer has is named by its mRID alone.
    """
    index = fleet.index_of_mrid(event.device_mrid)
    meter = None if index is None else fleet.meter(index)
    device = _object_text("Assets", event.device_mrid, None if meter is None else meter.name, METER_NAME_TYPE)
    details = "".join(
        [
            f"<EndDeviceEventDetails>{_text('name', name)}{_text('value', value)}</EndDeviceEventDetails>"
            for name, value in event.details
        ]
    )
    point = ""
    if event.usage_point_mrid is not None:
        name = None if meter is None else meter.usage_point_name
        point = _object_text("UsagePoint", event.usage_point_mrid, name, USAGE_POINT_NAME_TYPE)
    return (
        f"<{local}>{_text('mRID', event.mrid)}"
        f"<createdDateTime>{instant_text(event.created, zone)}</createdDateTime>"
        f"{_text('issuerID', event.issuer_id)}{_text('issuerTrackingID', event.issuer_tracking_id)}"
        f"{_text('reason', event.reason)}{_text('severity', event.severity)}{_text('userID', event.user_id)}"
        f'{device}{details}<EndDeviceEventType ref="{escaped_text(event.type_code)}"/>{point}</{local}>'
    )


def _object_text(local: str, mrid: str, name: str | None, name_type: str) -> str:
    names = ""
    if name is not None:
        names = f"<Names>{_text('name', name)}<NameType><name>{name_type}</name></NameType></Names>"
    return f"<{local}>{_text('mRID', mrid)}{names}</{local}>"


def _text(local: str, text: str | None) -> str:
    return "" if text is None else f"<{local}>{escaped_text(text)}</{local}>"
