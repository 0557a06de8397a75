"""One exchange as it crossed the wire: a request and what came back, whoever sent it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from headend.delivery import Said

FAULT_NOTE: Final = "fault injected: "
"""How the note begins that says that an exchange was broken on purpose; behind it stand kind and mRID of the fault."""


def fault_note(cause: str) -> str:
    """What is noted of an exchange that a fault broke."""
    return FAULT_NOTE + cause


class Direction(StrEnum):
    """Who began, as the recorder sees it."""

    IN = "in"
    """Somebody called the recorder: a client's request to a head end, a publication to an MDM."""
    OUT = "out"
    """The recorder called somebody."""


@dataclass(frozen=True, slots=True)
class Message:
    """The bytes of a request or an answer; of what is too long, its beginning."""

    body: bytes = field(repr=False)
    """As on the wire. Shorter than `length` where the rest was not kept."""
    length: int
    """Bytes that crossed the wire."""
    sha256: str | None = None
    """Of every byte, where not all were kept: two that are too long can still be compared."""

    @classmethod
    def whole(cls, body: bytes) -> "Message":
        """A message that was kept to its last byte."""
        return cls(body, len(body))

    @property
    def is_whole(self) -> bool:
        """Whether every byte was kept, so that it can be judged."""
        return len(self.body) == self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An exchange."""

    number: int = 0
    """Counted from 1 in the order in which they ended, as far as one process took them; 0: not kept in a journal. Those
    who follow a journal by it miss none; `machine_at` gives the order of beginnings.
    """
    direction: Direction
    at: datetime
    """When it began, by the clock of the fleet; where there is none, by the machine's. Aware, UTC."""
    machine_at: datetime
    """When it began, by the machine's clock; aware, UTC."""
    took_s: float
    """Until the answer was complete, of the machine's time. Of messages that leave one after the other each is made
    while the one before is on its way; where that takes longer than the receiver does, it is what counts here.
    """
    peer: str
    """The other side: the address of a client, or the URL that was called."""
    service: str
    """Such as GetMeterReadings; the last part of the path."""
    operation: str
    """The name of the request's body element, such as CreateEndDeviceControls; empty where none could be read."""
    soap_action: str | None = None
    """The SOAPAction of HTTP, without its quotes; None: there was none."""
    status: int | None
    """Of HTTP; None: no answer came."""
    request: Message
    response: Message | None
    """None: no answer came."""
    failure: str | None = None
    """Why no answer came, or not all of it, in words."""
    path: str = ""
    """Of the URL that was called."""
    request_headers: tuple[tuple[str, str], ...] = ()
    """Of HTTP; credentials are left out."""
    response_headers: tuple[tuple[str, str], ...] = ()
    outcome: str | None = None
    """What the recorder made of the answer, in words, where it was the one who called: whether the message counts as
    delivered."""
    notes: tuple[str, ...] = ()
    """What is to be known besides, such as a fault that was injected or a body that was not kept."""
    said: Said | None = field(default=None, repr=False, compare=False)
    """What stands in the request, where the recorder wrote it; read from it otherwise. Not kept."""
