"""An event message as a form: written once as a tree, by whoever writes all messages, and from then on filled in.

An event that is published alone is a message of a kilobyte. All of it but three values and the payload is the same
every time, and to make a tree of it costs several times what it takes to send it.
"""

from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Final

from headend.messages.event_message import event_message
from headend.messages.response import streamed
from headend.messages.soap_envelope import envelope, serialise
from headend.messages.xml_instants import instant_text
from headend.messages.xml_text import escaped
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
        is_correlated = header.correlation_id is not None
        header = replace(
            header,
            timestamp=_BLANK_INSTANT,
            message_id=_BLANK_MESSAGE_ID,
            correlation_id=_BLANK_CORRELATION_ID if is_correlated else None,
        )
        event = event_message(element, header, _BLANK_PAYLOAD, zone)
        assert event.stream is not None
        rest = b"".join(streamed(serialise(envelope(event.body)), event.stream))
        self._zone = zone
        self._pieces = []
        blanks = [instant_text(_BLANK_INSTANT, zone), _BLANK_MESSAGE_ID]
        if is_correlated:
            blanks.append(_BLANK_CORRELATION_ID)
        for blank in (*(one.encode() for one in blanks), _BLANK_PAYLOAD):
            piece, rest = rest.split(blank)
            self._pieces.append(piece)
        self._pieces.append(rest)

    def filled(self, timestamp: datetime, message_id: str, correlation_id: str | None, payload: bytes) -> bytes:
        """The whole SOAP message; it has a CorrelationID where the Header of the form had one.

        payload: the noun's root element. Raises ValueError for text that no XML document may hold.
        """
        values = [instant_text(timestamp, self._zone).encode(), escaped(message_id)]
        if correlation_id is not None:
            values.append(escaped(correlation_id))
        filled = [b""] * (2 * len(self._pieces) - 1)
        filled[::2] = self._pieces
        filled[1::2] = (*values, payload)
        return b"".join(filled)
