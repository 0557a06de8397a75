"""One message that came, and what became of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from headend.client.answers import DeviceEvent, MeterReading, ReplyError
from headend.messages.content import Content
from headend.operations.header import Header


class Outcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    """It keeps the contract and is the first of its Source and MessageID."""
    REPEATED = "repeated"
    """It was accepted before; it got the first answer again."""
    DECLINED = "declined"
    """It keeps the contract, but the fake MDM was told not to take it. A retry of it is no repeat."""
    REFUSED = "refused"
    """It breaks a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that was posted to the fake MDM."""

    number: int = 0
    """Counted from 1, in the order of arrival."""
    at: datetime
    """When it came, by the machine's clock; aware, UTC."""
    service: str
    """Such as ReceiveEndDeviceEvents."""
    operation: str
    """The body element's name, such as CreatedEndDeviceEvents; empty where there was none to read."""
    header: Header | None
    """None where the message has none that could be read."""
    outcome: Outcome
    answer: str
    """What it was answered, in words."""
    refusal: tuple[str, ...] = ()
    """The rules that it breaks, each with code, place and reason."""
    repeats: int | None = None
    """Number of the message that it repeats."""
    body: bytes
    """The body element as XML; what came compressed stands in it inflated. Of what is no envelope: as it came."""
    content: Content = field(compare=False, repr=False)

    @property
    def verb(self) -> str | None:
        """Header/Verb."""
        return None if self.header is None else self.header.verb

    @property
    def noun(self) -> str | None:
        """Header/Noun."""
        return None if self.header is None else self.header.noun

    @property
    def correlation_id(self) -> str | None:
        """Header/CorrelationID."""
        return None if self.header is None else self.header.correlation_id

    @property
    def message_id(self) -> str | None:
        """Header/MessageID."""
        return None if self.header is None else self.header.message_id

    @property
    def events(self) -> tuple[DeviceEvent, ...]:
        """The EndDeviceEvents in its payload."""
        return self.content.events

    @property
    def readings(self) -> tuple[MeterReading, ...]:
        """The MeterReadings in its payload, meter by meter."""
        return self.content.readings

    @property
    def ids(self) -> frozenset[str]:
        """Every mRID and name of the objects in its payload."""
        return self.content.ids

    @property
    def result(self) -> str | None:
        """OK, PARTIAL or FAILED of a late reply."""
        return self.content.result

    @property
    def errors(self) -> tuple[ReplyError, ...]:
        """The Errors of a late reply."""
        return self.content.errors
