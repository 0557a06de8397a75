"""Which other exchanges belong to one: by CorrelationID and MessageID, from the request to its events and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from headend.journal.entry import Direction
from headend.journal.kept_entry import KeptEntry
from headend.operations.header import EVENT_VERBS

_REQUESTED: Final = frozenset({"get", "create", "change", "cancel", "close", "delete", "execute"})


class Relation(StrEnum):
    """What another exchange is to this one."""

    REQUEST = "request"
    """It asked for what this one brings; its answer is the acknowledgement."""
    LATE_REPLY = "late reply"
    EVENT = "event"
    SAME_MESSAGE = "same message"
    """The same message once more: an attempt, a resend, a repetition on purpose."""
    SAME_TRANSACTION = "same transaction"


@dataclass(frozen=True, slots=True)
class Link:
    """Another exchange."""

    relation: Relation
    kept: KeptEntry


def links_of(kept: KeptEntry, same_transaction: Iterable[KeptEntry]) -> tuple[Link, ...]:
    """The others among those of one transaction, in order."""
    return tuple(
        Link(_relation(kept, other), other) for other in same_transaction if other.entry.number != kept.entry.number
    )


def _relation(kept: KeptEntry, other: KeptEntry) -> Relation:
    one, two = kept.heading, other.heading
    if one.message_id is not None and (one.message_id, one.source) == (two.message_id, two.source):
        return Relation.SAME_MESSAGE
    verb = two.verb or ""
    if verb in _REQUESTED and other.entry.direction is Direction.IN:
        return Relation.REQUEST
    if verb == "reply" or (verb in EVENT_VERBS and other.entry.service.startswith("Reply")):
        return Relation.LATE_REPLY
    return Relation.EVENT if verb in EVENT_VERBS else Relation.SAME_TRANSACTION
