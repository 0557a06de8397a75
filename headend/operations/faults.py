"""Faults on demand: what leaves is broken, or what carries it is.

The kinds are called as in Toxiproxy and WireMock where those have a word for it. A fault of an answer that stands
before the request (connection-refused, http-status, reply-code) keeps it from being carried out; all others break what
came of it. Three kinds break nothing (late-reply, lost-reply, duplicate): they are done as orderings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from headend.operations.mischief import Direction, Leaving, fits
from headend.store import Json, StoredMischief


class FaultKind(StrEnum):
    """What breaks."""

    HTTP_STATUS = "http-status"
    """A status of HTTP and a sentence, as from a proxy in front; the request is not carried out."""
    CONNECTION_REFUSED = "connection-refused"
    """Nobody listens: the connection ends without a byte, and the request is not carried out; a message is not sent."""
    RESET = "reset"
    """The connection is reset after so many bytes."""
    TRUNCATED = "truncated"
    """The connection ends in the middle; Content-Length promised the whole."""
    SLOW_DRIP = "slow-drip"
    """All of it comes, at so many bytes a second."""
    MALFORMED_XML = "malformed-xml"
    """Its last end tag is of another element."""
    WRONG_NAMESPACE = "wrong-namespace"
    """Its wrapper is in the namespace of a message that there is not."""
    SCHEMA_INVALID = "schema-invalid"
    """Its Header breaks the schema."""
    RANDOM_DATA = "random-data"
    """Instead of it come so many bytes of noise."""
    EMPTY_BODY = "empty-body"
    """Instead of it comes nothing, with all headers in place."""
    REPLY_CODE = "reply-code"
    """The reply has an Error with this code: FAILED, and nothing is carried out; or PARTIAL, and everything is."""
    STALE_DATA = "stale-data"
    """A get request is answered with what was known so long ago."""
    LATE_REPLY = "late-reply"
    """A reply comes so much later."""
    LOST_REPLY = "lost-reply"
    """The request is carried out, and its reply never leaves."""
    DUPLICATE = "duplicate"
    """A message leaves a second time, with the same MessageID."""


class SchemaBreak(StrEnum):
    """How a schema-invalid message breaks the schema."""

    UNKNOWN_ELEMENT = "unknown-element"
    WRONG_ORDER = "wrong-order"
    MISSING_ELEMENT = "missing-element"
    BAD_DATE = "bad-date"


_BOTH: Final = frozenset(Direction)
_ANSWERS: Final = frozenset({Direction.ANSWER})
_MESSAGES: Final = frozenset({Direction.MESSAGE})


@dataclass(frozen=True, slots=True)
class FaultTraits:
    """What a kind acts on, and what it takes."""

    directions: frozenset[Direction] = _BOTH
    parameters: Mapping[str, Json] = field(default_factory=dict)
    """With their defaults; None: there is none, and it is left out or has to be given."""
    needed: frozenset[str] = frozenset()
    """Parameters that have to be given."""


FAULTS: Final[Mapping[FaultKind, FaultTraits]] = {
    FaultKind.HTTP_STATUS: FaultTraits(_ANSWERS, {"status": 503, "retry_after": None}),
    FaultKind.CONNECTION_REFUSED: FaultTraits(),
    FaultKind.RESET: FaultTraits(parameters={"bytes": 0}),
    FaultKind.TRUNCATED: FaultTraits(parameters={"bytes": None, "fraction": 0.5}),
    FaultKind.SLOW_DRIP: FaultTraits(parameters={"bytes_per_second": 500}),
    FaultKind.MALFORMED_XML: FaultTraits(),
    FaultKind.WRONG_NAMESPACE: FaultTraits(),
    FaultKind.SCHEMA_INVALID: FaultTraits(parameters={"how": SchemaBreak.UNKNOWN_ELEMENT.value}),
    FaultKind.RANDOM_DATA: FaultTraits(parameters={"bytes": 1000}),
    FaultKind.EMPTY_BODY: FaultTraits(),
    FaultKind.REPLY_CODE: FaultTraits(
        _ANSWERS, {"code": None, "result": "FAILED", "level": None, "details": None}, frozenset({"code"})
    ),
    FaultKind.STALE_DATA: FaultTraits(_ANSWERS, {"age": 3600.0}),
    FaultKind.LATE_REPLY: FaultTraits(),
    FaultKind.LOST_REPLY: FaultTraits(),
    FaultKind.DUPLICATE: FaultTraits(_MESSAGES),
}

LONGEST_WAIT_S: Final = 600.0
"""So long the answer of a fault may be kept back; a client that waits longer than this has other troubles."""

INSTEAD: Final = frozenset({FaultKind.HTTP_STATUS, FaultKind.CONNECTION_REFUSED})
"""Faults that stand before the request: the head end does not see it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to break now."""

    kind: FaultKind
    mrid: str
    delay_s: float
    parameters: Mapping[str, Json]
    """All that its kind takes."""

    @property
    def cause(self) -> str:
        """In words, for journal and log."""
        return f"{self.kind} {self.mrid}"

    def value(self, name: str) -> Any:
        """One of its parameters."""
        return self.parameters[name]


def fault_of(one: StoredMischief) -> Fault:
    """What a fault does."""
    kind = FaultKind(one.kind)
    return Fault(kind, one.mrid, one.delay_s or 0.0, {**FAULTS[kind].parameters, **one.parameters})


def breaks(one: StoredMischief, leaving: Leaving) -> bool:
    """Whether mischief is a fault that breaks what leaves, but for its meter."""
    if one.kind not in _BREAKING or leaving.direction not in FAULTS[FaultKind(one.kind)].directions:
        return False
    if one.kind == FaultKind.STALE_DATA and "get" not in leaving.verbs:
        return False  # what is carried out is carried out now
    return fits(one, leaving)


KINDS_OF_FAULTS: Final = frozenset(kind.value for kind in FaultKind)
_BREAKING: Final = KINDS_OF_FAULTS - {FaultKind.LATE_REPLY, FaultKind.LOST_REPLY, FaultKind.DUPLICATE}
