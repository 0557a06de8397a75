"""Get requests for master data: the request profile of any noun read (61968-9:2013, Annex J)."""

from dataclasses import replace
from datetime import tzinfo

from lxml import etree

from headend.contract import ProfileContent
from headend.messages.envelope import child
from headend.messages.master_data import read_ids
from headend.messages.references import children, read_period, read_reference, read_request_period
from headend.messages.request_parameters import read_request_options
from headend.messages.xml_names import QualifiedName
from headend.operations.master_data.payload import LINKAGE_NOUN, main_class
from headend.operations.master_data.selection import DATA_SET_NOUN, MasterQuery, MasterSelector
from headend.operations.options import RequestOption
from headend.operations.references import Period

_TIME_SCHEDULE = "TimeSchedule"


def read_master_query(
    body: etree._Element, noun: str, profile: ProfileContent, zone: tzinfo
) -> tuple[MasterQuery, tuple[RequestOption, ...]]:
    """The query in a valid Get message, and its options.

    The profile's selectors count; where it has none Request/ID does, and else what a Payload lists, since clients in
    the field put the objects that they ask for there. zone: the fleet's, for instants without one. Raises Refusal (1.8)
    for a period that ends before it starts.
    """
    request = child(body, "Request")
    asked = None if request is None else child(request, profile.name)
    if request is None or asked is None:
        raise AssertionError(f"the schema requires Request and {profile.name}")
    selectors = [
        selector
        for element in asked.iterchildren("*")
        if (selector := _selector(element)) is not None and QualifiedName.of(element.tag).local != _TIME_SCHEDULE
    ]
    if not selectors:
        usual = "Meter" if noun in (LINKAGE_NOUN, DATA_SET_NOUN) else main_class(noun)
        selectors = [MasterSelector(one.object_type, one) for one in read_ids(request, usual)]
    payload = child(body, "Payload")
    root = None if payload is None else child(payload, noun)
    if not selectors and root is not None:
        listed = filter(None, map(_selector, root.iterchildren("*")))
        # What a listed object says beside its identity is no condition.
        selectors = [replace(one, values=()) if one.reference.mrid or one.reference.names else one for one in listed]
    return MasterQuery(noun, tuple(selectors), _periods(request, asked, profile, zone)), read_request_options(request)


def _periods(
    request: etree._Element, asked: etree._Element, profile: ProfileContent, zone: tzinfo
) -> tuple[Period, ...]:
    """Those of its TimeSchedules, else StartTime and EndTime of the Request, where a noun has times to ask for."""
    if profile.root.child(_TIME_SCHEDULE) is None:
        return ()
    spans = (child(schedule, "scheduleInterval") for schedule in children(asked, _TIME_SCHEDULE))
    found = [period for span in spans if (period := read_period(span, zone)) is not None]
    if not found and (period := read_request_period(request, zone)) is not None:
        found = [period]
    return tuple(found)


def _selector(element: etree._Element) -> MasterSelector | None:
    """None: the element says nothing."""
    reference = read_reference(element)
    texts = ((QualifiedName.of(one.tag).local, (one.text or "").strip()) for one in element.iterchildren("*"))
    values = tuple((name, value) for name, value in texts if value and name not in ("mRID", "Names"))
    if not (reference.mrid or reference.names or values):
        return None
    return MasterSelector(reference.object_type, reference, values)
