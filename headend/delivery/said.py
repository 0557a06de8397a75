"""What a message of ours says, from whoever wrote it: whoever records it need not read it again."""

from __future__ import annotations

from dataclasses import dataclass

from headend.operations.header import Header


@dataclass(frozen=True, slots=True)
class Said:
    """Of one message that was written as text."""

    message: bytes
    """The whole SOAP message that this is said of; it holds of no other bytes, not even of equal ones."""
    operation: str
    """Local name of its body element."""
    header: Header
