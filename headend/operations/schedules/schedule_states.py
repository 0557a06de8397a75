"""What may be done to a MeterReadSchedule, and what comes of it: one table (61968-100:2013, verbs)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId
from headend.operations.schedules.recurrence import Recurrence
from headend.store import StoredSchedule
from simulator.local_time import epoch_seconds


class ScheduleState(StrEnum):
    """How a schedule stands."""

    ACTIVE = "active"
    EXPIRED = "expired"
    """Its last occurrence is over. Never stored: it follows from the time."""
    CANCELLED = "cancelled"
    """Ended at once: nothing follows, not even what was on its way."""
    CLOSED = "closed"
    """Ended in good order: nothing is read any more, and late values of what was read still follow."""
    DELETED = "deleted"
    """Gone for whoever asks. The row stays, since messages that are on their way are made from it."""


class ScheduleVerb(StrEnum):
    """What a client does to a schedule that is there."""

    CHANGE = "change"
    CANCEL = "cancel"
    CLOSE = "close"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class _Refused:
    """The end of the sentence that begins with the schedule, and its code."""

    why: str
    code: str = "6.1"


_CHANGE, _CANCEL, _CLOSE, _DELETE = ScheduleVerb
_ACTIVE, _EXPIRED, _CANCELLED, _CLOSED, _DELETED = ScheduleState
_ONLY_ACTIVE: Final = "only an active one can be changed; create a new one"

_RULES: Final[Mapping[tuple[ScheduleVerb, ScheduleState], ScheduleState | _Refused]] = {
    (_CHANGE, _ACTIVE): _ACTIVE,
    (_CHANGE, _EXPIRED): _Refused(f"is over, by its own times; {_ONLY_ACTIVE}"),
    (_CHANGE, _CANCELLED): _Refused(f"was cancelled; {_ONLY_ACTIVE}"),
    (_CHANGE, _CLOSED): _Refused(f"is closed; {_ONLY_ACTIVE}"),
    (_CANCEL, _ACTIVE): _CANCELLED,
    (_CANCEL, _EXPIRED): _Refused("is over, by its own times; close or delete it"),
    (_CANCEL, _CANCELLED): _Refused("was cancelled before"),
    (_CANCEL, _CLOSED): _Refused("is closed; delete it if it is to be gone"),
    (_CLOSE, _ACTIVE): _CLOSED,
    (_CLOSE, _EXPIRED): _CLOSED,
    (_CLOSE, _CANCELLED): _CLOSED,
    (_CLOSE, _CLOSED): _Refused("was closed before"),
    (_DELETE, _ACTIVE): _DELETED,
    (_DELETE, _EXPIRED): _DELETED,
    (_DELETE, _CANCELLED): _DELETED,
    (_DELETE, _CLOSED): _DELETED,
}


def schedule_id(mrid: str) -> ObjectId:
    """A schedule as replies name it."""
    return ObjectId(mrid, "uuid", "MeterReadSchedule")


def state_of(schedule: StoredSchedule, recurrence: Recurrence, now: datetime) -> ScheduleState:
    """How a schedule stands at an instant; `recurrence` is that of its last revision."""
    state = ScheduleState(schedule.state)
    over = recurrence.last is not None and recurrence.last < epoch_seconds(now)
    return ScheduleState.EXPIRED if state is ScheduleState.ACTIVE and over else state


def state_after(verb: ScheduleVerb, schedule: StoredSchedule, state: ScheduleState) -> ScheduleState:
    """What a verb makes of a schedule that is in a state. Raises Refusal (6.1) where it may not."""
    rule = _RULES[verb, state]
    if isinstance(rule, _Refused):
        raise Refusal.because(rule.code, f"MeterReadSchedule {schedule.mrid} {rule.why}", schedule_id(schedule.mrid))
    return rule
