"""Event messages as elements: Header and Payload in the wrapper that the contract names (pattern Send or Receive)."""

from datetime import tzinfo

from lxml import etree

from headend.messages.envelope import header_element
from headend.messages.xml_names import MESSAGE, QualifiedName, tag
from headend.operations.header import Header


def event_message(element: str, header: Header, payload: etree._Element, zone: tzinfo) -> etree._Element:
    """The event element, such as `{namespace}CreatedEndDeviceEvents`; instants are written in `zone`."""
    namespace = QualifiedName.of(element).namespace
    body = etree.Element(element, nsmap={"w": namespace, "m": MESSAGE})
    head = header_element(header, zone)
    head.tag = tag(namespace, "Header")
    body.append(head)
    etree.SubElement(body, tag(namespace, "Payload")).append(payload)
    return body
