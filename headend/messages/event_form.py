"""An event message as a form: written once as a tree, by whoever writes all messages, and from then on filled in.

An event that is published alone is a message of a kilobyte. All of it but three values and the payload is the same
every time, and to make a tree of it costs several times what it takes to send it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Final

from headend.messages.event_message import event_message
from headend.messages.response import completed
from headend.messages.soap_envelope import envelope, serialise
from headend.messages.xml_instants import instant_text
from headend.messages.xml_text import escaped_text
from headend.operations.header import Header

_BLANK_INSTANT: Final = datetime(1901, 2, 3, 4, 5, 6, 789012, tzinfo=UTC)
_BLANK_MESSAGE_ID: Final = "5ad0b8f6-51f1-4c1e-9a55-7f1f0e0f7c11"
_BLANK_CORRELATION_ID: Final = "c2f1d6f0-3c83-4c51-8a0b-0a4e5b1c7d22"
_BLANK_PAYLOAD: Final = b"<blank-7b6c3d10/>"


class EventForm:
    """All messages whose Headers differ in Timestamp, MessageID and the value of CorrelationID alone."""

    def __init__(self, element: str, header: Header, zone: tzinfo) -> None:
        """element: `{namespace}name` of the event's wrapper. header: that of one of the messages. zone: of the instants
        that are written.
        """
        blank = replace(
            header,
            timestamp=None if header.timestamp is None else _BLANK_INSTANT,
            message_id=None if header.message_id is None else _BLANK_MESSAGE_ID,
            correlation_id=None if header.correlation_id is None else _BLANK_CORRELATION_ID,
        )
        event = event_message(element, blank, _BLANK_PAYLOAD, zone)
        rest = completed(serialise(envelope(event.body)), _BLANK_PAYLOAD)
        assert isinstance(rest, bytes)
        self._zone = zone
        self._pieces = []
        for value in (*(text.encode() for text in _values(blank, zone)), _BLANK_PAYLOAD):
            piece, rest = rest.split(value)
            self._pieces.append(piece)
        self._pieces.append(rest)

    def filled(self, header: Header, payload: bytes) -> bytes:
        """The whole SOAP message with another Header of this form; payload: the noun's root element.

        Raises ValueError for text that no XML document may hold.
        """
        filled = [b""] * (2 * len(self._pieces) - 1)
        filled[::2] = self._pieces
        filled[1::2] = (*(text.encode() for text in _values(header, self._zone)), payload)
        return b"".join(filled)


def _values(header: Header, zone: tzinfo) -> Iterator[str]:
    """What differs from one Header to the next, in its order."""
    if header.timestamp is not None:
        yield instant_text(header.timestamp, zone)
    for text in (header.message_id, header.correlation_id):
        if text is not None:
            yield escaped_text(text)
