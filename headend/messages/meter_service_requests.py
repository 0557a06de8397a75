"""MeterServiceRequests in XML: works read from messages, selected by requests, and told (61968-9:2013, clause 5.5)."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final

from lxml import etree

from headend.contract import ProfileContent
from headend.messages.envelope import child, text
from headend.messages.master_data import master_payload, read_document, read_ids
from headend.messages.meter_readings import MeterReadingsWriter
from headend.messages.references import (
    children,
    read_instant,
    read_period,
    read_reference,
    read_references,
    read_request_period,
)
from headend.messages.request_parameters import read_request_options
from headend.messages.xml_instants import instant_text
from headend.operations.master_data.documents import Document, name_document, parts_of, text_of
from headend.operations.master_data.fleet_objects import METER_NAME_TYPE
from headend.operations.refusal import Refusal
from headend.operations.service_requests.payload import NOUN, WORK, SaidWork, WorkPayload
from headend.operations.service_requests.readings import TakenRead
from headend.operations.service_requests.selection import WorkFilter, WorkQuery
from headend.operations.service_requests.told_works import ToldWork
from simulator.fleet import Fleet

_SELECTED: Final = ("Meter", "UsagePoint", "Customer", "CustomerAgreement", "ServiceLocation")


def read_works(body: etree._Element, zone: tzinfo) -> WorkPayload:
    """The works in the Payload of a message, and those that Request/ID names.

    Raises Refusal: 1.7 where there is neither, 1.8 for an instant that no calendar of ours has.
    """
    payload = child(body, "Payload")
    root = None if payload is None else child(payload, NOUN)
    references = tuple(read_ids(child(body, "Request"), WORK))
    works = tuple(_said(element, zone) for element in children(root, WORK))
    if not works and not references:
        raise Refusal.because("1.7", f"there is no {WORK} in the Payload, and Request names no ID")
    return WorkPayload(works, references)


def read_work_query(body: etree._Element, zone: tzinfo) -> WorkQuery:
    """The query in a valid GetMeterServiceRequests message.

    zone: the fleet's, for instants without one. The profile counts before Request/ID, StartTime and EndTime. Raises
    Refusal (1.8) for a period that ends before it starts.
    """
    request = child(body, "Request")
    profile = None if request is None else child(request, f"Get{NOUN}")
    if request is None or profile is None:
        raise AssertionError(f"the schema requires Request and Get{NOUN}")
    spans = [child(schedule, "scheduleInterval") for schedule in children(profile, "TimeSchedule")]
    periods = [period for span in spans if (period := read_period(span, zone)) is not None]
    if not periods and (period := read_request_period(request, zone)) is not None:
        periods = [period]
    works = tuple(_read_filter(element, zone) for element in children(profile, WORK))
    if not works:
        works = tuple(WorkFilter(reference=one) for one in read_ids(request, WORK))
    return WorkQuery(
        objects=read_references(profile, *_SELECTED),
        works=works,
        periods=tuple(periods),
        options=read_request_options(request),
    )


def works_element(
    profile: ProfileContent,
    works: Sequence[tuple[ToldWork, Sequence[TakenRead]]],
    fleet: Fleet,
    zone: tzinfo,
    source: str,
) -> etree._Element:
    """The MeterServiceRequests element: works with their readings.

    zone: the fleet's, in which instants are written. source: the system that the readings come from.
    """
    documents = [(WORK, _document(told, reads, fleet, zone, source)) for told, reads in works]
    return master_payload(profile, documents)


def _said(element: etree._Element, zone: tzinfo) -> SaidWork:
    document = read_document(element)
    if isinstance(document, str):
        document = {}
    wanted = read_instant(element, "requestDateTime", zone)
    if wanted is not None:
        document["requestDateTime"] = [instant_text(wanted, zone)]
    status = child(element, "status")
    since = None if status is None else read_instant(status, "dateTime", zone)
    return SaidWork(document, wanted, since)


def _read_filter(element: etree._Element, zone: tzinfo) -> WorkFilter:
    status = child(element, "status")
    return WorkFilter(
        reference=read_reference(element),
        kind=text(element, "kind"),
        type=text(element, "type"),
        priority=text(element, "priority"),
        wanted=read_instant(element, "requestDateTime", zone),
        modified_since=read_instant(element, "lastModifiedDateTime", zone),
        status=text(status, "value"),
        status_since=None if status is None else read_instant(status, "dateTime", zone),
        status_reason=text(status, "reason"),
        status_remark=text(status, "remark"),
    )


def _document(told: ToldWork, reads: Sequence[TakenRead], fleet: Fleet, zone: tzinfo, source: str) -> Document:
    document: Document = dict(told.document)
    document["lastModifiedDateTime"] = [instant_text(told.changed, zone)]
    missing = [one.missing for one in reads if one.missing is not None]
    remarks = [one for one in (told.remark, *(f"no reading: {why}" for why in missing)) if one is not None]
    status: Document = {"value": [told.status], "dateTime": [instant_text(told.since, zone)]}
    said = parts_of(document, "status")
    if said and (reason := text_of(said[0], "reason")) is not None:
        status["reason"] = [reason]
    if not remarks and said and (remark := text_of(said[0], "remark")) is not None:
        remarks = [remark]
    if remarks:
        status["remark"] = ["; ".join(remarks)]
    document["status"] = [status]
    meters = parts_of(document, "Meter")
    document["Meter"] = [dict(meters[0]) if meters else {}]  # the profile requires it, be it empty
    for one in reads:
        if one.block is not None:
            before = parts_of(document, one.read.element)
            document[one.read.element] = [_with_readings(dict(before[0]) if before else {}, one, fleet, zone, source)]
    return document


def _with_readings(meter: Document, taken: TakenRead, fleet: Fleet, zone: tzinfo, source: str) -> Document:
    """A Meter with its mRID and name, and what was read of it."""
    index = fleet.index_of_mrid(taken.read.meter_mrid)
    if index is None or taken.block is None:
        return meter
    known = fleet.meter(index)
    meter.setdefault("mRID", [known.mrid])
    meter.setdefault("Names", [name_document(known.name, METER_NAME_TYPE)])
    writer = MeterReadingsWriter(
        taken.series, fleet, zone, reported=taken.read.at, source=source, reason=taken.read.reason
    )
    readings = [read_document(etree.fromstring(one)) for one in writer.each_meter(taken.block)]
    meter["MeterReadings"] = [*meter.get("MeterReadings", ()), *(one for one in readings if isinstance(one, Mapping))]
    return meter
