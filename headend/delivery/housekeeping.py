"""Forgets in the background what is over, in small units of work."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from headend.operations.retention import PIECE, Retention, retention_steps
from headend.store import Store, StoreError
from simulator.clock import Clock

log = logging.getLogger(__name__)

INTERVAL_S: Final = 60.0


class Housekeeping:
    """Any number may run on one database: each skips what another one is forgetting."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        machine: Clock,
        retention: Retention,
        interval_s: float = INTERVAL_S,
        also: Callable[[], int] = lambda: 0,
    ) -> None:
        """clock: the fleet's; interval_s: of the machine's time between two rounds. also: forgets a piece of what is
        kept elsewhere, and says how much that was.
        """
        self._store = store
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
        forgotten = 0
        for step in retention_steps(self._retention, self._clock.now(), self._machine.now()):
            gone = PIECE
            while gone >= PIECE and not self._stopping.is_set():
                with self._store.writing() as work:
                    gone = step(work)
                forgotten += gone
        gone = PIECE
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
