"""Event messages as elements: Header and Payload in the wrapper that the contract names (pattern Send or Receive)."""

from datetime import tzinfo

from lxml import etree

from headend.messages.envelope import header_element
from headend.messages.wrapper import add_payload, wrapper
from headend.operations.header import Header


def event_message(element: str, header: Header, payload: etree._Element, zone: tzinfo) -> etree._Element:
    """The event element, such as `{namespace}CreatedEndDeviceEvents`; instants are written in `zone`."""
    body = wrapper(element, header_element(header, zone))
    add_payload(body, payload)
    return body
