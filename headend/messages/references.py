"""How requests name objects and spans: mRID, Names and intervals of any request profile, read from XML."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.xml_instants import parse_instant
from headend.messages.xml_names import QualifiedName
from headend.operations.references import ObjectName, ObjectReference, Period


def children(parent: etree._Element | None, local: str) -> Iterator[etree._Element]:
    """The children of this local name, in order."""
    if parent is not None:
        for element in parent:
            if isinstance(element.tag, str) and QualifiedName.of(element.tag).local == local:
                yield element


def read_reference(element: etree._Element) -> ObjectReference:
    """An object by its mRID and Names; its class is the element's own name."""
    return ObjectReference(
        QualifiedName.of(element.tag).local,
        text(element, "mRID"),
        tuple(_read_name(name) for name in children(element, "Names")),
    )


def read_references(parent: etree._Element, *locals_: str) -> tuple[ObjectReference, ...]:
    """All objects of these classes, class by class in the order given."""
    return tuple(read_reference(element) for local in locals_ for element in children(parent, local))


def read_period(interval: etree._Element | None, zone: tzinfo) -> Period | None:
    """A DateTimeInterval; None where it is absent or empty. Raises Refusal (1.8) for one that ends before it starts."""
    start, end = _read_instant(interval, "start", zone), _read_instant(interval, "end", zone)
    return None if start is None and end is None else Period(start, end)


def read_request_period(request: etree._Element | None, zone: tzinfo) -> Period | None:
    """StartTime and EndTime of the Request element, which count where the Get profile gives no period."""
    start, end = _read_instant(request, "StartTime", zone), _read_instant(request, "EndTime", zone)
    return None if start is None and end is None else Period(start, end)


def _read_instant(parent: etree._Element | None, local: str, zone: tzinfo) -> datetime | None:
    value = text(parent, local)
    return None if value is None else parse_instant(value, zone)


def _read_name(element: etree._Element) -> ObjectName:
    name_type = child(element, "NameType")
    authority = None if name_type is None else child(name_type, "NameTypeAuthority")
    return ObjectName(text(element, "name") or "", text(name_type, "name"), text(authority, "name"))
