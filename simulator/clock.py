"""Time as an argument: real, scaled and stepped clocks. Only this module of the simulator asks the machine.

Every instant is aware and UTC. A fleet's time is a straight line over the machine's time, the ClockAnchor;
whoever shares the anchor shares the time, also across processes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Final, Protocol

_FORMS: Final = "real, xN such as x60, stepped, or stepped@INSTANT such as stepped@2026-01-01T00:00:00Z"
_FASTEST: Final = 1_000_000.0  # beyond this a minute of the machine is two years of the fleet


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        ...


class InvalidClock(ValueError):
    """A clock setting that cannot be read; the message lists the allowed forms."""


def _utc(instant: datetime, what: str) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"{what} {instant.isoformat()} has no zone; every instant here is aware")
    return instant.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ClockAnchor:
    """When the machine showed `machine` the fleet had `fleet`, and its time runs `rate` times as fast.

    Rate 1 is real time, 60 an hour a minute, 0 time that moves only when told to.
    """

    machine: datetime
    fleet: datetime
    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "machine", _utc(self.machine, "the machine's instant"))
        object.__setattr__(self, "fleet", _utc(self.fleet, "the fleet's instant"))
        if not (isfinite(self.rate) and 0 <= self.rate <= _FASTEST):
            raise ValueError(f"the rate of a clock is 0 to {_FASTEST:.0f}, not {self.rate}")

    def at(self, machine_now: datetime) -> datetime:
        """The fleet's time when the machine shows `machine_now`."""
        # A machine whose clock is set back must not take the fleet back with it: its time stands still
        # meanwhile.
        elapsed = max(_utc(machine_now, "the machine's instant") - self.machine, timedelta(0))
        return self.fleet + elapsed * self.rate

    def advanced(self, by: timedelta, machine_now: datetime) -> "ClockAnchor":
        """The anchor after the fleet's time has jumped forward. ValueError for a negative jump."""
        if by < timedelta(0):
            raise ValueError(f"time does not run backwards: cannot advance by {by}")
        return ClockAnchor(machine_now, self.at(machine_now) + by, self.rate)


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """How a user asks for a clock: the `--clock` setting."""

    rate: float = 1.0
    start: datetime | None = None  # where a stepped clock stands at first; None: the machine's minute

    @classmethod
    def parse(cls, text: str) -> "ClockSpec":
        """`real`, `x60`, `stepped` or `stepped@2026-01-01T00:00:00Z`. Raises InvalidClock."""
        kind, at, instant = text.strip().partition("@")
        if kind == "real" and not at:
            return cls()
        if kind == "stepped":
            return cls(0.0, _instant(instant) if at else None)
        if kind.startswith("x") and not at:
            return cls(_rate(kind[1:]))
        raise InvalidClock(f"unknown clock {text!r}; a clock is {_FORMS}")

    def anchor(self, machine_now: datetime) -> ClockAnchor:
        """The anchor of a clock that starts now."""
        start = self.start
        if start is None:
            start = machine_now.replace(second=0, microsecond=0) if self.rate == 0 else machine_now
        return ClockAnchor(machine_now, start, self.rate)

    def __str__(self) -> str:
        if self.rate == 0:
            return "stepped" if self.start is None else f"stepped@{self.start.isoformat().replace('+00:00', 'Z')}"
        return "real" if self.rate == 1 else f"x{self.rate:g}"


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidClock(f"{text!r} is not an ISO 8601 instant; a clock is {_FORMS}") from None
    if instant.tzinfo is None:
        raise InvalidClock(f"the instant {text!r} has no zone: end it with Z or an offset; a clock is {_FORMS}")
    return instant.astimezone(UTC)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        raise InvalidClock(f"{text!r} is not a number; a clock is {_FORMS}") from None
    if not 0 < rate <= _FASTEST:
        raise InvalidClock(f"a clock runs more than 0 and at most {_FASTEST:.0f} times as fast, not {text}")
    return rate


Sleep = Callable[[float], None]
"""Lets so many seconds of the machine pass."""

machine_sleep: Final[Sleep] = time.sleep


class RealClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The present instant of the machine, aware and in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AnchoredClock:
    """A fleet's time. The anchor is read anew each time: another process may have advanced it."""

    read_anchor: Callable[[], ClockAnchor]
    machine: Clock

    def now(self) -> datetime:
        """The present instant of the fleet, aware and in UTC."""
        return self.read_anchor().at(self.machine.now())


@dataclass(slots=True)
class ManualClock:
    """Time that moves only when told to; tests and replays run on it."""

    instant: datetime

    def __post_init__(self) -> None:
        self.instant = _utc(self.instant, "the instant of a clock")

    def now(self) -> datetime:
        """The instant that was set last, aware and in UTC."""
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move time forward. ValueError for a negative duration."""
        if by < timedelta(0):
            raise ValueError(f"time does not run backwards: cannot advance by {by}")
        self.instant += by


def rate_of(clock: Clock) -> float:
    """How fast a clock runs, compared with the machine: 0 for time that moves only when told to."""
    if isinstance(clock, AnchoredClock):
        return clock.read_anchor().rate
    return 1.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Lets a fleet's time pass, as long as that takes on the machine; none at all where time is stepped."""

    clock: Clock
    sleep: Sleep

    def __call__(self, duration: timedelta) -> None:
        """Return when the fleet is older by `duration`; its clock may be advanced meanwhile all the same."""
        if duration <= timedelta(0):
            return
        rate = rate_of(self.clock)
        if rate > 0:
            self.sleep(duration / timedelta(seconds=1) / rate)
