"""HTTP as bytes on a socket: a test says exactly what is sent, and sees exactly what comes back."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

TIMEOUT_S = 20.0

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer, its body put together again."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    version: str = "HTTP/1.1"
    interim: tuple[int, ...] = ()
    """Statuses of 1xx answers that came before."""
    is_closed: bool = False
    """The server closed the connection after the answer."""

    def header(self, name: str) -> str | None:
        """The value of a header; None if it is absent. Fails a test in which it is there twice."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} is there {len(values)} times: {values}"
        return values[0] if values else None


def request_bytes(
    method: str, path: str, headers: Headers = (), body: bytes | None = None, version: str = "HTTP/1.1"
) -> bytes:
    """A request as it goes onto the wire; Content-Length is added for a body, Host if nobody gave one."""
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {path} {version}"]
    if "host" not in names:
        lines.append("Host: head-end.test")
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def chunked(parts: Iterable[bytes]) -> bytes:
    """A body in the chunked transfer coding, one chunk a part."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts if part) + b"0\r\n\r\n"


class HttpConnection:
    """One connection to a server. Use it in a `with` statement."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> "HttpConnection":
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Exactly these bytes, as one write."""
        self._socket.sendall(data)

    def receive(self, method: str = "POST") -> HttpAnswer:
        """The next answer. `method` is that of the request: the answer to a HEAD has no body."""
        interim: list[int] = []
        while True:
            version, status, headers = self._head()
            if status >= HTTPStatus.OK:
                break
            interim.append(status)
        answer = HttpAnswer(status, headers, b"", version, tuple(interim))
        body, is_closed = (b"", False) if method == "HEAD" else self._body(answer)
        # HTTP/1.0 closes unless it says otherwise, HTTP/1.1 the other way round.
        connection = (answer.header("Connection") or ("close" if version == "HTTP/1.0" else "keep-alive")).lower()
        is_closed = is_closed or (connection == "close" and self._at_end())
        return HttpAnswer(status, headers, body, version, tuple(interim), is_closed)

    def receive_all(self) -> bytes:
        """Whatever comes until the server ends the connection. Raises OSError where it ends it otherwise."""
        return self._file.read()

    def receive_head_only(self) -> int:
        """The status of the next answer, which has no body: 100 Continue."""
        return self._head()[1]

    def _head(self) -> tuple[str, int, tuple[tuple[str, str], ...]]:
        line = self._file.readline().decode("latin-1").rstrip("\r\n")
        assert line, "the server closed the connection without an answer"
        version, status, *_ = line.split(" ", 2)
        headers = []
        while (line := self._file.readline().decode("latin-1").rstrip("\r\n")) != "":
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        return version, int(status), tuple(headers)

    def _body(self, answer: HttpAnswer) -> tuple[bytes, bool]:
        if (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            return b"".join(iter(self._chunk, b"")), False
        length = answer.header("Content-Length")
        if length is None:
            return self._file.read(), True
        body = self._file.read(int(length))
        assert len(body) == int(length), f"the answer promised {length} bytes and ended after {len(body)}"
        return body, False

    def _chunk(self) -> bytes:
        size = int(self._file.readline().split(b";")[0], 16)
        chunk = self._file.read(size)
        assert len(chunk) == size, "the answer ended inside a chunk"
        self._file.readline()
        return chunk

    def _at_end(self) -> bool:
        return self._file.read(1) == b""
