"""Master data in XML: documents read from payloads of any noun, and told in any profile (61968-9:2013, clause 5.10).

A document has no namespace and no order; a profile gives it both, and leaves out what it has no room for.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from lxml import etree

from headend.contract import ElementContent, ProfileContent
from headend.messages.envelope import child
from headend.messages.references import children, read_instant
from headend.messages.xml_names import QualifiedName
from headend.operations.master_data.documents import Document
from headend.operations.master_data.payload import LINKAGE_NOUN, MasterPayload, ObjectDocument, main_class
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.refusal import Refusal

_EVENT = "ConfigurationEvent"
_EVENTS = "ConfigurationEvents"


def read_master_payload(body: etree._Element, noun: str, zone: tzinfo) -> MasterPayload:
    """The objects in the Payload of a message, and those that Request/ID names.

    Raises Refusal: 1.7 where there is neither, 1.8 for an instant that no calendar of ours has.
    """
    payload = child(body, "Payload")
    root = None if payload is None else child(payload, noun)
    references = tuple(read_ids(child(body, "Request"), main_class(noun) if noun != LINKAGE_NOUN else ""))
    if root is None:
        if not references:
            raise Refusal.because("1.7", f"there is no {noun} in the Payload, and Request names no ID")
        return MasterPayload(noun, (), references=references)
    return read_master_root(root, noun, zone, references)


def read_master_root(
    root: etree._Element, noun: str, zone: tzinfo, references: tuple[ObjectReference, ...] = ()
) -> MasterPayload:
    """The objects below a noun's root element. Raises Refusal as `read_master_payload` does."""
    objects = []
    effective: datetime | None = None
    for element in root.iterchildren("*"):
        name = QualifiedName.of(element.tag).local
        if name == _EVENT:
            effective = read_instant(element, "effectiveDateTime", zone)
            continue
        event = child(element, _EVENTS)
        its_own = None if event is None else read_instant(event, "effectiveDateTime", zone)
        document = read_document(element)
        objects.append(ObjectDocument(name, document if isinstance(document, dict) else {}, its_own))
    return MasterPayload(noun, tuple(objects), effective, references)


def read_document(element: etree._Element) -> Document | str:
    """An element as a document; one without elements and attributes is a text."""
    document: Document = {}
    for one in element.iterchildren("*"):
        tag = str(one.tag)
        document.setdefault(tag[tag.find("}") + 1 :], []).append(read_document(one))
    for name, value in element.attrib.items():
        if not str(name).startswith("{"):
            document[f"@{name!s}"] = str(value).strip()
    return document or (element.text or "").strip()


def read_ids(request: etree._Element | None, usual_class: str) -> Iterable[ObjectReference]:
    """The objects that Request/ID names; `usual_class` is that of an ID without objectType.

    Without attributes an ID is an mRID if it is one, otherwise a name; both are looked for.
    """
    for element in children(request, "ID"):
        value = (element.text or "").strip()
        if not value:
            continue
        object_type = element.get("objectType") or usual_class
        if element.get("kind") == "name":
            name = ObjectName(value, element.get("idType"), element.get("idAuthority"))
            yield ObjectReference(object_type, names=(name,))
        else:
            yield ObjectReference(object_type, value)


def master_payload(profile: ProfileContent, objects: Sequence[tuple[str, Document]]) -> etree._Element:
    """The noun's root element with objects, by class, in the order of the profile; of a class in the order given."""
    root = etree.Element(profile.root.tag, nsmap={None: profile.namespace})  # type: ignore[dict-item]  # stubs do not know the default namespace
    by_class: dict[str, list[Document]] = {}
    for object_type, document in objects:
        by_class.setdefault(object_type, []).append(document)
    for content in profile.root.children:
        for document in by_class.get(content.name, ()):
            _write(root, content, document)
    return root


def _write(parent: etree._Element, content: ElementContent, document: Document) -> None:
    element = etree.SubElement(parent, content.tag)
    for attribute in content.type.attributes:
        value = document.get(f"@{attribute.name}")
        if isinstance(value, str):
            element.set(attribute.name, value)
    for inner in content.children:
        occurrences = document.get(inner.name, ())
        for one in occurrences if inner.maximum is None else occurrences[: inner.maximum]:
            if isinstance(one, str):
                if inner.type.is_value:
                    etree.SubElement(element, inner.tag).text = one
            elif _is_whole(inner, one):
                _write(element, inner, one)


def _is_whole(content: ElementContent, document: Document) -> bool:
    """Whether a document that another profile wrote has what this one requires."""
    return not content.type.is_value and all(inner.name in document for inner in content.children if inner.minimum)
