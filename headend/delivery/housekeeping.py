"""Forgets in the background what is over, in small units of work."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final

from headend.operations.forgetting import Search, searches, sweeps
from headend.operations.retention import PIECE, Retention, Step, retention_steps
from headend.store import Store, StoreError
from simulator.clock import Clock
from simulator.local_time import LocalCalendar

log = logging.getLogger(__name__)

INTERVAL_S: Final = 60.0


class Housekeeping:
    """Any number may run on one database: each skips what another one is forgetting."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        machine: Clock,
        calendar: LocalCalendar,
        retention: Retention,
        interval_s: float = INTERVAL_S,
        also: Callable[[], int] = lambda: 0,
    ) -> None:
        """clock, calendar: the fleet's; interval_s: of the machine's time between two rounds. also: forgets a piece of
        what is kept elsewhere, and says how much that was.
        """
        self._store = store
        self._calendar = calendar
        self._swept: date | None = None
        self._clock = clock
        self._machine = machine
        self._retention = retention
        self._interval_s = interval_s
        self._also = also
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begins; the first round comes after the first interval. Once only."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ends after the unit of work at hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def tidy_up(self) -> int:
        """Forgets all that is over by now; how many rows it was. Raises StoreError."""
        fleet_now = self._clock.now()
        steps = retention_steps(self._retention, fleet_now, self._machine.now())
        forgotten = sum(map(self._take, steps)) + sum(map(self._look_and_take, self._searches(fleet_now)))
        return forgotten + self._forget_elsewhere()

    def _searches(self, fleet_now: datetime) -> Iterator[Search]:
        yield from searches(self._retention, self._calendar, fleet_now)
        if fleet_now.date() != self._swept:
            yield from sweeps(self._retention, fleet_now)
            self._swept = fleet_now.date()

    def _take(self, step: Step) -> int:
        forgotten, gone = 0, PIECE
        while gone >= PIECE and not self._stopping.is_set():
            with self._store.writing() as work:
                gone = step(work)
            forgotten += gone
        return forgotten

    def _look_and_take(self, search: Search) -> int:
        forgotten = 0
        while not self._stopping.is_set():
            with self._store.reading() as work:
                step = search(work)
            if step is None:
                break
            with self._store.writing() as work:
                gone = step(work)
            if not gone:  # another process is at it
                break
            forgotten += gone
        return forgotten

    def _forget_elsewhere(self) -> int:
        forgotten, gone = 0, PIECE
        while gone >= PIECE and not self._stopping.is_set():
            gone = self._also()
            forgotten += gone
        return forgotten

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                if forgotten := self.tidy_up():
                    log.info("forgot %d rows that are over", forgotten)
            except StoreError as error:
                log.warning("the store could not be tidied up, next try in %g s: %s", self._interval_s, error)
            except Exception:
                # As for the dispatcher: a bug must be seen, but not end it.
                log.exception("housekeeping failed")
