"""A receiver that takes every message, keeps none of it and says OK: as fast as sockets can be read."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

_OK = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><ResponseMessage><Reply>'
    b'<Result xmlns="http://iec.ch/TC57/2011/schema/message">OK</Result>'
    b"</Reply></ResponseMessage></s:Body></s:Envelope>"
)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b" % (len(_OK), _OK)
_CHUNKED_END = b"\r\n0\r\n\r\n"
_BUFFER_BYTES = 1 << 20


class DiscardingReceiver:
    """Counts what came."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.messages = 0
        self.last_bytes = 0
        """Length of the last message that told it beforehand."""
        self.last_s = 0.0
        """perf_counter at the end of the last message."""

    def accept(self) -> None:
        """Serves connections, each in a thread, until the socket is closed."""
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        buffer = bytearray(_BUFFER_BYTES)
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._take(connection, buffer):
                self.messages += 1
                self.last_s = perf_counter()
                connection.sendall(_ANSWER)

    def _take(self, connection: socket.socket, buffer: bytearray) -> bool:
        """Reads one message; False where the sender has closed the connection."""
        head = b""
        while b"\r\n\r\n" not in head:
            received = connection.recv_into(buffer)
            if not received:
                return False
            head += buffer[:received]
        head, _, rest = head.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if b"content-length" in fields:
            self.last_bytes = int(fields[b"content-length"])
            missing = self.last_bytes - len(rest)
            while missing > 0:
                missing -= connection.recv_into(buffer)
            return True
        end = rest[-len(_CHUNKED_END) :]
        while end != _CHUNKED_END:
            received = connection.recv_into(buffer)
            end = (end + buffer[max(0, received - len(_CHUNKED_END)) : received])[-len(_CHUNKED_END) :]
        return True


@contextmanager
def discarding_receiver() -> Iterator[DiscardingReceiver]:
    """One that listens on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        receiver = DiscardingReceiver(listening)
        threading.Thread(target=receiver.accept, daemon=True).start()
        yield receiver
        listening.shutdown(socket.SHUT_RDWR)
