"""A WSGI application that is made when it is first called."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LazyApplication:
    """For what costs time and is rarely asked for: the control API, whose libraries take longer than the whole start of
    the head end, and each of the many services of the contract.
    """

    def __init__(self, make: Callable[[], WsgiApp], on_made: Callable[[], None] = lambda: None) -> None:
        """on_made: called once, when it is made."""
        self._make = make
        self._on_made = on_made
        self._made: WsgiApp | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
                    self._on_made()
        return self._made(environ, start_response)
