"""The sessions of a head end: opened by their first use, dropped when nobody has used them for long.

    with sessions.visit("ci-17") as head_end:
        head_end.wsgi(environ, start_response)

Which sessions there are is kept beside the head end's database (`store.session_register`), so they survive a restart
and all worker processes serve them. A process opens a session when it is first called there, and keeps it open: its
database and what it sends, but no thread that waits. One thread of this class looks after all of them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

from headend.operations.declined import Declined, DeclineKind
from headend.operations.sessions import SessionState, TooManySessions, checked_name, no_such_session
from headend.soap.application import WsgiApp
from headend.store import StoreError
from headend.store.session_register import SessionExists, SessionRegister, StoredSession
from simulator.clock import Clock

log = logging.getLogger(__name__)

LOOKS_A_SECOND: Final = 10
"""So many sessions are looked at in a second for what has become due by itself: each of ten once a second, as a head
end looks, each of a hundred every ten seconds. A look costs about as much as a small request."""
TIDY_S: Final = 60.0
"""So often what is over is forgotten in each session, and sessions that nobody uses are dropped."""
_UNCALLED_TIDY: Final = timedelta(hours=1)
"""So often in a session that nobody has called since: little is over there that was not before."""
_BELLS_S: Final = 0.02
"""So often each is asked whether another process has queued something in it, unless there are many."""
_MOST_BELLS_A_SECOND: Final = 1000
_TOUCH: Final = timedelta(seconds=5)
"""So exactly is known when a session was used last."""
_ATTEMPTS: Final = 3


class SessionHeadEnd(Protocol):
    """The head end of one session, open in this process."""

    @property
    def wsgi(self) -> WsgiApp:
        """What answers in it; paths count from the session's."""
        ...

    def begin(self) -> None:
        """Send what is queued from now on. Raises StoreError."""

    def heed(self) -> None:
        """Look whether another process has queued something, if that costs nothing."""

    def look(self) -> None:
        """Look for what has become due by itself."""

    def tidy_up(self) -> int:
        """Forget what is over; how much it was. Raises StoreError."""
        ...

    def close(self) -> None:
        """Stop sending, give the database back."""


OpenSession = Callable[[StoredSession], SessionHeadEnd]
"""Raises StoreError, and Declined for settings that do not fit."""


@dataclass(frozen=True, slots=True)
class SessionBounds:
    """How many there may be, and for how long."""

    most: int
    """0: none at all."""
    idle: timedelta
    """One that nobody has called for so long is dropped, by the machine's clock."""


@dataclass(slots=True)
class _Open:
    stored: StoredSession
    head_end: SessionHeadEnd
    touched: datetime
    """When it was called, give or take some seconds."""
    tidied: datetime | None = None
    visits: int = 0
    looked: float = 0.0
    """When it was looked at, in seconds of the thread that does."""


class Sessions:
    """See SessionControl. Safe to share between threads."""

    def __init__(
        self,
        register: SessionRegister,
        open_session: OpenSession,
        check: Callable[[Mapping[str, Any]], None],
        bounds: SessionBounds,
        machine: Clock,
    ) -> None:
        """check: raises Declined for settings that do not fit."""
        self._register = register
        self._open_session = open_session
        self._check = check
        self.bounds: Final = bounds
        self._machine = machine
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._open: dict[str, _Open] = {}
        self._leaving: list[_Open] = []
        """Dropped, but not yet left by all who are at work in them."""
        self._stopping = threading.Event()
        self._keeper: threading.Thread | None = None
        self._is_running = False

    def start(self) -> None:
        """Look after sessions from now on, first of all those that an earlier process left behind."""
        self._is_running = True
        if self.bounds.most:
            self._keeper = threading.Thread(target=self._keep, name="sessions", daemon=True)
            self._keeper.start()

    def close(self, timeout_s: float = 10.0) -> None:
        """Stop what they send and close them; they stay as they are."""
        self._stopping.set()
        if self._keeper is not None:
            self._keeper.join(timeout_s)
        with self._lock:
            every = [*self._open.values(), *self._leaving]
            self._open, self._leaving = {}, []
        for one in every:
            one.head_end.close()

    @contextmanager
    def visit(self, name: str) -> Iterator[SessionHeadEnd]:
        """The head end of a session, which comes to be if there is none; it stays open while it is visited.

        Raises Declined for a name that none can have, TooManySessions, StoreError.
        """
        one = self._enter(checked_name(name))
        try:
            yield one.head_end
        finally:
            self._leave(one)

    def states(self) -> list[SessionState]:
        """See SessionControl."""
        return [self._state(one) for one in self._register.all()]

    def create(self, name: str, settings: Mapping[str, Any]) -> SessionState:
        """See SessionControl."""
        self._check(settings)
        with self._opening:
            try:
                return self._state(self._created(checked_name(name), dict(settings)))
            except SessionExists:
                raise Declined(
                    DeclineKind.CONFLICT,
                    f"the session {name!r} is there already",
                    f"take another name, or DELETE /control/v1/sessions/{name} first",
                ) from None

    def drop(self, name: str) -> None:
        """See SessionControl."""
        if not self._register.drop(checked_name(name), self._machine.now()):
            raise no_such_session(name, [one.name for one in self._register.all()])
        log.info("session %s was dropped", name)
        self._retire(name)
        self._close_left()

    def tidy_up(self) -> None:
        """Drop sessions that nobody uses, remove what dropped ones have left, forget what is over in the others.

        Raises StoreError.
        """
        now = self._machine.now()
        for stored in self._register.all():
            if now - stored.used >= self.bounds.idle and self._register.drop(stored.name, now):
                log.info("session %s was dropped: nobody has used it since %s", stored.name, stored.used)
        self.follow()
        with self._lock:
            held = frozenset(one.stored.key for one in (*self._open.values(), *self._leaving))
        self._register.remove_dropped(now, held)
        for one in self._all_open():
            if self._stopping.is_set():
                return
            if one.tidied is None or one.touched >= one.tidied or now - one.tidied >= _UNCALLED_TIDY:
                one.tidied = now
                with self._staying(one):
                    one.head_end.tidy_up()

    def follow(self) -> None:
        """Close here what was dropped, wherever that was, as soon as nobody is at work in it. Raises StoreError."""
        for one in self._all_open():
            if self._register.key(one.stored.name) != one.stored.key:
                self._retire(one.stored.name, one)
        self._close_left()

    def _enter(self, name: str) -> _Open:
        for _ in range(_ATTEMPTS):
            key = self._register.key(name)
            with self._lock:
                one = self._open.get(name)
                if one is not None and one.stored.key == key:
                    one.visits += 1
                    break
            self._make_open(name)
        else:
            raise StoreError(f"the session {name} is dropped as fast as it comes to be")
        now = self._machine.now()
        if now - one.touched >= _TOUCH:
            one.touched = now
            self._register.touch(one.stored, now)
        return one

    def _leave(self, one: _Open) -> None:
        with self._lock:
            one.visits -= 1

    @contextmanager
    def _staying(self, one: _Open) -> Iterator[None]:
        with self._lock:
            one.visits += 1
        try:
            yield
        finally:
            self._leave(one)

    def _make_open(self, name: str) -> None:
        """Open the session that has this name now, if it is not open."""
        with self._opening:
            stored = self._register.get(name)
            with self._lock:
                one = self._open.get(name)
            if one is not None and stored is not None and one.stored.key == stored.key:
                return
            if one is not None:
                self._retire(name, one)
            if stored is None:
                try:
                    stored = self._created(name, {})
                except SessionExists:  # another process was faster
                    return
            head_end = self._open_session(stored)
            if self._is_running:
                head_end.begin()
            with self._lock:
                self._open[name] = _Open(stored, head_end, stored.used)

    def _created(self, name: str, settings: dict[str, Any]) -> StoredSession:
        if not self.bounds.most or len(self._register.all()) >= self.bounds.most:
            raise TooManySessions(self.bounds.most)
        return self._register.create(name, settings, self._machine.now())

    def _retire(self, name: str, wanted: _Open | None = None) -> None:
        with self._lock:
            one = self._open.get(name)
            if one is not None and (wanted is None or one is wanted):
                self._leaving.append(self._open.pop(name))

    def _close_left(self) -> None:
        with self._lock:
            over = [one for one in self._leaving if not one.visits]
            self._leaving = [one for one in self._leaving if one.visits]
        for one in over:
            one.head_end.close()

    def _all_open(self) -> list[_Open]:
        with self._lock:
            return list(self._open.values())

    def _state(self, one: StoredSession) -> SessionState:
        return SessionState(one.name, one.created, one.used, one.used + self.bounds.idle, one.settings)

    # What one thread does for all of them.

    def _keep(self) -> None:
        self._attempt(self._open_all)
        passed = tidied = followed = 0.0
        while True:
            every = self._all_open()
            pause_s = max(_BELLS_S, len(every) / _MOST_BELLS_A_SECOND) if every else 1.0
            if self._stopping.wait(pause_s):
                return
            passed += pause_s
            for one in every:
                one.head_end.heed()
            self._look(every, passed, pause_s)
            if passed - followed >= 1.0:
                followed = passed
                self._attempt(self.follow)
            if passed - tidied >= TIDY_S:
                tidied = passed
                self._attempt(self.tidy_up)

    def _look(self, every: Sequence[_Open], passed: float, pause_s: float) -> None:
        """At those whose turn it is; no more of them than a second has room for."""
        due_s = max(1.0, len(every) / LOOKS_A_SECOND)
        most = max(1, round(LOOKS_A_SECOND * pause_s))
        due = [one for one in every if passed - one.looked >= due_s]
        for one in sorted(due, key=lambda each: each.looked)[:most]:
            one.looked = passed
            one.head_end.look()

    def _open_all(self) -> None:
        """What an earlier process has left in their outboxes is to be sent, whether anybody calls them or not."""
        for stored in self._register.all():
            if self._stopping.is_set():
                return
            self._attempt(partial(self._make_open, stored.name))

    def _attempt(self, action: Callable[[], object]) -> None:
        try:
            action()
        except StoreError as error:
            log.warning("the sessions are out of reach: %s", error)
        except Exception:
            # A bug must be seen, but not end the keeping.
            log.exception("a session could not be looked after")
