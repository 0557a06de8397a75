"""How requests name objects and spans: mRID, Names and intervals of any request profile, read from XML."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.xml_instants import FIRST_INSTANT, LAST_INSTANT, parse_instant
from headend.messages.xml_names import QualifiedName
from headend.operations.references import ObjectName, ObjectReference, Period
from headend.operations.refusal import Refusal


def children(parent: etree._Element | None, local: str) -> Iterator[etree._Element]:
    """The children of this local name, in order."""
    if parent is not None:
        yield from parent.iterchildren(f"{{*}}{local}")


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
    """A DateTimeInterval; None where it is absent or empty.

    Raises Refusal (1.8) for one that ends before it starts, and for years that no calendar of ours has.
    """
    return _read_span(interval, "start", "end", zone)


def read_request_period(request: etree._Element | None, zone: tzinfo) -> Period | None:
    """StartTime and EndTime of the Request element, which count where the Get profile gives no period.

    Raises Refusal (1.8) as `read_period` does.
    """
    return _read_span(request, "StartTime", "EndTime", zone)


def _read_span(parent: etree._Element | None, start_name: str, end_name: str, zone: tzinfo) -> Period | None:
    if parent is None:
        return None
    start, end = read_instant(parent, start_name, zone), read_instant(parent, end_name, zone)
    if start is None and end is None:
        return None
    try:
        return Period(start, end)
    except Refusal as refusal:
        raise _refusal_at(parent, end_name, str(refusal.errors[0].details)) from refusal


def read_instant(parent: etree._Element | None, local: str, zone: tzinfo) -> datetime | None:
    """An instant in a child; None where it is absent. Raises Refusal (1.8) for years that no calendar of ours has."""
    value = text(parent, local)
    if parent is None or value is None:
        return None
    try:
        instant = parse_instant(value, zone)
    except ValueError as error:  # the schema takes years that no calendar of ours has
        raise _refusal_at(parent, local, str(error)) from error
    # For "without end" clients write 9999-12-31, which has no local time in some zones.
    return min(max(instant, FIRST_INSTANT), LAST_INSTANT)


def _refusal_at(parent: etree._Element, local: str, rule: str) -> Refusal:
    return Refusal.because("1.8", f"{QualifiedName.of(parent.tag).local}/{local} (line {parent.sourceline}): {rule}")


def _read_name(element: etree._Element) -> ObjectName:
    name_type = child(element, "NameType")
    authority = None if name_type is None else child(name_type, "NameTypeAuthority")
    return ObjectName(text(element, "name") or "", text(name_type, "name"), text(authority, "name"))
