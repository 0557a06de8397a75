"""What goes back: Result, Errors and IDs (61968-100:2013, clause 6; codes of 61968-9:2013, Annex B)."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_RETIRED = "unknown"
"""How the table calls a number that the published list leaves out."""


class Result(StrEnum):
    """How much of the request was done."""

    OK = "OK"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"


class Level(StrEnum):
    """How bad one Error is: FATAL for a refused item, WARNING for a missing part, INFORM beside code 0.x."""

    INFORM = "INFORM"
    WARNING = "WARNING"
    FATAL = "FATAL"
    CATASTROPHIC = "CATASTROPHIC"


@dataclass(frozen=True, slots=True)
class ObjectId:
    """One object that a reply speaks of, with the attributes of the standard's ID group."""

    value: str
    kind: str | None = None
    """name, uuid, transaction or other; an mRID is a uuid."""
    object_type: str | None = None
    """CIM class, such as Meter or EndDeviceControl."""
    id_type: str | None = None
    id_authority: str | None = None


@dataclass(frozen=True, slots=True)
class Error:
    """One thing that was wrong, missing or worth saying; `code` is a key of `reply_codes()`."""

    code: str
    details: str | None = None
    level: Level = Level.FATAL
    object_id: ObjectId | None = None
    related_id: ObjectId | None = None
    operation_id: int | None = None
    """Which operation of an OperationSet it is about."""

    def __post_init__(self) -> None:
        if self.code not in reply_codes():
            raise ValueError(f"{self.code!r} is no reply code of Annex B")

    @property
    def reason(self) -> str:
        """The short text that Annex B gives this code."""
        return reply_codes()[self.code]


MOST_ERRORS = 10_000
"""A reply lists no more, beside what is only said; a request may name a hundred thousand unknown meters, and an Error
is larger than a name."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The Reply element of a response."""

    result: Result
    errors: tuple[Error, ...] = ()
    ids: tuple[ObjectId, ...] = ()

    def __post_init__(self) -> None:
        if len(self.errors) <= MOST_ERRORS:
            return
        listed = [one for one in self.errors if one.level is not Level.INFORM]
        if len(listed) > MOST_ERRORS + 1:  # one more is the count of those that were left out before
            said = [one for one in self.errors if one.level is Level.INFORM]
            rest = Error("5.4", f"{len(listed) - MOST_ERRORS} more errors are not listed", Level.WARNING)
            object.__setattr__(self, "errors", (*listed[:MOST_ERRORS], rest, *said))

    @classmethod
    def of_parts(
        cls, done: bool, errors: Sequence[Error], ids: Sequence[ObjectId] = (), remarks: Sequence[Error] = ()
    ) -> "Reply":
        """The reply to a request made of parts: `done` says whether any part succeeded.

        remarks: said beside the errors, whatever their level; they do not count for the result.

        A single partial answer closes with an INFORM 0.2, so that the client does not wait for more messages
        (our reading: the text of the standard and its example disagree here).
        """
        if not any(error.level in (Level.FATAL, Level.CATASTROPHIC, Level.WARNING) for error in errors):
            return cls(Result.OK, (*errors, *remarks), tuple(ids))
        if not done:
            return cls(Result.FAILED, (*errors, *remarks), tuple(ids))
        complete = Error("0.2", "no further message follows", Level.INFORM)
        return cls(Result.PARTIAL, (*errors, *remarks, complete), tuple(ids))


@cache
def reply_codes() -> dict[str, str]:
    """Annex B: code to short text. Codes that the published list leaves out are not among them."""
    return {row["code"]: row["name"] for row in _rows() if not row["name"].startswith(_RETIRED)}


@cache
def retired_codes() -> frozenset[str]:
    """The gaps in the numbers of Annex B: codes that nobody sends."""
    return frozenset(row["code"] for row in _rows() if row["name"].startswith(_RETIRED))


def _rows() -> Iterator[dict[str, str]]:
    table = files("headend.operations").joinpath("codes/reply-codes.tsv").read_text("utf-8")
    yield from csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
