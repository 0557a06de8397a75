"""Waiting until what is due was sent: for whoever moves the clock and wants to see what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from headend.delivery.news import News
from headend.store import Store
from simulator.clock import Clock

_LOOK_AGAIN_S: Final = 0.005
_LOOKS: Final = 8
"""While as much time passes as has passed already."""


def wait_until_settled(
    store: Store,
    clock: Clock,
    machine: Clock,
    news: News,
    timeout_s: float,
    at_once: int = 1,
    wake: Callable[[], None] = lambda: None,
) -> bool:
    """Whether all that is due by the fleet's `clock` was queued, and delivered, given up, or waits for a retry.

    Waits for it at most `timeout_s` of the machine's time; `at_once` as in Dispatcher. The time between two looks
    grows with the time that it takes, so that a slow receiver is not waited for by reading the database two hundred
    times a second, and nobody waits much longer than it took. wake: tells the dispatchers to look, since what is queued
    here they may have just missed.
    """
    began = machine.now()
    deadline = began + timedelta(seconds=timeout_s)
    pause = threading.Event()
    while True:
        now = machine.now()
        news()
        if not news.is_waiting() and not _is_busy(store, clock, machine, at_once):
            return True
        if now >= deadline:
            return False
        wake()
        waited_s = (now - began).total_seconds()
        pause.wait(min(max(_LOOK_AGAIN_S, waited_s / _LOOKS), _LOOK_AGAIN_S * 20))


def _is_busy(store: Store, clock: Clock, machine: Clock, at_once: int) -> bool:
    with store.reading() as work:
        return work.outbox.is_busy(fleet_now=clock.now(), machine_now=machine.now(), at_once=at_once)
