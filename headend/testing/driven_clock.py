"""The fleet's time in a test: it stands until the test moves it, and each move waits for what it causes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from headend.control.driven_head_end import DrivenHeadEnd
from headend.operations.clock_control import ClockState
from headend.operations.declined import Declined, DeclineKind
from headend.store import MessageState, OutboxMessage, UnitOfWork

DELIVERY_S: Final = 10.0
"""Seconds of the machine's time that a move waits for the receivers."""

_MOST_TOLD_OF: Final = 1000
_MOST_SHOWN: Final = 10
_LATE: Final = (MessageState.IN_FLIGHT, MessageState.RETRYING, MessageState.PENDING)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that should have arrived by now, and has not."""

    noun: str
    verb: str
    destination: str
    state: str
    """pending, in_flight, retrying or dead."""
    attempts: int
    last_error: str | None

    def __str__(self) -> str:
        why = f": {self.last_error}" if self.last_error else ""
        return f"{self.verb} {self.noun} to {self.destination} is {self.state} after {self.attempts} attempts{why}"


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of moving the time."""

    now: datetime
    """The fleet's time."""
    settled: bool
    """Whether all that became due was delivered, given up, or waits for a retry (retries run on the machine's time)."""
    undelivered: tuple[Undelivered, ...]
    """Whatever was due and is not delivered: on its way, waiting for a retry, or given up during the move."""

    def __str__(self) -> str:
        if not self.undelivered:
            return f"it is {self.now.isoformat()}; all that was due is delivered"
        told = [f"  {one}" for one in self.undelivered[:_MOST_SHOWN]]
        if len(self.undelivered) > _MOST_SHOWN:
            told.append(f"  and {len(self.undelivered) - _MOST_SHOWN} more")
        return "\n".join([f"it is {self.now.isoformat()}; not delivered:", *told])


class DrivenClock:
    """The clock of one head end. Every method raises Declined for a move that cannot be, such as one backwards."""

    def __init__(self, driven: DrivenHeadEnd) -> None:
        self._driven = driven

    @property
    def now(self) -> datetime:
        """The fleet's time, aware and in UTC."""
        return self._driven.clock.now()

    def advance(
        self,
        by: timedelta = timedelta(0),
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        timeout_s: float = DELIVERY_S,
    ) -> Moved:
        """Let the time jump forward, such as `advance(minutes=2)`, and wait until what became due was sent.

        timeout_s: the longest wait, of the machine's time.
        """
        span = by + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        control, began = self._driven.clock_control, self._driven.clock_control.machine.now()
        with self._driven.store.writing() as work:
            state = control.advance(work, span)
        return self._moved(state, began, timeout_s)

    def set(self, instant: datetime, *, timeout_s: float = DELIVERY_S) -> Moved:
        """Let the time jump to a later instant, which is aware; otherwise as `advance`."""
        if instant.tzinfo is None:
            raise Declined(
                DeclineKind.INVALID, f"the instant {instant.isoformat()} has no zone", "give it one, such as tzinfo=UTC"
            )
        control, began = self._driven.clock_control, self._driven.clock_control.machine.now()
        with self._driven.store.writing() as work:
            state = control.set(work, instant)
        return self._moved(state, began, timeout_s)

    def freeze(self) -> datetime:
        """Let a clock that runs (`clock="x60"`) stand still; where it stands."""
        with self._driven.store.writing() as work:
            return self._driven.clock_control.set(work, rate=0.0).now

    def settle(self, *, timeout_s: float = DELIVERY_S) -> Moved:
        """Wait until all that is due by now was sent, without moving the time."""
        began = self._driven.clock_control.machine.now()
        with self._driven.store.reading() as work:
            state = self._driven.clock_control.state(work)
        return self._moved(state, began, timeout_s)

    def __repr__(self) -> str:
        return f"<the fleet's clock at {self.now.isoformat()}>"

    def _moved(self, state: ClockState, began: datetime, timeout_s: float) -> Moved:
        self._driven.wake()
        settled = self._driven.settle(timeout_s)
        with self._driven.store.reading() as work:
            missing = tuple(_undelivered(one) for one in _missing(work, state.now, began))
        return Moved(state.now, settled, missing)


def _missing(work: UnitOfWork, fleet_now: datetime, began: datetime) -> Iterator[OutboxMessage]:
    counts = work.outbox.counts()
    for state in _LATE:
        if counts.get(state):
            found = work.outbox.find(state=state, limit=_MOST_TOLD_OF)
            yield from (one for one in found if one.not_before <= fleet_now)
    if counts.get(MessageState.DEAD):
        found = work.outbox.find(state=MessageState.DEAD, limit=_MOST_TOLD_OF)
        yield from (one for one in found if one.finished is None or one.finished >= began)


def _undelivered(message: OutboxMessage) -> Undelivered:
    return Undelivered(
        message.noun, message.verb, message.destination, message.state.value, message.attempts, message.last_error
    )
