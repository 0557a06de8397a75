"""A little receiver of SOAP messages that answers what it is told to and keeps what it got."""

import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def reply(result: str, error: str = "", namespace: str = "http://iec.ch/TC57/2011/schema/message") -> bytes:
    """An acknowledgement; `namespace` is that of what stands in the Reply."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<EndDeviceEventsResponseMessage xmlns="http://iec.ch/TC57/2011/EndDeviceEventsMessage">'
        f'<Reply><m:Result xmlns:m="{namespace}">{result}</m:Result>{error}</Reply>'
        "</EndDeviceEventsResponseMessage></s:Body></s:Envelope>"
    ).encode()


def fault(code: str, text: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        f"<faultcode>{code}</faultcode><faultstring>{text}</faultstring></s:Fault></s:Body></s:Envelope>"
    ).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: bytes = reply("OK")
    waits: bool = False
    """Answers only when the receiver is closed."""
    hangs_up: bool = False
    """Closes the connection after the first bytes of the message, which it does not keep."""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    url: str
    answers: deque[Answer] = field(default_factory=deque)
    """Used up one by one; OK to everything after the last."""
    received: list[Received] = field(default_factory=list)


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if kept.answers and kept.answers[0].hangs_up:
                kept.answers.popleft()
                self.rfile.read(1)
                # Unread bytes make the system send a reset.
                self.close_connection = True
                return
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b"".join(self._chunks())
            else:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    raise ConnectionAbortedError("the sender hung up in the middle")
            kept.received.append(Received(self.path, dict(self.headers.items()), body))
            answer = kept.answers.popleft() if kept.answers else Answer()
            if answer.waits:
                closing.wait(10)
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _chunks(self) -> Iterator[bytes]:
            while size := self._chunk_size():
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def _chunk_size(self) -> int:
            if line := self.rfile.readline():
                return int(line, 16)
            raise ConnectionAbortedError("the sender hung up in the middle")

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # some tests are about senders that give up
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", port), Handler)
    kept = Receiver(f"http://127.0.0.1:{server.server_port}/events")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield kept
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
