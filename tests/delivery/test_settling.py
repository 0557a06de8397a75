"""Waiting until what is due was sent."""

from datetime import UTC, datetime

from headend.delivery.settling import wait_until_settled
from headend.store import NewMessage, Store
from simulator.clock import ManualClock, RealClock

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


class Late:
    """News that are queued by whoever looks first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_new = True

    def begin(self) -> None:
        return None

    def __call__(self) -> None:
        if self._is_new:
            with self._store.writing() as work:
                work.outbox.add(NewMessage("http://mdm.example", "created", "EndDeviceEvents", "m-1", [], NOON))
            self._is_new = False

    def is_waiting(self) -> bool:
        return self._is_new


def delivered(store: Store) -> None:
    """What a dispatcher does that was told to look."""
    with store.writing() as work:
        now = RealClock().now()
        for message in work.outbox.claim(fleet_now=NOON, machine_now=now, lease_s=60):
            work.outbox.delivered(message, now)


def test_whoever_queues_news_while_waiting_has_them_sent(store: Store) -> None:
    """The dispatchers may have looked a moment before, and would look again only after a second."""
    settled = wait_until_settled(
        store, ManualClock(NOON), RealClock(), Late(store), timeout_s=5, wake=lambda: delivered(store)
    )
    assert settled


def test_what_nobody_sends_is_not_waited_for_for_ever(store: Store) -> None:
    assert not wait_until_settled(store, ManualClock(NOON), RealClock(), Late(store), timeout_s=0.05)
