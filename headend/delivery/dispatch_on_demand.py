"""A dispatcher in threads that are there only while there is something to send.

For head ends of which a process has many, such as its sessions: most of them have nothing to send most of the time.
Whoever queues something wakes it; what becomes due by itself, and what other processes queue, is noticed when somebody
who looks after many of them calls `look` and `heed`. While it is busy it has threads of its own: a receiver that
does not answer holds up no other head end's messages.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from headend.delivery.dispatch_turn import DispatchTurn, EverybodysTurn
from headend.delivery.dispatcher import Dispatcher
from headend.store import StoreError

log = logging.getLogger(__name__)


class DispatchOnDemand:
    """As many threads as receivers are served at once, and none while nothing is due.

    One of them looks for messages; as soon as it has found some, another one looks for those of other receivers. The
    last of several sends only what was never tried, as in DispatcherThreads.
    """

    def __init__(self, dispatcher: Dispatcher, threads: int = 4, turn: DispatchTurn | None = None) -> None:
        """threads: at most. turn: whether this process is to send; None: always."""
        self._dispatcher = dispatcher
        self._most = threads
        self._turn = turn or EverybodysTurn()
        self._changed = threading.Condition()
        self._busy: set[int] = set()
        self._looker: int | None = None
        self._is_wanted = False
        """Whether somebody has to look who has not begun to."""
        self._is_started = False
        self._is_stopping = False

    @property
    def is_running(self) -> bool:
        """Whether anything is sent by itself: started, and not stopped."""
        return self._is_started and not self._is_stopping

    def start(self) -> None:
        """Begins to send, first of all what an earlier process left behind. Once only."""
        self._is_started = True
        self._take_turn()
        self.wake()

    def wake(self) -> None:
        """Something was put into the outbox: look now. Call it after the commit."""
        if not self.is_running:
            return
        if self._turn.is_ours:
            self._look()
        else:
            self._turn.ring()

    def heed(self) -> None:
        """Look where another process has rung, if it is our turn; cheap enough to be called twenty times a second."""
        if self._turn.was_rung():
            self.wake()

    def look(self) -> None:
        """Look for what has become due by itself, and whether it is our turn now."""
        if self.is_running and not self._turn.is_ours:
            self._take_turn()
        if self._turn.is_ours:
            self.wake()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ends after the messages at hand; False where one is still under way after `timeout_s`."""
        with self._changed:
            self._is_stopping = True
            is_over = self._changed.wait_for(lambda: not self._busy, timeout_s)
        # Also where one is still busy: what it has claimed is claimed.
        self._turn.give_up()
        return is_over

    def _take_turn(self) -> None:
        def take() -> None:
            if self._turn.take() and not isinstance(self._turn, EverybodysTurn):
                self._dispatcher.take_over()

        self._attempt(take)

    def _look(self) -> None:
        with self._changed:
            self._is_wanted = True
            self._begin()

    def _begin(self) -> None:
        """Another thread, if one is wanted and may be. With the lock held."""
        if self._is_stopping or self._looker is not None:
            return
        number = next((one for one in range(1, self._most + 1) if one not in self._busy), None)
        if number is None:  # the first that is done looks
            return
        self._busy.add(number)
        self._looker = number
        # A daemon: a process that ends without stop() is not kept alive by a slow receiver. The lease covers it.
        threading.Thread(target=self._run, args=(number,), name=f"dispatch-{number}", daemon=True).start()

    def _run(self, number: int) -> None:
        fresh_only = number == self._most > 1
        while self._goes_on(number):
            # Two attempts: news that cannot be made out must not hold up what is queued already.
            self._attempt(self._dispatcher.look_for_news)
            self._attempt(
                lambda: self._dispatcher.deliver_waiting(
                    fresh_only=fresh_only,
                    is_enough=lambda: self._is_stopping,
                    on_claimed=lambda: self._found(number),
                )
            )

    def _goes_on(self, number: int) -> bool:
        with self._changed:
            if self._is_wanted and not self._is_stopping and self._looker in (None, number):
                self._looker = number
                self._is_wanted = False
                return True
            if self._looker == number:
                self._looker = None
            self._busy.discard(number)
            self._changed.notify_all()
            return False

    def _found(self, number: int) -> None:
        """What this thread has found may take a while; another one is to look whether there is more."""
        with self._changed:
            if self._looker == number:
                self._looker = None
            self._is_wanted = True
            self._begin()

    def _attempt(self, action: Callable[[], object]) -> None:
        try:
            action()
        except StoreError as error:
            log.warning("the outbox is out of reach: %s", error)
        except Exception:
            # As in DispatcherThreads: a bug must be seen, but not end the sending.
            log.exception("dispatcher failed")
