"""The fleet's time at which an exchange began, without a look of its own at the store.

The anchor of a fleet's clock is in the store, and a look at it for every exchange would be the dearest part of
recording one. But whoever carries an exchange out asks for the time anyway; so the clock remembers, thread by thread.
"""

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime

from headend.store import StoreError
from simulator.clock import AnchoredClock, Clock

log = logging.getLogger(__name__)


class _Told(threading.local):
    first: datetime | None = None
    """Since this thread began to listen."""
    last: datetime | None = None


@dataclass(frozen=True)
class RememberingClock(AnchoredClock):
    """A fleet's time that remembers what it told."""

    told: _Told = field(default_factory=_Told, repr=False, compare=False)

    def now(self) -> datetime:
        """The present instant of the fleet, aware and in UTC."""
        now = self.read_anchor().at(self.machine.now())
        self.told.last = now
        if self.told.first is None:
            self.told.first = now
        return now


class FleetTime:
    """When exchanges happen, for the fleet. Safe to share between threads."""

    def __init__(self, clock: Clock) -> None:
        """clock: the fleet's."""
        self._clock = clock
        self._told = clock.told if isinstance(clock, RememberingClock) else None

    def begin(self) -> datetime | None:
        """An exchange begins in this thread: when, where that costs nothing to know."""
        if self._told is None:
            return self._clock.now()
        self._told.first = None
        return None

    def begun(self, at: datetime | None, machine_at: datetime) -> datetime:
        """When the exchange began for which `begin` said `at`; asked in the same thread.

        machine_at: what is taken where the store has nothing to say.
        """
        return at or (self._told.first if self._told is not None else None) or self._now(machine_at)

    def latest(self, machine_at: datetime) -> datetime:
        """The time that this thread was told last."""
        return (self._told.last if self._told is not None else None) or self._now(machine_at)

    def _now(self, machine_at: datetime) -> datetime:
        try:
            return self._clock.now()
        except (StoreError, LookupError) as error:
            log.warning("an exchange is stamped with the machine's time: %s", error)
            return machine_at
