"""The life of a MeterServiceWork: its states, and what each verb may do in which (61968-9:2013, clause 5.5).

As with controls a state is worked out for an instant from what is kept: nothing runs when the time of a work comes.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId
from headend.store import ServiceWork


class WorkState(StrEnum):
    """How far a work has come; status/value of the profile."""

    REQUESTED = "requested"
    """Others do it, and have not told yet how far they are."""
    SCHEDULED = "scheduled"
    """Its time lies ahead."""
    IN_PROGRESS = "in progress"
    """It was begun; the meter has not answered yet."""
    COMPLETED = "completed"
    FAILED = "failed"
    """The meter could not do it, or could not be told."""
    CANCELLED = "cancelled"
    CLOSED = "closed"
    """Its file is closed."""


class WorkVerb(StrEnum):
    """What a client asks to be done with a work that was created before."""

    CHANGE = "change"
    CANCEL = "cancel"
    CLOSE = "close"
    DELETE = "delete"


Rule = tuple[str, str]
"""Why a verb is not carried out in a state: the reply code, and a sentence that goes on after the name of the work."""

_WAITING: Final = "has not been done; cancel it, then it can be "
_RULES_OF_PLANS: Final = {
    WorkState.IN_PROGRESS: ("6.1", "has begun; only another work undoes it"),
    WorkState.COMPLETED: ("6.1", "is completed; only another work undoes it"),
    WorkState.FAILED: ("6.1", "has failed; there is nothing ahead of it"),
    WorkState.CANCELLED: ("6.5", "was cancelled before"),
    WorkState.CLOSED: ("6.1", "is closed; it is changed no more"),
}
RULES: Final[Mapping[WorkVerb, Mapping[WorkState, Rule]]] = MappingProxyType(
    {
        WorkVerb.CHANGE: _RULES_OF_PLANS,
        WorkVerb.CANCEL: _RULES_OF_PLANS,
        WorkVerb.CLOSE: {
            WorkState.REQUESTED: ("6.1", f"{_WAITING}closed"),
            WorkState.SCHEDULED: ("6.1", f"{_WAITING}closed"),
            WorkState.IN_PROGRESS: ("6.1", "is under way; it can be closed when it is over"),
            WorkState.CLOSED: ("6.1", "was closed before"),
        },
        WorkVerb.DELETE: {
            WorkState.REQUESTED: ("6.1", f"{_WAITING}deleted"),
            WorkState.SCHEDULED: ("6.1", f"{_WAITING}deleted"),
            WorkState.IN_PROGRESS: ("6.1", "is under way; it can be deleted when it is over"),
        },
    }
)
"""By verb, then by state: what is refused. What does not stand here is carried out."""


_WORDS: Final = {
    **{state.value: state for state in WorkState},
    "in_progress": WorkState.IN_PROGRESS,
    "inprogress": WorkState.IN_PROGRESS,
    "started": WorkState.IN_PROGRESS,
    "complete": WorkState.COMPLETED,
    "done": WorkState.COMPLETED,
    "executed": WorkState.COMPLETED,
    "canceled": WorkState.CANCELLED,
}


def state_in_words(text: str | None) -> WorkState:
    """The state that another system means by the status that it tells; letters' case does not count."""
    return _WORDS.get((text or "").strip().casefold(), WorkState.REQUESTED)


def work_state(work: ServiceWork, at: datetime) -> WorkState:
    """The state at an instant."""
    if work.closed is not None and work.closed <= at:
        return WorkState.CLOSED
    if work.cancelled is not None and work.cancelled <= at:
        return WorkState.CANCELLED
    if work.begins is None:  # others do it
        return state_in_words(work.result)
    if at < work.begins:
        return WorkState.SCHEDULED
    if work.ends is None or at < work.ends:
        return WorkState.IN_PROGRESS
    return WorkState(work.result or WorkState.COMPLETED)


def check(verb: WorkVerb, work: ServiceWork, now: datetime) -> None:
    """Raises Refusal where a verb may not be carried out on a work."""
    rule = RULES[verb].get(work_state(work, now))
    if rule is not None:
        code, sentence = rule
        raise Refusal.because(code, f"MeterServiceWork {work.mrid} {sentence}", work_id(work.mrid))


def work_id(mrid: str) -> ObjectId:
    """A work as replies name it."""
    return ObjectId(mrid, "uuid", "MeterServiceWork")
