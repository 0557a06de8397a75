"""Response and fault messages as elements: Header, Reply and Payload in the wrapper that the contract names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from itertools import chain

from lxml import etree

from headend.messages.envelope import header_element, reply_element
from headend.messages.wrapper import add_payload, wrapper
from headend.operations.header import Header
from headend.operations.reply import Reply

PAYLOAD_SLOT = "payload"
"""Local name, without namespace, of the empty element that stands where a payload goes that is no tree."""

Payload = etree._Element | bytes | Iterator[bytes]
"""The noun's root element: as a tree, as its text, or as the bytes of one while they are being produced."""


def written(payload: Payload) -> bytes | Iterator[bytes]:
    """A payload as bytes, at once or while they are being produced."""
    return etree.tostring(payload, encoding="utf-8") if isinstance(payload, etree._Element) else payload


_SLOT = f"<{PAYLOAD_SLOT}/>".encode()


@dataclass(frozen=True, slots=True)
class Response:
    """A message on its way out; see `completed`."""

    body: etree._Element
    in_slot: bytes | Iterator[bytes] | None = None
    """The payload, where it is no tree: `body` holds an empty element in its place."""


def response_message(output: str, header: Header, reply: Reply, payload: Payload | None, zone: tzinfo) -> Response:
    """The response element `output`, such as `{namespace}MeterReadingsResponseMessage`."""
    body = wrapper(output, header_element(header, zone), reply_element(reply))
    return Response(body) if payload is None else with_payload(body, payload)


def with_payload(body: etree._Element, payload: Payload) -> Response:
    """The message whose wrapper is `body` with its payload, or with the slot for one that is no tree."""
    if isinstance(payload, etree._Element):
        add_payload(body, payload)
        return Response(body)
    add_payload(body, etree.Element(PAYLOAD_SLOT))
    return Response(body, payload)


def completed(document: bytes, in_slot: bytes | Iterator[bytes] | None) -> bytes | Iterator[bytes]:
    """A serialised message with its payload in the slot: whole, or piece by piece as that is made."""
    if in_slot is None:
        return document
    prologue, epilogue = document.split(_SLOT)
    return prologue + in_slot + epilogue if isinstance(in_slot, bytes) else chain([prologue], in_slot, [epilogue])


def fault_message(fault: str, reply: Reply) -> etree._Element:
    """The element that an operation declares for its fault's detail, such as `{namespace}MeterReadingsFaultMessage`."""
    return wrapper(fault, reply_element(reply))
