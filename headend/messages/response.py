"""Response and fault messages as elements: Header, Reply and Payload in the wrapper that the contract names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from lxml import etree

from headend.messages.envelope import header_element, reply_element
from headend.messages.xml_names import MESSAGE, QualifiedName, tag
from headend.operations.header import Header
from headend.operations.reply import Reply

PAYLOAD_SLOT = "payload"
"""Local name, without namespace, of the empty element that stands where a streamed payload goes."""

Payload = etree._Element | Iterator[bytes]
"""The noun's root element: as a tree, or as the bytes of one while they are being produced."""


@dataclass(frozen=True, slots=True)
class Response:
    """A message on its way out. Where `stream` is set, `body` holds the payload slot and the bytes go there."""

    body: etree._Element
    stream: Iterator[bytes] | None = None


def response_message(output: str, header: Header, reply: Reply, payload: Payload | None, zone: tzinfo) -> Response:
    """The response element `output`, such as `{namespace}MeterReadingsResponseMessage`."""
    namespace = QualifiedName.of(output).namespace
    body = etree.Element(output, nsmap={"w": namespace, "m": MESSAGE})
    # Header and Reply are declared in the wrapper's namespace; what stands inside them is the common envelope's.
    body.append(_in_namespace(header_element(header, zone), namespace))
    body.append(_in_namespace(reply_element(reply), namespace))
    if payload is None:
        return Response(body)
    holder = etree.SubElement(body, tag(namespace, "Payload"))
    if isinstance(payload, etree._Element):
        holder.append(payload)
        return Response(body)
    etree.SubElement(holder, PAYLOAD_SLOT)
    return Response(body, payload)


def fault_message(fault: str, reply: Reply) -> etree._Element:
    """The element that an operation declares for its fault's detail, such as `{namespace}MeterReadingsFaultMessage`."""
    namespace = QualifiedName.of(fault).namespace
    element = etree.Element(fault, nsmap={"w": namespace, "m": MESSAGE})
    element.append(_in_namespace(reply_element(reply), namespace))
    return element


def _in_namespace(element: etree._Element, namespace: str) -> etree._Element:
    element.tag = tag(namespace, QualifiedName.of(element.tag).local)
    return element
