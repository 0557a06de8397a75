"""Notices that readings have become due by schedule, and has them queued."""

import threading

from headend.operations.schedules.publish_scheduled_readings import ScheduledAt
from headend.operations.schedules.standing_readings import follow_subscriptions
from headend.store import Store
from simulator.clock import Clock


class ScheduleNews:
    """Called again and again; safe to share between threads, of which one at a time looks."""

    def __init__(self, store: Store, clock: Clock, scheduled: ScheduledAt) -> None:
        """clock: the fleet's."""
        self._store = store
        self._clock = clock
        self._scheduled = scheduled
        self._looking = threading.Lock()

    def begin(self) -> None:
        """From now on what is due is told. Raises StoreError."""
        with self._store.writing() as work:
            now = self._clock.now()
            scheduled = self._scheduled(now, work)
            scheduled.begin(now, work)
            follow_subscriptions(scheduled, now, work)

    def __call__(self) -> None:
        """Queue what has become due since somebody last looked. Raises StoreError."""
        if not self._looking.acquire(blocking=False):
            return  # another thread is at it
        try:
            while self.is_waiting():
                # Writers take turns: what may take a while is worked out before our turn comes.
                with self._store.reading() as work:
                    now = self._clock.now()
                    scheduled = self._scheduled(now, work)
                    due = scheduled.due(now, work)
                with self._store.writing() as work:
                    scheduled.queue(due, work)
        finally:
            self._looking.release()

    def is_waiting(self) -> bool:
        """Whether there is anything to queue. Raises StoreError."""
        now = self._clock.now()
        with self._store.reading() as work:
            return self._scheduled(now, work).has_news(now, work)
