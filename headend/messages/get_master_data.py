"""Get requests for master data: the request profile of any noun read (61968-9:2013, Annex J)."""

from lxml import etree

from headend.contract import ProfileContent
from headend.messages.envelope import child, text
from headend.messages.master_data import read_ids
from headend.messages.references import read_reference
from headend.messages.request_parameters import read_request_options
from headend.messages.xml_names import QualifiedName
from headend.operations.master_data.payload import LINKAGE_NOUN, main_class
from headend.operations.master_data.selection import DATA_SET_NOUN, MasterQuery, MasterSelector
from headend.operations.options import RequestOption


def read_master_query(
    body: etree._Element, noun: str, profile: ProfileContent
) -> tuple[MasterQuery, tuple[RequestOption, ...]]:
    """The query in a valid Get message, and its options.

    The profile's selectors count; where it has none Request/ID does, and else what a Payload lists, since clients in
    the field put the objects that they ask for there.
    """
    request = child(body, "Request")
    asked = None if request is None else child(request, profile.name)
    if request is None or asked is None:
        raise AssertionError(f"the schema requires Request and {profile.name}")
    selectors = [_selector(element) for element in asked.iterchildren("*") if _names_something(element)]
    if not selectors:
        usual = "Meter" if noun in (LINKAGE_NOUN, DATA_SET_NOUN) else main_class(noun)
        selectors = [MasterSelector(one.object_type, one) for one in read_ids(request, usual)]
    payload = child(body, "Payload")
    root = None if payload is None else child(payload, noun)
    if not selectors and root is not None:
        selectors = [_selector(element) for element in root.iterchildren("*") if _names_something(element)]
    return MasterQuery(noun, tuple(selectors)), read_request_options(request)


def _selector(element: etree._Element) -> MasterSelector:
    return MasterSelector(QualifiedName.of(element.tag).local, read_reference(element), text(element, "kind"))


def _names_something(element: etree._Element) -> bool:
    reference = read_reference(element)
    return bool(reference.mrid or reference.names or text(element, "kind"))
