"""One request and its answer, byte for byte, as they crossed the wire."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """A POST and what came back."""

    operation: str
    """Such as GetMeterReadings; of a message that was sent as it is, what the caller called it."""
    url: str
    sent: datetime
    """By the clock of the client."""
    took_s: float
    request: bytes
    status: int
    """Of HTTP."""
    response: bytes
    _zeep_object: Callable[[], Any] | None = field(default=None, repr=False, compare=False)

    def zeep_object(self) -> Any:
        """The answer as zeep makes it from the WSDL; it checks every element on the way.

        Made anew at every call, and slow: about 6,000 readings a second. Raises zeep's own exceptions for a fault or
        an answer against the contract, LookupError for a message that was not made by zeep.
        """
        if self._zeep_object is None:
            raise LookupError(f"{self.operation} was sent as it is, not made from a WSDL")
        return self._zeep_object()
