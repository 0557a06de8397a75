"""A dispatcher in the background: threads that send, and look again when somebody rings or time has passed."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Final

from headend.delivery.dispatch_turn import DispatchTurn, EverybodysTurn
from headend.delivery.dispatcher import Dispatcher
from headend.store import StoreError

log = logging.getLogger(__name__)

POLL_S: Final = 1.0
"""How soon a dispatcher sees what another process put into the outbox, or what the clock made due."""

_TURN_S: Final = 0.25
"""How soon a process notices that the one that sent is gone."""
_BELL_S: Final = 0.02
"""How soon the one that sends notices what another one has queued."""


class DispatcherThreads:
    """Lets a dispatcher work in the background, in as many threads as receivers should be served at once.

    The first of several threads sends what was never tried, and leaves retries to the others: receivers that let every
    call run into its timeout may occupy those, but keep nobody waiting who answers.
    """

    def __init__(
        self, dispatcher: Dispatcher, threads: int = 4, poll_s: float = POLL_S, turn: DispatchTurn | None = None
    ) -> None:
        """`turn`: whether this process is to send; None: always. As long as it is not, its threads wait."""
        self._dispatcher = dispatcher
        self._turn = turn or EverybodysTurn()
        self._poll_s = poll_s
        self._stopping = threading.Event()
        # One bell a thread: the first to hear a shared one would silence it for the others.
        self._bells = [threading.Event() for _ in range(threads)]
        self._threads = [
            # Daemons: a process that ends without stop() is not kept alive by a slow receiver. The lease
            # covers it.
            threading.Thread(
                target=self._run, args=(bell, threads > 1 and number == 1), name=f"dispatcher-{number}", daemon=True
            )
            for number, bell in enumerate(self._bells, 1)
        ]
        self._is_single = not isinstance(self._turn, EverybodysTurn)
        if self._is_single:
            self._threads.append(threading.Thread(target=self._watch_turn, name="dispatcher-turn", daemon=True))

    def start(self) -> None:
        """Begins to send, first of all what an earlier process left behind. Once only."""
        self._attempt(self._take_turn)
        for thread in self._threads:
            thread.start()

    @property
    def is_running(self) -> bool:
        """Whether anything is sent by itself: started, and not stopped."""
        return not self._stopping.is_set() and any(thread.is_alive() for thread in self._threads)

    def wake(self) -> None:
        """Something was put into the outbox: look now, not at the next poll. Call it after the commit."""
        self._ring_bells()
        self._turn.ring()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ends after the messages at hand; False where a thread is still busy with one after `timeout_s`."""
        self._stopping.set()
        self._ring_bells()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout_s)
        # Also where one is still busy: what it has claimed is claimed.
        self._turn.give_up()
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, bell: threading.Event, fresh_only: bool) -> None:
        while True:
            # Before looking, not after: what is added while we look rings again.
            bell.clear()
            if self._stopping.is_set():
                return
            if not self._turn.is_ours:
                bell.wait(self._poll_s)
                continue
            # Two attempts: news that cannot be made out must not hold up what is queued already.
            self._attempt(self._dispatcher.look_for_news)
            self._attempt(lambda: self._deliver(fresh_only))
            bell.wait(self._poll_s)

    def _ring_bells(self) -> None:
        for bell in self._bells:
            bell.set()

    def _take_turn(self) -> None:
        if self._turn.take():
            log.info("process %d sends what is in the outbox", os.getpid())
            if self._is_single:
                self._dispatcher.take_over()
            self._ring_bells()

    def _watch_turn(self) -> None:
        while not self._stopping.wait(_BELL_S if self._turn.is_ours else _TURN_S):
            if not self._turn.is_ours:
                self._attempt(self._take_turn)
            elif self._turn.was_rung():
                self._ring_bells()

    def _deliver(self, fresh_only: bool) -> None:
        self._dispatcher.deliver_waiting(fresh_only=fresh_only, is_enough=self._stopping.is_set)

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except StoreError as error:
            log.warning("the outbox is out of reach, next try in %g s: %s", self._poll_s, error)
        except Exception:
            # A bug must be seen, but a head end that silently stops sending would be worse than one that
            # logs it.
            log.exception("dispatcher failed")
