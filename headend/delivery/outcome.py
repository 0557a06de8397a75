"""What came of one sending."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class OutcomeKind(StrEnum):
    """The ways in which a sending ends. Only the first means that the receiver has the message."""

    DELIVERED = "delivered"
    REPLY_FAILED = "reply failed"
    """The receiver understood and refused: Result FAILED."""
    SOAP_FAULT = "SOAP fault"
    HTTP_STATUS = "HTTP status"
    """An answer that is neither success nor a SOAP fault."""
    NOT_UNDERSTOOD = "not understood"
    """HTTP 200, but without a Reply that can be read."""
    NOT_CONNECTED = "not connected"
    """Nobody there, or the connection broke on the way."""
    TIMED_OUT = "timed out"
    NOT_COMPOSED = "not composed"
    """Our own fault: there was nothing to send."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a receiver answered, as it came."""

    status: int
    body: bytes | None
    """None where it was too long to read."""


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What came of one sending, in a sentence for the person who reads the outbox."""

    kind: OutcomeKind
    sentence: str
    reply: str | None = None
    """The beginning of what the receiver answered; None where no answer came."""
    is_final: bool = False
    """Whether the receiver has refused the message itself, so that sending it again can only be refused again."""

    answer: HttpAnswer | None = field(default=None, repr=False, compare=False)
    """The answer itself, for whoever records exchanges; None where none came, or nobody passed it on."""

    @property
    def delivered(self) -> bool:
        return self.kind is OutcomeKind.DELIVERED

    def without_answer(self) -> DeliveryOutcome:
        """The same for whoever collects outcomes, without the answer that it was judged by."""
        return DeliveryOutcome(self.kind, self.sentence, self.reply, self.is_final)
