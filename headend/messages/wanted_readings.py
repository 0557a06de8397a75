"""MeterReadings as the payload of a request: whose readings are wanted, of which types and times (clause 5.3)."""

from collections.abc import Iterable
from datetime import tzinfo

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.references import children, read_period, read_references
from headend.messages.xml_names import QualifiedName
from headend.operations.readings.meter_readings_query import MeterReadingsQuery
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal


def read_wanted_readings(body: etree._Element, zone: tzinfo) -> MeterReadingsQuery:
    """The query in a valid CreateMeterReadings message.

    Each MeterReading names a Meter or a UsagePoint; the types of its readings and interval blocks are those that are
    wanted, or else those that the payload declares; valuesInterval is a period, without one the registers are read
    now. zone: the fleet's, for instants without one. Raises Refusal: 1.7 without any MeterReading, 1.8 for a period
    that ends before it starts.
    """
    operation = QualifiedName.of(body.tag).local
    payload = child(body, "Payload")
    root = None if payload is None else child(payload, "MeterReadings")
    wanted = list(children(root, "MeterReading"))
    if not wanted:
        raise Refusal.because("1.7", f"/{operation}/Payload: {operation} needs at least one MeterReading")
    periods = (read_period(child(one, "valuesInterval"), zone) for one in wanted)
    return MeterReadingsQuery(
        end_devices=_each_once(reference for one in wanted for reference in read_references(one, "Meter")),
        usage_points=_each_once(
            # A Meter says it all where both are there.
            reference
            for one in wanted
            if child(one, "Meter") is None
            for reference in read_references(one, "UsagePoint")
        ),
        reading_types=_reading_types(root, wanted),
        periods=tuple(dict.fromkeys(period for period in periods if period is not None)),
    )


def _reading_types(root: etree._Element | None, wanted: list[etree._Element]) -> tuple[ObjectReference, ...]:
    """By ref, in which the names that the payload gives to its own ReadingTypes count as well."""
    declared = list(children(root, "ReadingType"))
    mrids = {
        name.findtext("{*}name") or "": mrid
        for one in declared
        if (mrid := text(one, "mRID")) is not None
        for name in children(one, "Names")
    }
    refs = [
        (reading_type.get("ref") or "").strip()
        for one in wanted
        for local in ("Readings", "IntervalBlocks")
        for values in children(one, local)
        for reading_type in children(values, "ReadingType")
    ]
    if any(refs):
        return tuple(ObjectReference("ReadingType", mrids.get(ref, ref)) for ref in dict.fromkeys(refs) if ref)
    return () if root is None else read_references(root, "ReadingType")


def _each_once(references: Iterable[ObjectReference]) -> tuple[ObjectReference, ...]:
    return tuple(dict.fromkeys(references))
