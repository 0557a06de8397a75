"""A refusal carries its reply code from where the fault is known to the one place that renders it."""

from datetime import timedelta

from headend.operations.reply import Error, Level, ObjectId

INTERNAL_ERROR = "internal error; the head end's log has the details"
"""All that a client is told of a bug of ours."""


class Refusal(Exception):
    """A request, or a part of one, that we do not carry out (61968-9:2013, Annex B).

    One refusal may carry several errors: a PARTIAL or FAILED reply lists one per object.
    """

    def __init__(self, *errors: Error) -> None:
        if not errors:
            raise ValueError("a refusal needs at least one error")
        super().__init__("; ".join(f"{error.code} {error.details or error.reason}" for error in errors))
        self.errors = errors

    @classmethod
    def because(cls, code: str, details: str, object_id: ObjectId | None = None) -> "Refusal":
        """A refusal with a single FATAL error."""
        return cls(Error(code, details, Level.FATAL, object_id))


class TimedOut(Refusal):
    """Nobody in the field answered. The reply that says so comes when the head end has given up, not before."""

    def __init__(self, *errors: Error, after: timedelta) -> None:
        super().__init__(*errors)
        self.after = after
        """How long the head end waited, in the fleet's time."""


class UnreadableHeader(Refusal):
    """The message has no Header that a reply could answer: it gets the operation's typed SOAP fault."""
