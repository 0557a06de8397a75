"""The element that the contract wraps around every message: its parts are declared in the noun's message namespace."""

from lxml import etree

from headend.messages.xml_names import MESSAGE, QualifiedName, tag


def wrapper(element: str, *parts: etree._Element) -> etree._Element:
    """The body element `element`, such as `{namespace}MeterReadingsResponseMessage`, around Header and Reply.

    Header and Reply themselves take the wrapper's namespace; what stands inside them is the common envelope's.
    """
    namespace = QualifiedName.of(element).namespace
    body = etree.Element(element, nsmap={"w": namespace, "m": MESSAGE})
    for part in parts:
        part.tag = tag(namespace, QualifiedName.of(part.tag).local)
        body.append(part)
    return body


def add_payload(body: etree._Element, payload: etree._Element) -> None:
    """Put the noun's root element, or what stands for it, into the wrapper's Payload."""
    etree.SubElement(body, tag(QualifiedName.of(body.tag).namespace, "Payload")).append(payload)
