"""Driving the fleet's time: looking at it, jumping forward, setting it, freezing it.

The anchor is in the store, so every process on the database follows at once. Time never runs backwards: what was
answered and published would no longer be true. The one way back is a reset, which forgets all of that.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headend.operations.declined import Declined, DeclineKind
from headend.store import UnitOfWork
from simulator.clock import Clock, ClockAnchor, ClockSpec
from simulator.local_time import FIRST_YEAR, LAST_YEAR


@dataclass(frozen=True, slots=True)
class ClockState:
    """The fleet's clock at one instant of the machine."""

    setting: str
    """The words that it was made from: real, xN or stepped@INSTANT."""
    now: datetime
    rate: float
    """Fleet seconds a machine second; 0: it stands still until it is moved."""
    can_be_moved: bool
    """False for the machine's own time."""


@dataclass(frozen=True, slots=True)
class ClockControl:
    """The clock of one head end, driven through its anchor."""

    spec: ClockSpec
    """The setting `clock`."""
    machine: Clock

    def state(self, work: UnitOfWork) -> ClockState:
        """How the clock stands."""
        now = self.machine.now()
        if self._is_real:
            return ClockState(str(self.spec), now, 1.0, can_be_moved=False)
        return self._state(self._anchor(work), now)

    def advance(self, work: UnitOfWork, by: timedelta) -> ClockState:
        """Let the fleet's time jump forward. Raises Declined."""
        if by < timedelta(0):
            raise _backwards(f"cannot advance by {by.total_seconds():g} s")
        anchor, machine_now = self._movable(work), self.machine.now()
        try:
            instant = anchor.at(machine_now) + by
        except OverflowError:
            instant = datetime.max.replace(tzinfo=UTC)
        return self._lay(work, ClockAnchor(machine_now, instant, anchor.rate))

    def set(self, work: UnitOfWork, instant: datetime | None = None, rate: float | None = None) -> ClockState:
        """Set the fleet's time to a later instant, or its rate (0 freezes it), or both. Raises Declined."""
        anchor, machine_now = self._movable(work), self.machine.now()
        now = anchor.at(machine_now)
        if instant is not None and instant < now:
            raise _backwards(f"{instant.isoformat()} is before the fleet's time {now.isoformat()}")
        try:
            moved = ClockAnchor(machine_now, instant or now, anchor.rate if rate is None else rate)
        except ValueError as error:
            raise Declined(DeclineKind.INVALID, str(error), "give a rate such as 0, 1 or 60") from None
        return self._lay(work, moved)

    def begin_anew(self, work: UnitOfWork) -> ClockState:
        """Take the clock back to its setting, as in a new database."""
        if self._is_real:
            return self.state(work)
        return self._lay(work, self.spec.anchor(self.machine.now()))

    @property
    def _is_real(self) -> bool:
        return self.spec == ClockSpec()

    def _movable(self, work: UnitOfWork) -> ClockAnchor:
        if self._is_real:
            raise Declined(
                DeclineKind.CONFLICT,
                "this head end runs on the machine's time (setting clock: real), which cannot be moved",
                "start it with --clock stepped, stepped@INSTANT or xN such as x60",
            )
        return self._anchor(work)

    def _anchor(self, work: UnitOfWork) -> ClockAnchor:
        stored = work.clock_anchor.get()
        if stored is None:
            raise LookupError("the clock's anchor is gone from the store")
        return stored.anchor

    def _lay(self, work: UnitOfWork, anchor: ClockAnchor) -> ClockState:
        within_calendar(anchor.fleet, "the time")
        work.clock_anchor.put(str(self.spec), anchor)
        return self._state(anchor, anchor.machine)

    def _state(self, anchor: ClockAnchor, machine_now: datetime) -> ClockState:
        return ClockState(str(self.spec), anchor.at(machine_now), anchor.rate, can_be_moved=True)


def within_calendar(instant: datetime, what: str) -> datetime:
    """The instant, if the fleet's calendar has it. Raises Declined."""
    if not FIRST_YEAR < instant.year < LAST_YEAR:
        raise Declined(
            DeclineKind.INVALID,
            f"{what}, {instant.isoformat()}, is outside the fleet's calendar, which runs from {FIRST_YEAR + 1} to "
            f"{LAST_YEAR - 1}",
            "give an instant inside it",
        )
    return instant


def _backwards(what: str) -> Declined:
    return Declined(
        DeclineKind.CONFLICT,
        f"time does not run backwards: {what}",
        "give a later instant, or reset the head end, which forgets what happened and begins at the clock's setting",
    )
