"""What a linter says: which rule is broken, where, and how bad that is."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad the breach of a rule is."""

    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    WARNING = "warning"
    """Suspicious, or known to trouble partners."""
    ERROR = "error"
    """Breaks the standard, or what its partner has to rely on."""

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return list(Severity).index(self)


class Side(StrEnum):
    """Which message of an exchange."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a message."""

    entry: int
    """Number of the exchange."""
    part: Side
    path: str
    """Local names from the body element on, counted from 1 where siblings share a name; empty for the whole message."""
    line: int | None
    """Of the message, or of what is inside Compressed; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule has found, before anybody knows how much it counts."""

    sentence: str
    where: Where


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of a rule."""

    rule: str
    """Its id, such as header.correlation-echoed."""
    severity: Severity
    clause: str
    """Where the rule comes from."""
    sentence: str
    """What is wrong here."""
    entry: int
    """Number of the exchange."""
    part: Side
    path: str
    line: int | None

    def __str__(self) -> str:
        line = "" if self.line is None else f", line {self.line}"
        place = f"{self.part}{line} {self.path}".rstrip()
        return f"{self.severity} {self.rule}: {self.sentence} ({place}; {self.clause})"
