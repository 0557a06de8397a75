"""What the fake MDM answers to a message that keeps the contract."""

from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus

from headend.operations.reply import Error


class Manner(StrEnum):
    """How an answer looks to the one who sent the message."""

    OK = "ok"
    FAILED = "failed"
    FAULT = "fault"
    STATUS = "status"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer. Made by the functions below; `late` makes a slow one of any."""

    manner: Manner
    takes: bool
    """Whether the message counts as received: a retry of it is then a repeat."""
    delay_s: float = 0.0
    error: Error | None = None
    """Of a FAILED reply."""
    sentence: str = ""
    """Of a fault."""
    status: int = 200

    @classmethod
    def ok(cls) -> "Answer":
        """Result OK with Error 0.3, a simple acknowledgment."""
        return cls(Manner.OK, takes=True)

    @classmethod
    def slow(cls, seconds: float) -> "Answer":
        """Result OK, but only after so many seconds. The message is taken at once."""
        return cls.ok().late(seconds)

    @classmethod
    def failed(cls, code: str = "5.1", details: str | None = "the fake MDM was told to refuse") -> "Answer":
        """Result FAILED with this code. Raises ValueError for a code that Annex B does not list."""
        return cls(Manner.FAILED, takes=False, error=Error(code, details))

    @classmethod
    def fault(cls, sentence: str = "the fake MDM was told to answer with a fault") -> "Answer":
        """A SOAP fault with faultcode Server and no detail."""
        return cls(Manner.FAULT, takes=False, sentence=sentence)

    @classmethod
    def http(cls, status: int) -> "Answer":
        """An HTTP status and no SOAP message, as from a proxy in between. Raises ValueError for none of 200 to 599."""
        if HTTPStatus(status) < HTTPStatus.OK:
            raise ValueError(f"HTTP {status} is not the last word: another status follows")
        return cls(Manner.STATUS, takes=False, status=status)

    @classmethod
    def drop(cls, *, taken: bool = False) -> "Answer":
        """The connection is closed without an answer.

        taken: the message was received and only its answer is lost, so that a retry of it is a repeat.
        """
        return cls(Manner.DROP, takes=taken)

    def late(self, seconds: float) -> "Answer":
        """The same, but only after so many seconds. Raises ValueError for less than none."""
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"an answer cannot be {seconds} s late")
        return replace(self, delay_s=seconds)

    def __str__(self) -> str:
        words = {
            Manner.OK: "OK",
            Manner.FAILED: f"FAILED {'' if self.error is None else self.error.code}",
            Manner.FAULT: "SOAP fault",
            Manner.STATUS: f"HTTP {self.status}",
            Manner.DROP: "connection dropped",
        }[self.manner]
        return f"{words} after {self.delay_s:g} s" if self.delay_s else words
