"""Servers under measurement: started on one core, watched through /proc, always stopped. Linux only."""

import os
import signal
import socket
import subprocess
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

STOP_TIMEOUT_S = 10.0
NGINX_SETTINGS = """\
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
events {{}}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    server {{
        listen 127.0.0.1:{port};
        root {directory};
    }}
}}
"""


class NotStarted(Exception):
    """A server did not come up; the message has what it said."""


@dataclass(frozen=True, slots=True)
class RunningHeadEnd:
    """A head end that is ready."""

    port: int
    pid: int
    ready_s: float  # from the start of the process to the line on stdout that says it is ready

    @property
    def worker(self) -> int:
        """The process that answers; the one that was started only watches over it."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return int(children.split()[0])


@contextmanager
def head_end(core: int, directory: Path, meters: int, database: str | None = None) -> Iterator[RunningHeadEnd]:
    """`headend serve` with one worker, a new database in `directory` or the one whose URL is given, and defaults for
    everything else.
    """
    command = [
        str(Path(sysconfig.get_path("scripts")) / "headend"),
        *("serve", "--port", "0", "--meters", str(meters), "--workers", "1", "--log-level", "error"),
        *("--database", database or f"sqlite:///{directory / f'{meters}-{monotonic():.6f}.db'}"),
    ]
    started = monotonic()
    with _running(command, core, directory) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        ready_s = monotonic() - started
        port = urlsplit(base_url).port
        if port is None:
            raise NotStarted("headend serve ended without becoming ready; what it said is above")
        yield RunningHeadEnd(port, process.pid, ready_s)


@contextmanager
def nginx(executable: str, core: int, directory: Path) -> Iterator[int]:
    """nginx that serves the files of a directory with sendfile, in one process; gives its port."""
    port = free_port()
    settings = directory / "nginx.conf"
    settings.write_text(NGINX_SETTINGS.format(directory=directory, port=port))
    with _running([executable, "-c", str(settings)], core, directory) as process:
        wait_for_port(port, process)
        yield port


@contextmanager
def python_module(module: str, arguments: Sequence[str], core: int, port: int) -> Iterator[None]:
    """`python -m module`, once it listens on `port`."""
    interpreter = str(Path(sysconfig.get_path("scripts")) / "python")
    with _running([interpreter, "-m", module, *arguments], core, Path.cwd()) as process:
        wait_for_port(port, process)
        yield


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[str], timeout_s: float = 10.0) -> None:
    """Raises NotStarted if the process ends, or does not listen in time."""
    deadline = monotonic() + timeout_s
    while monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
            return
        except OSError:
            sleep(0.02)
    raise NotStarted(f"{process.args!r} does not listen on port {port}")


def peak_mb(pid: int) -> float:
    """The most memory that a process has had resident so far, in 10**6 bytes."""
    return _status_mb(pid, "VmHWM")


def resident_mb(*pids: int) -> float:
    """What processes have resident now, in 10**6 bytes; pages that they share count once for each."""
    return sum(_status_mb(pid, "VmRSS") for pid in pids)


def _status_mb(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024 / 1e6
    raise LookupError(f"/proc/{pid}/status has no {field}")


@contextmanager
def _running(command: Sequence[str], core: int, directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A process group on one core; nothing of it is left when the block ends, however it ends."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=directory,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
