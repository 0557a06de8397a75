"""Writes entries in the background and in batches, so that an exchange does not wait for the store."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from headend.journal.entry import Entry
from headend.journal.kept_entry import without_bodies
from headend.store import StoreError

log = logging.getLogger(__name__)

Write = Callable[[Sequence[Entry], int], None]
"""Keeps entries, and that so many more were dropped. Raises StoreError."""

COLLECTED_S: Final = 0.04
"""So long entries are collected before they are written; others find them about as late."""
RETRY_S: Final = 0.25
IDLE_S: Final = 2.0
"""After so long without an entry the thread ends; the next entry begins another one."""
MOST_AT_ONCE: Final = 200
MOST_QUEUED_BYTES: Final = 32 * 1024 * 1024
_ENTRY_BYTES: Final = 2_000
"""What an entry takes beside its bodies."""
NOT_KEPT: Final = "the bodies were not kept: too many exchanges were waiting to be written"


@dataclass(frozen=True, slots=True)
class _Queued:
    entry: Entry
    size: int


class BackgroundWriter:
    """A thread that is there while entries come. Safe to share between threads.

    The queue is bounded: where the store can not keep up, first the bodies of what comes are left out, then what comes
    is dropped, and counted.
    """

    def __init__(self, write: Write, most_queued_bytes: int = MOST_QUEUED_BYTES, idle_s: float = IDLE_S) -> None:
        self._write = write
        self._idle_s = idle_s
        self._most = most_queued_bytes
        self._queue: deque[_Queued] = deque()
        self._queued_bytes = 0
        self._put = 0
        self._done = 0
        self._dropped = 0
        self._hurried = 0
        self._changed = threading.Condition()
        self._work = threading.Event()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    def put(self, entry: Entry) -> None:
        """Have an entry written soon."""
        size = _ENTRY_BYTES + len(entry.request.body) + (0 if entry.response is None else len(entry.response.body))
        with self._changed:
            if self._queued_bytes + size > self._most:
                entry, size = without_bodies(entry, NOT_KEPT), _ENTRY_BYTES
            # Bodies leave room for a last stretch of entries without any.
            if self._queued_bytes + size > self._most + self._most // 4 or self._is_stopping:
                self._dropped += 1
                return
            self._queue.append(_Queued(entry, size))
            self._queued_bytes += size
            self._put += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()
        if not self._work.is_set():
            self._work.set()

    @property
    def waiting(self) -> int:
        """Entries that are not written yet."""
        return self._put - self._done

    @property
    def is_pressed(self) -> bool:
        """Whether more has come than what is being written."""
        return bool(self._queue)

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until what was put by now is written; False where that takes longer."""
        wanted = self._put
        if self._done >= wanted:
            return True
        with self.in_a_hurry(), self._changed:
            return self._changed.wait_for(lambda: self._done >= wanted, timeout_s)

    @contextmanager
    def in_a_hurry(self) -> Iterator[None]:
        """Inside, entries are written without being collected first."""
        with self._changed:
            self._hurried += 1
            self._hurry.set()
        try:
            yield
        finally:
            with self._changed:
                self._hurried -= 1
                if not self._hurried and not self._is_stopping:
                    self._hurry.clear()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Write what is left, and end; what a store that is out of reach has not taken by then is lost."""
        with self._changed:
            self._is_stopping = True
            self._hurry.set()
            self._work.set()
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            if not self._work.wait(self._idle_s) and self._has_ended():
                return
            self._hurry.wait(COLLECTED_S)
            self._work.clear()
            while batch := self._next_batch():
                self._written(batch)
            if self._is_stopping:
                return

    def _has_ended(self) -> bool:
        with self._changed:
            if self._queue or self._is_stopping:
                return False
            self._thread = None
            return True

    def _next_batch(self) -> list[_Queued]:
        with self._changed:
            return [self._queue.popleft() for _ in range(min(len(self._queue), MOST_AT_ONCE))]

    def _written(self, batch: list[_Queued]) -> None:
        entries = [one.entry for one in batch]
        told = self._dropped
        if not self._is_kept(entries, told):
            # Nobody is told of those that were dropped before, and there are more of them now.
            told = -sum(not self._is_kept([one], 0) for one in entries) if len(entries) > 1 else -1
        with self._changed:
            self._done += len(batch)
            self._dropped -= told
            self._queued_bytes -= sum(one.size for one in batch)
            self._changed.notify_all()

    def _is_kept(self, entries: list[Entry], dropped: int) -> bool:
        """Write as soon as the store can be reached; False where the head end ends before, or for a bug of ours."""
        is_told = False
        while True:
            try:
                self._write(entries, dropped)
            except StoreError as error:
                if self._is_stopping:
                    log.warning("%d exchanges are missing in the journal: %s", len(entries), error)
                    return False
                if not is_told:
                    log.warning("the journal cannot be written, next try in %g s: %s", RETRY_S, error)
                    is_told = True
                self._pause()
            except Exception:
                # A bug must be seen, but one odd exchange must not end the journal, nor take others with it.
                log.exception("%d exchanges could not be written to the journal", len(entries))
                return False
            else:
                return True

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopping, RETRY_S)
