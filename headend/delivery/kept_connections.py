"""Small messages over plain HTTP, on connections that are kept.

A message of a kilobyte is a few microseconds of network. What it costs beside that is decided by the client: here one
write, and an answer that a parser in C takes apart (llhttp, by httptools). Long messages, streams and https go through
urllib3, see soap_post.py; so does whoever answers in an HTTP of his own.
"""

from __future__ import annotations

import select
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httptools
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

_RECEIVE_BYTES: Final = 65_536
_MOST_DESTINATIONS: Final = 32
_MOST_KEPT: Final = 8
"""Of one destination."""
_DEFAULT_PORT: Final = 80
_FINAL_STATUS: Final = 200
"""What is below is a word in between, such as 100 Continue."""


class ConnectionFailed(Exception):
    """There is no connection, or it broke before the answer was whole; the message says why."""

    def __init__(self, sentence: str, *, was_connected: bool) -> None:
        super().__init__(sentence)
        self.was_connected = was_connected


class NotHttp(ConnectionFailed):
    """The answer is not what the HTTP standard says."""


class AnswerTooLong(Exception):
    """There is more of it than makes sense; `status` is its status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the answer of status {status} is too long")
        self.status = status


@dataclass(frozen=True, slots=True)
class Address:
    """Where to post to."""

    host: str
    port: int
    request_line: bytes
    """With the Host header behind it."""

    @classmethod
    def of(cls, url: str) -> Address | None:
        """The address in a plain http URL; None for any other."""
        try:
            parsed = parse_url(url)
        except LocationParseError:
            return None
        if parsed.scheme != "http" or not parsed.host:
            return None
        authority = parsed.host if parsed.port is None else f"{parsed.host}:{parsed.port}"
        head = f"POST {parsed.request_uri} HTTP/1.1\r\nHost: {authority}\r\n"
        return cls(parsed.host.strip("[]"), parsed.port or _DEFAULT_PORT, head.encode("ascii"))


class KeptConnections:
    """Posts, and keeps the connections for the next message. Safe to share between threads."""

    def __init__(self, timeout_s: float, most_bytes: int) -> None:
        """timeout_s: no wait for the receiver is longer. most_bytes: of an answer."""
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], list[socket.socket]] = OrderedDict()

    def post(
        self,
        address: Address,
        headers: Mapping[str, str],
        body: bytes,
        has_left: Callable[[], None],
        go_on: Callable[[], None],
    ) -> tuple[int, bytes]:
        """Status and body of the answer.

        has_left: called before the first read. go_on: called after each read; raises where it takes too long. Raises
        ConnectionFailed, NotHttp, AnswerTooLong, TimeoutError, and ValueError for a header that cannot be written.
        """
        request = _request(address, headers, body)
        connection = self._taken(address) or self._connected(address)
        is_kept = False
        try:
            answer = self._exchange(connection, request, has_left, go_on)
            is_kept = answer.may_be_kept
            return answer.status, b"".join(answer.parts)
        finally:
            if is_kept:
                self._keep(address, connection)
            else:
                connection.close()

    def close(self) -> None:
        """Closes what is kept."""
        with self._lock:
            kept = [one for some in self._kept.values() for one in some]
            self._kept.clear()
        for one in kept:
            one.close()

    def _connected(self, address: Address) -> socket.socket:
        try:
            connection = socket.create_connection((address.host, address.port), self._timeout_s)
        except TimeoutError:
            raise
        except (OSError, UnicodeError) as error:
            raise ConnectionFailed(f"{address.host}:{address.port}: {error}", was_connected=False) from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _taken(self, address: Address) -> socket.socket | None:
        """One that is kept, and that the receiver has not closed meanwhile."""
        key = (address.host, address.port)
        while True:
            with self._lock:
                some = self._kept.get(key)
                if not some:
                    return None
                connection = some.pop()
                self._kept.move_to_end(key)
            waiting = select.poll()
            waiting.register(connection, select.POLLIN)
            if not waiting.poll(0):
                return connection
            connection.close()  # the end, or words that nobody asked for

    def _keep(self, address: Address, connection: socket.socket) -> None:
        surplus: list[socket.socket] = []
        with self._lock:
            some = self._kept.setdefault((address.host, address.port), [])
            (some if len(some) < _MOST_KEPT else surplus).append(connection)
            if len(self._kept) > _MOST_DESTINATIONS:
                surplus += self._kept.popitem(last=False)[1]
        for one in surplus:
            one.close()

    def _exchange(
        self, connection: socket.socket, request: bytes, has_left: Callable[[], None], go_on: Callable[[], None]
    ) -> _Answer:
        answer = _Answer()
        try:
            connection.sendall(request)
            has_left()
            while not answer.is_whole:
                received = connection.recv(_RECEIVE_BYTES)
                go_on()
                if not received:
                    answer.end()
                    break
                answer.take(received)
                if answer.length > self._most_bytes:
                    raise AnswerTooLong(answer.status)
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionFailed(str(error), was_connected=True) from error
        return answer


@dataclass(slots=True)
class _Answer:
    """An answer as it comes in; the parser calls it back."""

    status: int = 0
    is_whole: bool = False
    may_be_kept: bool = False
    length: int = 0
    parts: list[bytes] = field(default_factory=list)
    _has_head: bool = False
    _ends_with_connection: bool = True
    _parser: Any = None

    def __post_init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)

    def take(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise NotHttp(f"this is no HTTP answer: {error or type(error).__name__}", was_connected=True) from error

    def end(self) -> None:
        """The receiver has closed the connection. Raises ConnectionFailed where more had to come."""
        if not (self._has_head and self._ends_with_connection):
            raise ConnectionFailed("the receiver closed it before its answer was whole", was_connected=True)
        self.is_whole = True

    def on_message_begin(self) -> None:
        if self.is_whole:
            self.may_be_kept = False  # it goes on talking

    def on_header(self, name: bytes, _value: bytes) -> None:
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._ends_with_connection = False

    def on_headers_complete(self) -> None:
        if self.is_whole:
            return
        self.status = self._parser.get_status_code()
        self._has_head = self.status >= _FINAL_STATUS
        # By the standard it depends on the headers whether the connection lasts, so they are asked here.
        self.may_be_kept = self._parser.should_keep_alive()

    def on_body(self, part: bytes) -> None:
        if not self.is_whole:
            self.parts.append(part)
            self.length += len(part)

    def on_message_complete(self) -> None:
        if self._has_head:
            self.is_whole = True
        else:
            self._ends_with_connection = True


def _request(address: Address, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if lines.count("\n") != len(headers) or lines.count("\r") != len(headers):
        raise ValueError("an HTTP header has a line break in it")
    return b"%b%bContent-Length: %d\r\n\r\n%b" % (address.request_line, lines.encode("latin-1"), len(body), body)
