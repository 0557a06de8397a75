"""A client that costs as little as can be: it reads from the socket into one buffer, counts, and drops."""

import re
import select
import socket
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter

HOST = "127.0.0.1"
SERVICE = "/services/GetMeterReadings"
BUFFER_BYTES = 1 << 20
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED_END = b"\r\n0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer, from the first byte of the request to the last of the answer."""

    seconds: float
    first_byte_s: float
    size: int  # bytes, HTTP headers and chunk marks included


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests answered over a time, one after the other on each connection."""

    per_second: float
    median_ms: float


def post(body: bytes, connection: str = "close") -> bytes:
    """The bytes of an HTTP request with a SOAP message."""
    head = (
        f"POST {SERVICE} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: text/xml; charset=utf-8\r\n"
        f"Connection: {connection}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str) -> bytes:
    """The bytes of an HTTP request for a file."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()


def exchange(port: int, request: bytes) -> Exchange:
    """Send a request that closes its connection, and read until it is closed. Raises ValueError for no 200."""
    buffer = bytearray(BUFFER_BYTES)
    with closing(_connected(port)) as connection:
        started = perf_counter()
        connection.sendall(request)
        size = connection.recv_into(buffer)
        first_byte_s = perf_counter() - started
        _check_status(bytes(buffer[:64]))
        while received := connection.recv_into(buffer):
            size += received
        return Exchange(perf_counter() - started, first_byte_s, size)


def request_rate(port: int, body: bytes, connections: int, seconds: float) -> Rate:
    """How many requests are answered when each of some kept connections always has one under way."""
    request = post(body, "keep-alive")
    sockets = {one.fileno(): one for one in (_connected(port) for _ in range(connections))}
    try:
        return _rate(sockets, request, seconds)
    finally:
        for one in sockets.values():
            one.close()


def save(port: int, body: bytes, file: Path) -> int:
    """Write the answer to a file, chunk marks taken out; its size in bytes. Raises ValueError for no 200."""
    with closing(HTTPConnection(HOST, port)) as connection:
        connection.request("POST", SERVICE, body, {"Content-Type": "text/xml; charset=utf-8"})
        response = connection.getresponse()
        if response.status != 200:
            raise ValueError(f"HTTP {response.status}: {response.read(500)!r}")
        with file.open("wb") as out:
            while part := response.read(BUFFER_BYTES):
                out.write(part)
    return file.stat().st_size


def _rate(sockets: dict[int, socket.socket], request: bytes, seconds: float) -> Rate:
    poller = select.poll()
    sent_at: dict[int, float] = {}
    answers = dict.fromkeys(sockets, b"")
    latencies: list[float] = []
    started = perf_counter()
    for number, one in sockets.items():
        poller.register(number, select.POLLIN)
        sent_at[number] = perf_counter()
        one.sendall(request)
    while (now := perf_counter()) - started < seconds:
        for number, _event in poller.poll(1000):
            part = sockets[number].recv(BUFFER_BYTES)
            if not part:
                raise ValueError(f"the server closed a connection that was to be kept, after {answers[number]!r}")
            answers[number] += part
            if not _is_whole(answers[number]):
                continue
            _check_status(answers[number])
            answers[number] = b""
            now = perf_counter()
            latencies.append(now - sent_at[number])
            sent_at[number] = now
            sockets[number].sendall(request)
    return Rate(len(latencies) / (now - started), median(latencies) * 1e3)


def _is_whole(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    length = _CONTENT_LENGTH.search(head)
    if length is None:
        return bool(separator) and answer.endswith(_CHUNKED_END)
    return len(body) >= int(length[1])


def _check_status(answer: bytes) -> None:
    line = answer.partition(b"\r\n")[0]
    if b" 200" not in line:
        raise ValueError(f"expected HTTP 200, got {line!r}")


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=120)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
