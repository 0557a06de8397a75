"""From the bytes of a message to a Part; what is long in it is shown while it is read, and then let go of.

A payload of MeterReadings or EndDeviceEvents takes the memory of its longest meter, whatever its length.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from headend.journal.entry import Entry
from headend.lint.bodies import Bodies
from headend.lint.device_event import read_event
from headend.lint.elements import child, line_of, local, local_of_tag, text
from headend.lint.finding import Side
from headend.lint.header_said import HeaderSaid
from headend.lint.instants import Instant
from headend.lint.meter_reading import (
    MeterReading,
    ReadValue,
    Series,
    Value,
    decoded,
    read_period,
    read_value,
    reading_type_text,
)
from headend.lint.named_object import named_child
from headend.lint.part import BODY, Part
from headend.lint.reply_said import read_reply
from headend.lint.scan import Looking, scan
from headend.messages.compressed import NotInflated, TooLong, form_of, inflated
from headend.messages.xml_names import SOAP_ENVELOPE, tag
from headend.untrusted_xml import NotXml, StreamedDocument, first_element

MOST_INFLATED_BYTES = 256 * 1024 * 1024
"""Of a compressed payload."""

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_MOST_XSI = 100
_ENVELOPE, _FAULT = tag(SOAP_ENVELOPE, "Envelope"), tag(SOAP_ENVELOPE, "Fault")


def read_part(part: Part, bodies: Bodies, looking: Looking) -> None:
    """Read the bytes of a part, showing what it holds."""
    if part.is_whole:
        _Reader(part, bodies, looking).read()
        return
    header = first_element(part.data, "Header")
    if header is not None and header.tag != tag(SOAP_ENVELOPE, "Header"):
        part.header = HeaderSaid.of(header)
        message = header.getparent()
        if message is not None:
            _name_operation(part, message, bodies)


def part_of(entry: Entry, side: Side, request: Part | None) -> Part | None:
    """A part that has yet to be read; None where the entry has no such message, or an empty one.

    request: of a response, what it answers.
    """
    message = entry.request if side is Side.REQUEST else entry.response
    if message is None or not message.length:
        return None
    status = None if side is Side.REQUEST else entry.status
    return Part(entry.number, side, message.body, message.is_whole, entry.service, request, status)


class _Reader:
    def __init__(self, part: Part, bodies: Bodies, looking: Looking) -> None:
        self._part = part
        self._bodies = bodies
        self._looking = looking
        readings, events = bodies.readings, bodies.events
        self._interval, self._block = f"{readings}IntervalReadings", f"{readings}IntervalBlocks"
        self._register, self._meter_reading = f"{readings}Readings", f"{readings}MeterReading"
        self._event_of_reading, self._event = f"{readings}EndDeviceEvents", f"{events}EndDeviceEvent"
        self._tags = (
            self._interval, self._block, self._register, self._meter_reading, self._event_of_reading, self._event
        )  # fmt: skip
        self._intervals: list[Value] = []
        self._blocks: list[tuple[str | None, list[Value]]] = []
        self._registers: dict[str | None, list[Value]] = {}
        self._fine_instants: set[tuple[str, str]] = set()
        """Name and text of instants of which there is nothing to say."""
        self._may_have_xsi = XSI.encode() in part.data

    def read(self) -> None:
        part = self._part
        self._count_anew()
        document = StreamedDocument(part.data, self._tags)
        try:
            for element in document:
                self._ended(element)
        except NotXml as error:
            part.problem = str(error)
            return
        finally:
            part.numbers.clear()
        part.root, part.instructions = document.root, document.instructions
        if part.root is None or part.root.tag != _ENVELOPE:
            return
        self._note_xsi(part.root)
        part.body = [one for body in part.root if body.tag == BODY for one in body]
        if len(part.body) == 1:
            self._take_apart(part.body[0])

    def _take_apart(self, element: etree._Element) -> None:
        part = self._part
        if element.tag == _FAULT:
            part.fault = element
            detail = child(element, "detail")
            reply = None if detail is None else next((child(one, "Reply") for one in detail), None)
            part.reply = None if reply is None else read_reply(reply)
            return
        self._begin(element)
        part.objects = scan(element, part, self._looking)
        self._inflate()

    def _begin(self, element: etree._Element) -> None:
        """What stands before a payload, as soon as something in that is looked at; and again when all is there."""
        part, parts = self._part, {local(one): one for one in reversed(element)}
        reply = parts.get("Reply")
        part.element, part.request, part.payload = element, parts.get("Request"), parts.get("Payload")
        part.reply = None if reply is None else read_reply(reply)
        part.header = HeaderSaid.of(parts.get("Header"))
        _name_operation(self._part, element, self._bodies)

    def _inflate(self) -> None:
        part = self._part
        packed = child(part.payload, "Compressed")
        if packed is None or not (packed.text or "").strip():
            return
        part.compressed = packed
        try:
            self._count_anew()
            form = form_of(text(part.payload, "Format"))
            document = StreamedDocument(inflated(packed.text or "", form, MOST_INFLATED_BYTES), self._tags)
            for element in document:
                self._ended(element)
        except NotInflated as error:
            part.not_inflated = str(error)
            return
        except TooLong:
            part.not_inflated = f"Compressed holds more than {MOST_INFLATED_BYTES} bytes"
            return
        except NotXml as error:
            part.not_inflated = f"Compressed can be inflated, but {error}"
            return
        finally:
            part.numbers.clear()
        part.inflated = document.root
        if part.inflated is not None:
            part.objects += scan(part.inflated, part, self._looking)

    def _count_anew(self) -> None:
        # Each tag is there from the beginning: of what may follow behind an element nothing is known when it ends.
        self._part.numbers.update(dict.fromkeys(self._tags, 0))

    def _ended(self, element: etree._Element) -> None:
        part, full, parent = self._part, str(element.tag), element.getparent()
        if parent is None:
            return
        if part.element is None:
            self._find_message(element)
        if full == self._interval:
            self._intervals.append(self._read_value(element, full).value)
        elif full == self._block:
            self._end_block(element)
        elif full == self._register and local(parent) == "MeterReading":
            read = self._read_value(element, full)
            self._registers.setdefault(read.type_text, []).append(read.value)
        elif full == self._meter_reading:
            self._end_meter_reading(element)
        elif full in (self._event, self._event_of_reading):
            self._end_event(element)
        self._note_xsi(element)
        part.numbers[full] += 1
        parent.remove(element)

    def _find_message(self, element: etree._Element) -> None:
        child_of_body: etree._Element | None = None
        one: etree._Element | None = element
        while one is not None and one.tag != BODY:
            child_of_body, one = one, one.getparent()
        if one is not None and child_of_body is not None and child_of_body.tag != _FAULT:
            self._begin(child_of_body)

    def _read_value(self, element: etree._Element, full: str) -> ReadValue:
        part, looking = self._part, self._looking
        read = read_value(element, part.numbers[full] + 1, part.numbers[self._block] + 1)
        part.values += 1
        for instant in read.instants:
            # A thousand meters have the same stamps.
            said = instant[:2]
            if said in self._fine_instants:
                continue
            if looking.instant(Instant(*instant[:-1], partial(part.where, instant[-1]))):
                self._fine_instants.add(said)
        for inner in read.others:
            scan(inner, part, looking)
        type_text = read.type_text
        if type_text is not None and type_text not in part.reading_types:
            part.reading_types[type_text] = part.where(element)
        return read

    def _end_block(self, element: etree._Element) -> None:
        kind = child(element, "ReadingType")
        type_text = None if kind is None else reading_type_text(kind)
        if kind is not None and type_text is not None and type_text not in self._part.reading_types:
            self._part.reading_types[type_text] = self._part.where(kind)
        self._blocks.append((type_text, self._intervals))
        self._intervals = []
        self._part.numbers[self._interval] = 0

    def _end_meter_reading(self, element: etree._Element) -> None:
        part = self._part
        at = partial(part.where, element)
        reading = MeterReading(
            part=part,
            path=part.path(element),
            line=line_of(element) or self._first_line(),
            meter=named_child(element, "Meter", at),
            usage_point=named_child(element, "UsagePoint", at),
            interval=read_period(child(element, "valuesInterval")),
            events=part.numbers[self._event_of_reading],
        )
        for is_intervals, found in ((True, self._blocks), (False, self._registers.items())):
            for type_text, values in found:
                reading.series.append(
                    Series(
                        part, reading.path, type_text, decoded(type_text)[0] if type_text else None, is_intervals,
                        values, reading.meter, reading.usage_point,
                    )
                )  # fmt: skip
        self._blocks, self._registers = [], {}
        for one in (self._block, self._register, self._event_of_reading):
            part.numbers[one] = 0
        scan(element, part, self._looking)
        part.meters.append(reading.identifiers)
        self._looking.meter_reading(reading)

    def _end_event(self, element: etree._Element) -> None:
        part = self._part
        part.events += 1
        scan(element, part, self._looking)
        self._looking.event(read_event(element, part, part.where(element)))

    def _note_xsi(self, root: etree._Element) -> None:
        if self._may_have_xsi:
            for element in root.iter("*"):
                for name in element.attrib:
                    if str(name).startswith(f"{{{XSI}}}") and len(self._part.xsi) < _MOST_XSI:
                        noted = (local_of_tag(str(name)), local(element), self._part.where(element))
                        self._part.xsi.append(noted)

    def _first_line(self) -> int | None:
        values = [values for _, values in self._blocks] + list(self._registers.values())
        return next((value[0].line for value in values if value), None)


def _name_operation(part: Part, element: etree._Element, bodies: Bodies) -> None:
    body = str(element.tag)
    part.kind = bodies.kind(body)
    part.operation = bodies.operation(body, part.service)
    described = part.operation or bodies.answered(body)
    part.noun = None if described is None else described.noun
