"""A head end inside the test's process: the same application as behind the socket, without the socket."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

from headend.compose import HeadEnd, open_head_end
from headend.config import Settings
from headend.soap.broken_answers import FAULT
from headend.store.template_database import put_template
from simulator.clock import ManualClock, Sleep
from tests.support.client import XML, Body, HeadEndClient
from tests.support.raw_http import Headers, HttpAnswer


@dataclass(frozen=True, slots=True)
class BrokenAnswer(HttpAnswer):
    """An answer, and the fault that broke it."""

    fault: str = ""

    @property
    def promised(self) -> int | None:
        """Its Content-Length."""
        text = self.header("Content-Length")
        return None if text is None else int(text)

    @property
    def is_lost(self) -> bool:
        """A length was told, and nothing came: on a socket, a connection that is closed."""
        return not self.body and bool(self.promised)


class InProcessHeadEnd(HeadEndClient):
    """An open head end and its client. Fleet and machine share one clock, which moves when a test says so."""

    def __init__(self, head_end: HeadEnd, clock: ManualClock) -> None:
        super().__init__(WsgiExchange(head_end.wsgi))
        self.head_end = head_end
        self.clock = clock

    def broken(self, service: str, message: bytes) -> BrokenAnswer:
        """An answer that a fault breaks on purpose: the one kind that keeps no rule of the wire. Fails where the head
        end does not say that it has broken it.
        """
        path = f"/services/{service}"
        environ = _environ("POST", path, [("Content-Type", XML)], message)
        answer = _called(self.head_end.wsgi, environ)
        assert environ.get(FAULT), f"no fault has acted: {answer}"
        return BrokenAnswer(answer.status, answer.headers, answer.body, fault=environ[FAULT])

    def advance(self, **duration: float) -> None:
        """Moves the time, such as `advance(hours=2)`."""
        self.clock.advance(timedelta(**duration))


@contextmanager
def in_process(
    directory: Path, now: datetime, sleep: Sleep | None = None, **settings: Any
) -> Iterator[InProcessHeadEnd]:
    """A head end with an empty database, by default SQLite in `directory`; nothing is sent in the background.

    sleep: what happens instead while the head end waits for the field; otherwise nothing, and at once.
    """
    clock = ManualClock(now)
    file = directory / "headend.db"
    if "database" not in settings and not file.exists():
        put_template(file)
    head_end = open_head_end(Settings(**{"database": f"sqlite:///{file}"} | settings), clock, sleep)
    try:
        yield InProcessHeadEnd(head_end, clock)
    finally:
        head_end.close()


@dataclass(frozen=True, slots=True)
class WsgiExchange:
    """Calls a WSGI application as PEP 3333 has it; wsgiref's validator stands in between and fails what does not."""

    application: Any

    def __call__(self, method: str, path: str, headers: Headers, body: Body) -> HttpAnswer:
        return _called(self.application, _environ(method, path, headers, body))


def _called(application: Any, environ: dict[str, Any]) -> HttpAnswer:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, answered: list[tuple[str, str]], _exc_info: Any = None) -> Any:
        started.append((status, answered))
        return None

    chunks = validator(application)(environ, start_response)
    try:
        data = b"".join(chunks)
    finally:
        chunks.close()
    ((status, answered),) = started
    return HttpAnswer(int(status.split()[0]), tuple(answered), data)


def _environ(method: str, path: str, headers: Headers, body: Body) -> dict[str, Any]:
    path, _, query = path.partition("?")
    data = BytesIO(body if isinstance(body, bytes) else b"") if body is None or isinstance(body, bytes) else None
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "head-end.test",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "head-end.test",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": data if data is not None else _Chunks(body or ()),  # type: ignore[arg-type]
        "wsgi.errors": _NoErrors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if isinstance(body, bytes):
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ


class _Chunks(RawIOBase):
    """A body that comes without a length."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        super().__init__()
        self._parts = iter(parts)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while not self._rest and (part := next(self._parts, None)) is not None:
            self._rest = part
        taken, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return taken


class _NoErrors:
    """wsgi.errors: whatever is written there fails the test, the head end logs by other ways."""

    def write(self, text: str) -> None:
        raise AssertionError(f"written to wsgi.errors: {text}")

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        return None
