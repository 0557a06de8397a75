"""What somebody who drives the head end (control API, command line) asks for and cannot have.

No Refusal: that is for messages of the standard, and carries its reply codes.
"""

from enum import StrEnum


class DeclineKind(StrEnum):
    """Why it cannot be done; each kind is one HTTP status of the control API."""

    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    """It does not fit to how things stand; later, or after something else, it may."""
    INVALID = "invalid"
    """It would never fit."""


class Declined(Exception):
    """Nothing was done; the message says what, where and by which rule."""

    def __init__(self, kind: DeclineKind, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.remedy = remedy
        """What to do instead, as a sentence."""
