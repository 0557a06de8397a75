"""Event messages as elements: Header and Payload in the wrapper that the contract names (pattern Send or Receive)."""

from datetime import tzinfo

from headend.messages.envelope import header_element
from headend.messages.response import Payload, Response, with_payload
from headend.messages.wrapper import wrapper
from headend.operations.header import Header


def event_message(element: str, header: Header, payload: Payload, zone: tzinfo) -> Response:
    """The event element, such as `{namespace}CreatedEndDeviceEvents`; instants are written in `zone`."""
    return with_payload(wrapper(element, header_element(header, zone)), payload)
