"""An HTTP/1.1 server in threads of this process: for what is driven from the process that asks it.

Not granian: it serves from processes of its own, and a connection that is dropped on purpose needs the socket itself.
"""

import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final, Protocol
from wsgiref.headers import Headers
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer, make_server

from headend.lazy_application import WsgiApp

HANG_UP: Final = "headend.hang_up"
"""Key of the environ: closes the connection, without an answer where none has begun."""
RESET: Final = "headend.reset"
"""Key of the environ: the same, and the other side sees it reset (TCP RST)."""

SILENCE_S: Final = 30.0
"""Seconds that a sender may be silent."""

_NOTHING_LINGERS: Final = struct.pack("ii", 1, 0)
LEAVING_S: Final = 2.0
"""Seconds that answers which are being given have to leave when the server ends."""

_LONGEST_LINE = 65536
_WITHOUT_BODY = ("1", "204", "304")


@contextmanager
def serving(application: WsgiApp, host: str, port: int, name: str) -> Iterator[int]:
    """Serves until the block ends; gives the port, which is a free one for 0. Raises OSError for one that is taken.

    Answers that are being given leave then, if they do within `LEAVING_S`; connections are closed, so that nobody
    goes on talking to what is over. name: of the thread that listens.
    """
    server = make_server(host, port, application, server_class=_server_class(host), handler_class=_Handler)
    thread = threading.Thread(target=server.serve_forever, name=name, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.stop()
        thread.join()
        server.server_close()
        server.wait_for_answers(LEAVING_S)
        server.hang_up()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._open: set[socket.socket] = set()
        self._resetting: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._answering = 0
        self._has_answered = threading.Condition()
        self._bell, self._ring = socket.socketpair()
        super().__init__(*arguments, **named)

    def server_bind(self) -> None:
        # As the base classes do, but for asking the name service for our own name: that may take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def serve_forever(self, poll_interval: float = 0.0) -> None:
        """Until `stop`, which is heard at once; the base class would look for it from time to time."""
        del poll_interval
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self._bell, selectors.EVENT_READ)
            while True:
                heard = [key.fileobj for key, _ in selector.select()]
                if self._bell in heard:
                    return
                self._handle_request_noblock()  # type: ignore[attr-defined]  # what the base class calls, too

    def stop(self) -> None:
        """End `serve_forever`."""
        self._ring.send(b"!")

    def server_close(self) -> None:
        super().server_close()
        self._bell.close()
        self._ring.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
            is_reset = request in self._resetting
            self._resetting.discard(request)
        if is_reset:
            self.close_request(request)  # without the farewell that the base class would send first
        else:
            super().shutdown_request(request)

    def reset_when_closed(self, connection: socket.socket) -> None:
        """Let the other side see a reset in the place of an end."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOTHING_LINGERS)
        with self._open_lock:
            self._resetting.add(connection)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While one request is being answered."""
        with self._has_answered:
            self._answering += 1
        try:
            yield
        finally:
            with self._has_answered:
                self._answering -= 1
                self._has_answered.notify_all()

    def wait_for_answers(self, timeout_s: float) -> None:
        """Until no request is being answered, or the time is over."""
        with self._has_answered:
            self._has_answered.wait_for(lambda: not self._answering, timeout_s)

    def hang_up(self) -> None:
        """Close every connection."""
        with self._open_lock:
            for connection in self._open:
                with suppress(OSError):  # the other side was faster
                    connection.shutdown(socket.SHUT_RDWR)


class _ServerOfIPv6(_Server):
    address_family = socket.AF_INET6


def _server_class(host: str) -> type[_Server]:
    return _ServerOfIPv6 if ":" in host else _Server


class _Handler(WSGIRequestHandler):
    """Answers request after request of one connection, as long as both sides wish."""

    protocol_version = "HTTP/1.1"
    timeout = SILENCE_S
    # Head and body of a short answer leave in one packet, and at once: else each waits for the other side's
    # acknowledgment of the packet before, 40 ms.
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True
    is_cut = False
    """Whether nothing more is to be said, since somebody wanted the connection to end."""

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        environ["CONTENT_TYPE"] = self.headers.get("Content-Type", "")  # the base class makes up one that is not there
        environ[HANG_UP] = self._hang_up
        environ[RESET] = self._reset
        return environ

    def handle(self) -> None:
        self.close_connection = True
        try:
            self._answer_one()
            while not self.close_connection:
                self._answer_one()
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the sender has gone, or we have hung up

    def handle_expect_100(self) -> bool:
        self._is_waiting = True  # until somebody wants the body: what is too long need not be sent at all
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        """Says nothing: what serves keeps its own account."""

    def _answer_one(self) -> None:
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if len(self.raw_requestline) > _LONGEST_LINE:
            self.requestline, self.request_version, self.command = "", "", ""
            self.close_connection = True
            self.send_error(414)
            return
        self._is_waiting = False
        if not self.parse_request():  # it has said why
            self.close_connection = True
            return
        environ = self.get_environ()
        body = body_of(environ, _Asked(self.rfile, self._go_on) if self._is_waiting else self.rfile)
        answering = _Answering(self, body, environ)
        server = self.server
        assert isinstance(server, _Server)
        application: Any = server.get_app()
        with server.answering():
            answering.run(application)
        # What was not read of the body would be taken for the next request.
        if not answering.is_whole or not body.is_over:
            self.close_connection = True

    def finish(self) -> None:
        with suppress(ConnectionError, TimeoutError, ValueError):  # there is nobody to flush to
            super().finish()

    def _go_on(self) -> None:
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()

    def _hang_up(self) -> None:
        self.is_cut = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _reset(self) -> None:
        self.is_cut = True
        assert isinstance(self.server, _Server)
        self.server.reset_when_closed(self.connection)


class _Answering(ServerHandler):
    """One answer. What has no known length leaves in chunks, or ends with the connection for a client of HTTP/1.0."""

    # Of the base class, whose types do not tell of them.
    headers: Headers | None
    status: str | None
    headers_sent: bool
    bytes_sent: int

    http_version = "1.1"
    os_environ: dict[str, str] = {}  # noqa: RUF012  # not the process's: HTTP_PROXY in it would pass for a header

    def __init__(self, handler: _Handler, body: "Body", environ: dict[str, Any]) -> None:
        output: Any = handler.wfile
        super().__init__(body, output, handler.get_stderr(), environ, multithread=True)
        self.request_handler = handler
        self._handler = handler
        self._body = body
        self._is_chunked = False
        self.is_whole = False
        """Whether the client has got all that it was told to expect."""

    def cleanup_headers(self) -> None:
        super().cleanup_headers()
        assert self.headers is not None
        status = self.status or ""
        if "Content-Length" not in self.headers and not status.startswith(_WITHOUT_BODY):
            if self._handler.request_version == "HTTP/1.1" and self._handler.command != "HEAD":
                self._is_chunked = True
                self.headers["Transfer-Encoding"] = "chunked"
            else:
                self._handler.close_connection = True
        if not self._body.is_over:
            # What is answered unread, such as a POST to nowhere: its sender must not send the next request behind it.
            self._handler.close_connection = True
        if self._handler.close_connection:
            self.headers["Connection"] = "close"

    def write(self, data: bytes) -> None:
        if not self.headers_sent:
            self.bytes_sent = len(data)  # the base class makes the length of a single piece of it
            self.send_headers()
        else:
            self.bytes_sent += len(data)
        if not self._is_chunked:
            self._write(data)
        elif data:
            self._write(b"%x\r\n%b\r\n" % (len(data), data))
        self._flush()

    def finish_content(self) -> None:
        super().finish_content()
        if self._is_chunked:
            self._write(b"0\r\n\r\n")
        self._flush()
        length = None if self.headers is None else self.headers["Content-Length"]
        self.is_whole = length is None or self._handler.command == "HEAD" or self.bytes_sent == int(length)

    def _write(self, data: bytes) -> None:
        if self._handler.is_cut:
            raise ConnectionAbortedError("cut off on purpose")  # which for the base class is nothing to speak of
        # The base class wonders about short writes of sockets; this one is buffered and makes none.
        self.stdout.write(data)


class Body(RawIOBase):
    """What comes behind the head of a request, and ends where the request ends."""

    is_over: bool
    """Whether all of it was read."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


class Source(Protocol):
    """Where the bytes of a request come from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes; fewer at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """A line, or so many bytes of it."""
        ...


class _Asked:
    """A source whose sender waits to be asked."""

    def __init__(self, source: Source, ask: Callable[[], None]) -> None:
        self._source = source
        self._ask: Callable[[], None] | None = ask

    def read(self, size: int, /) -> bytes:
        self._ask_once()
        return self._source.read(size)

    def readline(self, size: int, /) -> bytes:
        self._ask_once()
        return self._source.readline(size)

    def _ask_once(self) -> None:
        if self._ask is not None:
            ask, self._ask = self._ask, None
            ask()


def body_of(environ: dict[str, Any], source: "Source") -> Body:
    """The body that a request's head announces. Reading it raises ConnectionAbortedError where the sender stops."""
    length = environ.get("CONTENT_LENGTH") or ""
    # It ends by itself, which libraries ask for before they read what comes in chunks.
    environ["wsgi.input_terminated"] = True
    if environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower() == "chunked":
        return _Chunked(source)
    return _Measured(source, int(length) if length.isascii() and length.isdigit() else 0)


class _Measured(Body):
    """A body whose length is known."""

    def __init__(self, source: "Source", length: int) -> None:
        super().__init__()
        self._source = source
        self._left = length

    @property
    def is_over(self) -> bool:  # type: ignore[override]
        return not self._left

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, and all of them if they come; fewer at the end of the body."""
        wanted = self._left if size < 0 else min(size, self._left)
        part = _read(self._source, wanted)
        self._left -= len(part)
        if len(part) < wanted:
            raise ConnectionAbortedError("the sender hung up in the middle of its message")
        return part


class _Chunked(Body):
    """A body that comes in chunks (RFC 9112, 7.1)."""

    def __init__(self, source: "Source") -> None:
        super().__init__()
        self._source = source
        self._left = 0
        """Of the chunk at hand."""
        self._is_over = False

    @property
    def is_over(self) -> bool:  # type: ignore[override]
        return self._is_over

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, and all of them if they come; fewer at the end of the body."""
        parts: list[bytes] = []
        wanted = size
        while wanted and not self._is_over:
            if not self._left and not self._next_chunk():
                break
            part = _read(self._source, self._left if wanted < 0 else min(wanted, self._left))
            if not part:
                raise ConnectionAbortedError("the sender hung up in the middle of a chunk")
            parts.append(part)
            self._left -= len(part)
            wanted -= len(part) if wanted > 0 else 0
            if not self._left:
                _line(self._source)
        return b"".join(parts)

    def _next_chunk(self) -> bool:
        line = _line(self._source)
        try:
            self._left = int(line.partition(b";")[0], 16)
        except ValueError:
            raise ConnectionAbortedError(f"{line!r} is no length of a chunk") from None
        if self._left < 0:
            raise ConnectionAbortedError(f"{line!r} is no length of a chunk")
        if not self._left:
            while _line(self._source).strip():
                pass  # trailers
            self._is_over = True
        return not self._is_over


def _read(source: "Source", size: int) -> bytes:
    try:
        return source.read(size) if size else b""
    except TimeoutError as error:
        # For wsgiref a sender that has gone is no error, but one that has fallen silent is.
        raise ConnectionAbortedError("the sender was silent for too long") from error


def _line(source: "Source") -> bytes:
    try:
        return source.readline(_LONGEST_LINE)
    except TimeoutError as error:
        raise ConnectionAbortedError("the sender was silent for too long") from error
