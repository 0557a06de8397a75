"""Nasty orderings: what real head ends do wrong when they send, on demand.

Who tests a client asks for it by an ordering (see `mischief`), which acts on whatever it matches, or by the name of a
meter (`magic_names`). Whatever leaves keeps the contract all the same; what does not is a fault (`faults`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from headend.operations.mischief import Leaving, fits
from headend.store import StoredMischief


class OrderingKind(StrEnum):
    """What goes wrong."""

    NEVER = "never"
    """Nothing leaves: the call is not answered, the message is not sent."""
    EVENT_ONLY = "event-only"
    """Replies do not leave, events do."""
    REPLY_ONLY = "reply-only"
    """Events do not leave, replies do."""
    LATE = "late"
    """It leaves so much later."""
    BEFORE_ACKNOWLEDGEMENT = "before-acknowledgement"
    """The call is answered when all that it caused has been sent, or so much later."""
    WRONG_CORRELATION = "wrong-correlation"
    """It has a CorrelationID that nobody knows."""
    TWICE = "twice"
    """It leaves a second time, with the same MessageID."""
    TWICE_WITH_ANOTHER_ID = "twice-with-another-id"
    """It leaves a second time, with a MessageID of its own."""
    PARTIAL_FIRST = "partial-first"
    """A part of it leaves, then the whole."""
    SWAPPED = "swapped"
    """It leaves behind the next message to the same receiver about the same meter, or so much later."""


OF_ANSWERS: Final = frozenset(
    {
        OrderingKind.NEVER,
        OrderingKind.EVENT_ONLY,
        OrderingKind.LATE,
        OrderingKind.BEFORE_ACKNOWLEDGEMENT,
        OrderingKind.WRONG_CORRELATION,
    }
)
"""What can be done to the answer in a call; all others are for messages that the head end sends by itself."""

USUAL_DELAY_S: Final = {
    OrderingKind.LATE: 60.0,
    OrderingKind.BEFORE_ACKNOWLEDGEMENT: 10.0,
    OrderingKind.SWAPPED: 3600.0,
}
"""Those that take a delay; the others have no use for one."""

MOST_DELAY_S: Final = 30 * 86_400.0

ORDERINGS_OF_FAULTS: Final = {
    "lost-reply": OrderingKind.EVENT_ONLY,
    "late-reply": OrderingKind.LATE,
    "duplicate": OrderingKind.TWICE,
}
"""Faults that break nothing: by these names they are asked for, and done as these orderings."""

_FAULTS_OF_REPLIES: Final = frozenset({"late-reply"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be done to something that leaves."""

    kind: OrderingKind
    cause: str
    """In words."""
    delay_s: float
    asked: StoredMischief | None = None
    """By what; None: a magic name says so."""


def ordering_kind(one: StoredMischief) -> OrderingKind | None:
    """What it does as an ordering; None: it is a fault that breaks something."""
    of_fault = ORDERINGS_OF_FAULTS.get(one.kind)
    if of_fault is not None:
        return of_fault
    return OrderingKind(one.kind) if one.kind in _KINDS else None


def acts_on(one: StoredMischief, leaving: Leaving) -> bool:
    """Whether mischief is an ordering for what leaves, but for its meter."""
    kind = ordering_kind(one)
    return (
        kind is not None
        and is_for(kind, leaving)
        and fits(one, leaving)
        and (leaving.is_reply or one.kind not in _FAULTS_OF_REPLIES)
    )


def is_for(kind: OrderingKind, leaving: Leaving) -> bool:
    """Whether a kind does anything to what leaves."""
    match kind:
        case OrderingKind.EVENT_ONLY:
            return leaving.is_reply
        case OrderingKind.REPLY_ONLY:
            return not leaving.is_reply
        case OrderingKind.BEFORE_ACKNOWLEDGEMENT:
            return leaving.destination is None
        case _:
            return leaving.destination is not None or kind in OF_ANSWERS


def chosen(one: StoredMischief) -> Chosen:
    """What an ordering does, or a fault that is one."""
    kind = ordering_kind(one)
    if kind is None:
        raise ValueError(f"{one.kind} is no ordering")
    what = "fault" if one.kind in ORDERINGS_OF_FAULTS else "ordering"
    return Chosen(kind, f"{what} {one.mrid}", delay_of(one), one)


def delay_of(one: StoredMischief) -> float:
    """Seconds; 0 where it takes none."""
    kind = ordering_kind(one)
    usual_s = 0.0 if kind is None else USUAL_DELAY_S.get(kind, 0.0)
    return usual_s if one.delay_s is None else one.delay_s


_KINDS: Final = frozenset(OrderingKind)
