"""What came to the head end of a test, for the report of the test: the last exchanges, in memory."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import RawIOBase
from typing import Any, Final

from headend.lazy_application import WsgiApp
from simulator.clock import Clock

_MOST_KEPT: Final = 200
_MOST_BYTES: Final = 64 * 1024
"""Of each body."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A request and its answer."""

    at: datetime
    """By the fleet's clock."""
    took_s: float
    """Of the machine's time."""
    service: str
    status: str
    """Of HTTP; empty where the connection was closed without an answer."""
    request: bytes
    """The body, or its beginning."""
    request_length: int
    response: bytes
    response_length: int


class Exchanges:
    """A WSGI application around the head end's, which remembers what is posted to services."""

    def __init__(self, application: WsgiApp, fleet: Clock, machine: Clock) -> None:
        self._application = application
        self._fleet = fleet
        self._machine = machine
        self._kept: deque[Exchanged] = deque(maxlen=_MOST_KEPT)
        self._count = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        if environ["REQUEST_METHOD"] != "POST" or "/services/" not in path:
            return self._application(environ, start_response)
        at, began = self._fleet.now(), self._machine.now()
        request = environ["wsgi.input"] = _Heard(environ["wsgi.input"])
        status: list[str] = []

        def remember(line: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            status[:] = [line]
            return start_response(line, headers, *exc_info)

        def done(response: bytes, length: int) -> None:
            service = path.rpartition("/services/")[2].strip("/")
            took_s = (self._machine.now() - began).total_seconds()
            said = status[0] if status else ""
            self._keep(Exchanged(at, took_s, service, said, request.kept, request.length, response, length))

        answer = self._application(environ, remember)
        if isinstance(answer, list):  # whole: the server tells its length only if it comes as a list, too
            whole = b"".join(answer)
            done(whole[:_MOST_BYTES], len(whole))
            return answer
        return _told(answer, done)

    @property
    def kept(self) -> tuple[tuple[Exchanged, ...], int]:
        """The last ones, in the order in which they ended; and how many there were before them."""
        with self._lock:
            return tuple(self._kept), self._count - len(self._kept)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self._count = 0

    def _keep(self, exchanged: Exchanged) -> None:
        with self._lock:
            self._kept.append(exchanged)
            self._count += 1


def _told(answer: Iterable[bytes], done: Callable[[bytes, int], None]) -> Iterator[bytes]:
    parts: list[bytes] = []
    kept = length = 0
    try:
        for part in answer:
            if kept < _MOST_BYTES:
                parts.append(part[: _MOST_BYTES - kept])
                kept += len(parts[-1])
            length += len(part)
            yield part
    finally:
        done(b"".join(parts), length)
        close = getattr(answer, "close", None)
        if close is not None:
            close()


class _Heard(RawIOBase):
    """The body of a request, whose beginning is kept while somebody reads it."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self._source = source
        self._parts: list[bytes] = []
        self._room = _MOST_BYTES
        self.length = 0

    @property
    def kept(self) -> bytes:
        return b"".join(self._parts)

    def read(self, size: int = -1) -> bytes:
        part: bytes = self._source.read(size)
        self.length += len(part)
        if self._room and part:
            self._parts.append(part[: self._room])
            self._room -= len(self._parts[-1])
        return part

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)
