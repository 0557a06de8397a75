"""Goes through elements and shows what is of interest in them, whatever the noun: instants, spans, names of objects."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from lxml import etree

from headend.lint.elements import children, local, text
from headend.lint.instants import Instant, Span, is_instant_name, read_instant
from headend.lint.meter_reading import reading_type_text
from headend.lint.named_object import REFERENCES, NamedObject, read_named

if TYPE_CHECKING:
    from headend.lint.device_event import DeviceEvent
    from headend.lint.meter_reading import MeterReading
    from headend.lint.part import Part

_ENDS = {"start": ("start", "end"), "StartTime": ("StartTime", "EndTime")}
_IDENTITIES = frozenset({"mRID", "Names"})


class Looking(Protocol):
    """Whoever is shown what a message holds, while it is read."""

    def instant(self, instant: Instant) -> bool:
        """Whether there is nothing to say of it, wherever it stands."""
        ...

    def span(self, span: Span) -> None: ...
    def named(self, named: NamedObject) -> None: ...
    def meter_reading(self, meter_reading: MeterReading) -> None: ...
    def event(self, event: DeviceEvent) -> None: ...


def scan(root: etree._Element, part: Part, looking: Looking) -> list[NamedObject]:
    """Show instants and spans in an element, and what it names; note the reading types. Returns what it names."""
    objects: dict[etree._Element, None] = {}
    for element in root.iter("*"):
        name = local(element)
        if is_instant_name(name) and not len(element):
            show_instant(name, element, part, looking)
            if name in _ENDS:
                _show_span(element, _ENDS[name], part, looking)
        elif name in _IDENTITIES:
            parent = element.getparent()
            if parent is not None and not local(parent).endswith("Type"):
                objects[parent] = None
        elif name in REFERENCES and (len(element) or not _has_to_be_there(element)):
            objects[element] = None
        elif name == "ReadingType":
            _note_reading_type(element, part)
    found = [read_named(one, local(one), partial(part.where, one)) for one in objects]
    for named in found:
        looking.named(named)
    return found


def show_instant(name: str, element: etree._Element, part: Part, looking: Looking) -> None:
    """Show one instant."""
    written = (element.text or "").strip()
    value, has_zone = read_instant(written)
    looking.instant(Instant(name, written, value, has_zone, partial(part.where, element)))


def _show_span(element: etree._Element, names: tuple[str, str], part: Part, looking: Looking) -> None:
    parent = element.getparent()
    if parent is None:
        return
    texts = text(parent, names[0]), text(parent, names[1])
    if texts[0] is None or texts[1] is None:
        return
    start, end = read_instant(texts[0])[0], read_instant(texts[1])[0]
    if start is not None and end is not None:
        looking.span(Span(local(parent), start, end, (texts[0], texts[1]), partial(part.where, parent)))


def _has_to_be_there(element: etree._Element) -> bool:
    """Whether the contract wants the element also where there is no such object: of a work at no meter."""
    parent = element.getparent()
    return parent is not None and local(parent) == "MeterServiceWork"


def _note_reading_type(element: etree._Element, part: Part) -> None:
    parent = element.getparent()
    if parent is not None and local(parent) == "MeterReadings" and element.get("ref") is None:
        part.declared_types.update(filter(None, (text(one, "name") for one in children(element, "Names"))))
    said = reading_type_text(element)
    if said is not None and said not in part.reading_types:
        part.reading_types[said] = part.where(element)
