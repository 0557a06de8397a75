"""An exchange as the store keeps it, and which of them are wanted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredExchange:
    """A request and what came back, with what it is searched by. The words mean what they do in `headend.journal`."""

    number: int = 0
    at: datetime
    machine_at: datetime
    took_us: int
    direction: str
    status: int | None
    verb: str | None
    noun: str | None
    result: str | None
    codes: tuple[str, ...]
    message_id: str | None
    correlation_id: str | None
    conversation: str | None
    """What ties a request, its late replies and its events together: CorrelationID, or else MessageID."""
    source: str | None
    service: str
    operation: str
    peer: str
    path: str
    soap_action: str | None
    failure: str | None
    outcome: str | None
    notes: tuple[str, ...]
    names: tuple[str, ...]
    """mRIDs and names of objects in its messages; without line breaks."""
    request_length: int
    request_sha256: str | None
    request_headers: tuple[tuple[str, str], ...]
    response_length: int | None
    response_sha256: str | None
    response_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    response_body: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSelection:
    """Which exchanges are wanted; None is any."""

    text: str | None = None
    """Stands in one of the bodies, or in what heads them, letter by letter."""
    direction: str | None = None
    service: str | None = None
    operation: str | None = None
    verb: str | None = None
    noun: str | None = None
    names: Collection[str] | None = None
    """One of these is named."""
    message_id: str | None = None
    conversation: str | None = None
    result: str | None = None
    code: str | None = None
    """A reply code, or the beginning of one that ends with a dot: 2. is every code of that group."""
    status: int | None = None
    after: int = 0
    """Numbers above this one."""
    before: int | None = None
    """Numbers below this one."""


@dataclass(frozen=True, slots=True)
class JournalBounds:
    """How much is kept; the oldest goes first."""

    entries: int
    size: int
    """Bytes of what is kept of all entries."""
    since: datetime
    """By the machine's clock."""


@dataclass(frozen=True, slots=True)
class JournalState:
    """How full the journal is."""

    entries: int
    size: int
    first: int | None
    """Number of the oldest entry; None: there is none."""
    last: int | None
    dropped: int
    """Exchanges since the last clearing that are missing, since the store could not keep up."""
