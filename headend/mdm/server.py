"""An HTTP server in threads of this process.

Not granian: what was received is in memory, and a connection that is dropped on purpose needs the socket itself.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from socketserver import TCPServer, ThreadingMixIn
from typing import IO, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from headend.mdm.site import HANG_UP
from headend.soap.application import WsgiApp

_POLL_S = 0.05


@contextmanager
def serving(application: WsgiApp, host: str, port: int) -> Iterator[int]:
    """Serves until the block ends; gives the port, which is a free one for 0. Raises OSError for one that is taken."""
    server = make_server(host, port, application, server_class=_server_class(host), handler_class=_Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _POLL_S}, name="fake MDM")
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # As the base classes do, but for asking the name service for our own name: that may take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class _ServerOfIPv6(_Server):
    address_family = socket.AF_INET6


def _server_class(host: str) -> type[_Server]:
    return _ServerOfIPv6 if ":" in host else _Server


class _Handler(WSGIRequestHandler):
    timeout = 30.0
    """Seconds that a sender may be silent."""

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        environ[HANG_UP] = self._hang_up
        return environ

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the sender has gone, or we have hung up

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        """Says nothing: what was received tells."""

    def _hang_up(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)


def with_whole_bodies(application: WsgiApp) -> WsgiApp:
    """The application behind bodies that end where the request ends, which wsgiref leaves to whoever reads them.

    A head end streams what is long, and that comes in chunks.
    """

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        source: IO[bytes] = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH") or ""
        if environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower() == "chunked":
            environ["wsgi.input"] = _Chunked(source)
        elif length.isascii() and length.isdigit():
            environ["wsgi.input"] = _Measured(source, int(length))
        else:
            environ["wsgi.input"] = BytesIO()
        try:
            return application(environ, start_response)
        except TimeoutError as error:
            # For wsgiref a sender that has gone is no error, but one that has fallen silent is.
            raise ConnectionAbortedError("the sender was silent for too long") from error

    return call


class _Measured:
    """A body whose length is known."""

    def __init__(self, source: IO[bytes], length: int) -> None:
        self._source = source
        self._left = length

    def read(self, size: int) -> bytes:
        """At most so many bytes; fewer at the end of the body, or where the sender has gone."""
        part = self._source.read(min(size, self._left))
        self._left -= len(part)
        if self._left and len(part) < size:
            raise ConnectionAbortedError("the sender hung up in the middle of its message")
        return part


class _Chunked:
    """A body that comes in chunks (RFC 9112, 7.1)."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        """Everything there is. Raises ConnectionAbortedError where the sender stops before the end, or sends more."""
        parts: list[bytes] = []
        total = 0
        while length := self._length():
            total += length
            if total > size:
                raise ConnectionAbortedError(f"the body is longer than {size} bytes")
            part = self._source.read(length)
            if len(part) < length:
                raise ConnectionAbortedError("the sender hung up in the middle of a chunk")
            parts.append(part)
            self._source.readline()
        while self._source.readline().strip():
            pass  # trailers
        return b"".join(parts)

    def _length(self) -> int:
        line = self._source.readline(1024)
        try:
            return int(line.partition(b";")[0], 16)
        except ValueError:
            raise ConnectionAbortedError(f"{line!r} is no length of a chunk") from None
