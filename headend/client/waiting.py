"""Waiting for something that takes a while, by a clock that the caller chooses."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import TypeVar

from simulator.clock import Clock

Found = TypeVar("Found")

POLL_S = 0.1


def wait_for(look: Callable[[], Found | None], timeout_s: float, clock: Clock, poll_s: float = POLL_S) -> Found | None:
    """What `look` finds, at the latest when `timeout_s` have passed; None if it found nothing. It looks at least once.

    clock: the machine's. Between two looks the thread waits `poll_s`.
    """
    deadline = clock.now() + timedelta(seconds=timeout_s)
    pause = Event()
    while (found := look()) is None and clock.now() < deadline:
        pause.wait(poll_s)
    return found
