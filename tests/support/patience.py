"""Waiting for what happens in another thread or process: often, and not for ever."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL_S = 0.01


def eventually(probe: Callable[[], T], what: str, within_s: float = 20.0) -> T:
    """The first true value of `probe`. Fails the test when there is none in time."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while time.monotonic() < deadline:
        if found := probe():
            return found
        pause.wait(INTERVAL_S)
    raise AssertionError(f"{what}: not within {within_s:g} s")
