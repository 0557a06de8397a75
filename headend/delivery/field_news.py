"""Notices that time has passed in the field, and has the news queued."""

import threading

from headend.operations.events.publish_field_events import FieldPublication
from headend.store import Store
from simulator.clock import Clock


class FieldNews:
    """Called again and again; safe to share between threads, of which one at a time looks."""

    def __init__(self, store: Store, clock: Clock, publication: FieldPublication) -> None:
        """clock: the fleet's."""
        self._store = store
        self._clock = clock
        self._publication = publication
        self._looking = threading.Lock()

    def begin(self) -> None:
        """From now on what is heard is told. Raises StoreError."""
        with self._store.writing() as work:
            work.field_progress.told_until()  # our turn: the time that we read now is not before that of the mark
            self._publication.begin(self._clock.now(), work)

    def __call__(self) -> None:
        """Queue what was heard since somebody last looked. Raises StoreError."""
        if not self._looking.acquire(blocking=False):
            return  # another thread is at it
        try:
            while self.is_waiting():
                with self._store.writing() as work:
                    work.field_progress.told_until()  # our turn, as in `begin`: a reset may have set the clock back
                    if self._publication.publish_until(self._clock.now(), work):
                        break
        finally:
            self._looking.release()

    def is_waiting(self) -> bool:
        """Whether there is anything to queue. Raises StoreError."""
        now = self._clock.now()
        # Writers take turns; who only looks keeps nobody waiting.
        with self._store.reading() as work:
            return self._publication.has_news(now, work)
