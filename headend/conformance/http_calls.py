"""HTTP as the suites need it: one deadline for a whole exchange, no proxies, no redirects, nothing tried twice."""

from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeout

from simulator.clock import Clock

_MOST_BYTES = 512 * 1024 * 1024
_PIECE = 1 << 16


class NoAnswer(Exception):
    """Nothing came, or not all of it; the message says why. `partial` is what did come."""

    def __init__(self, sentence: str, partial: bytes = b"") -> None:
        super().__init__(sentence)
        self.partial = partial


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class HttpCalls:
    """Calls with the same headers, such as credentials, and the same patience. Safe to share between threads."""

    def __init__(self, clock: Clock, timeout_s: float, headers: Mapping[str, str]) -> None:
        """clock: the machine's. timeout_s: until the last byte of an answer."""
        self._clock = clock
        self._timeout_s = timeout_s
        self._headers = dict(headers)
        self._pool = urllib3.PoolManager(retries=False)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def call(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """One exchange. Raises NoAnswer."""
        began = self._clock.now()
        received = bytearray()
        try:
            answer = self._pool.request(
                method,
                url,
                body=body,
                headers={"User-Agent": "headend-conformance", **self._headers, **(headers or {})},
                timeout=self._timeout_s,
                redirect=False,
                preload_content=False,
            )
            try:
                while piece := answer.read1(_PIECE, decode_content=False):
                    received += piece
                    if (self._clock.now() - began).total_seconds() > self._timeout_s:
                        raise NoAnswer(f"the answer was not complete after {self._timeout_s:g} s", bytes(received))
                    if len(received) > _MOST_BYTES:
                        raise NoAnswer(f"the answer is longer than {_MOST_BYTES} bytes", bytes(received[:_PIECE]))
                _require_whole(answer, received)
            finally:
                # A connection that was left in the middle of an answer must not be used again.
                answer.close()
                answer.release_conn()
        except (HTTPError, OSError, ValueError) as error:  # ValueError: a URL that is none
            raise NoAnswer(_reason(error), bytes(received)) from error
        names = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(answer.status, names, bytes(received))


def _require_whole(answer: urllib3.BaseHTTPResponse, received: bytearray) -> None:
    declared = answer.headers.get("Content-Length", "")
    if declared.isdigit() and len(received) < int(declared):
        raise NoAnswer(f"the answer ended after {len(received)} of {declared} bytes", bytes(received))


def _reason(error: Exception) -> str:
    """What the network said; the library wraps it, and prints its own insides."""
    if isinstance(error, HttpTimeout) and not isinstance(error, NewConnectionError):
        return "no answer in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error)
