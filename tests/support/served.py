"""A head end as users run it: the command in a process of its own, reached through a socket."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from headend.store import Store
from simulator.clock import RealClock
from tests.support.client import Body, HeadEndClient
from tests.support.raw_http import Headers, HttpAnswer, HttpConnection, chunked, request_bytes
from tests.support.reply import Reply
from tests.support.wire_rules import checked_reply

START_S = 60.0
STOP_S = 20.0


class ServedHeadEnd(HeadEndClient):
    """A running `headend serve` and its client."""

    def __init__(self, base_url: str, database: str, process: subprocess.Popen[str], log: Path) -> None:
        address = urlsplit(base_url)
        self.base_url = base_url
        self.host, self.port = address.hostname or "", address.port or 0
        self.process = process
        self._database = database
        self._log = log
        super().__init__(SocketExchange(self.host, self.port))

    def connection(self) -> HttpConnection:
        """A connection for a test that says byte by byte what is sent."""
        return HttpConnection(self.host, self.port)

    def checked(self, service: str, answer: HttpAnswer) -> Reply:
        """The reply in an answer that a test received over a connection of its own."""
        return checked_reply(f"/services/{service}", answer)

    def advance(self, **duration: float) -> None:
        """Moves the stepped clock of the running head end: its anchor is in the database."""
        with closing(Store.open(self._database)) as store, store.writing() as work:
            stored = work.clock_anchor.get()
            assert stored is not None, "a served head end runs on a stepped clock"
            anchor = stored.anchor.advanced(timedelta(**duration), RealClock().now())
            work.clock_anchor.put(stored.spec, anchor)

    def resident_bytes(self) -> int:
        """Memory that its processes hold."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self._processes())
        return pages * os.sysconf("SC_PAGE_SIZE")

    def log(self) -> str:
        """What it has said on stderr."""
        return self._log.read_text("utf-8", "replace")

    def _processes(self) -> list[int]:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]


@dataclass(frozen=True, slots=True)
class SocketExchange:
    """Sends each request over a connection of its own, and closes it then."""

    host: str
    port: int

    def __call__(self, method: str, path: str, headers: Headers, body: Body) -> HttpAnswer:
        if not isinstance(body, bytes | None):
            headers, body = [*headers, ("Transfer-Encoding", "chunked")], chunked(body)
        # A client of HTTP/1.1 that asks for nothing special; what is measured here is the answer, not the pool.
        sent = request_bytes(method, path, [*headers, ("Connection", "close")], body)
        with HttpConnection(self.host, self.port) as connection:
            connection.send(sent)
            return connection.receive(method)


@contextmanager
def serve(directory: Path, clock: str, *flags: str, database: str | None = None) -> Iterator[ServedHeadEnd]:
    """`headend serve` on a free port; stopped at the end, whatever happens.

    database: its URL; without one, an empty SQLite file in `directory`.
    """
    database = database or f"sqlite:///{directory / 'headend.db'}"
    command = [str(Path(sys.executable).with_name("headend")), "serve", "--port", "0", "--database", database]
    log = directory / "headend.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [*command, "--clock", clock, "--log-level", "warning", *flags],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=directory,
        )
    try:
        yield ServedHeadEnd(announced(process, log), database, process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)
        if process.stdout is not None:
            process.stdout.close()


def announced(process: subprocess.Popen[str], log: Path) -> str:
    """The base URL of a `headend serve` or `headend mdm`, which is the first line on stdout."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_S)
    line = process.stdout.readline().strip() if ready else ""
    assert line.startswith("http://"), f"{process.args} did not start: {line!r}\n{log.read_text()}"
    return line
