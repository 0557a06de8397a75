"""The head end as processes: granian's workers on one port, each with the whole head end in it."""

import atexit
import gc
import http.client
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from headend.compose import open_head_end
from headend.config import Settings
from headend.open_files import allow_open_files
from headend.soap.application import WsgiApp

READY_ATTEMPTS = 1200
READY_INTERVAL_S = 0.025

_LOGS_AS_OURS = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"level": "ERROR"}, "granian.access": {"level": "WARNING"}},
}
"""Granian's own handlers would log to stdout, which is for data."""


class CannotStart(Exception):
    """The head end cannot be started; the message says why."""


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Run until a signal stops it. `announce` gets the base URL as soon as requests are answered.

    Raises CannotStart where the port is taken, and whatever `open_head_end` raises.
    """
    allow_open_files(settings.most_sessions)
    # Once here, so that what is wrong is said once and not by each worker. The workers are forks of this process
    # and find everything imported; what is open they open themselves.
    with closing(open_head_end(settings)) as first:
        first.journal.open()
    with closing(_reserve(settings.host, settings.port)) as reserved:
        port = reserved.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        server = _AnnouncingServer(
            "headend",
            address=settings.host,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.workers,
            blocking_threads=settings.threads,
            http=HTTPModes.http1,
            log_level=LogLevels.error,
            log_dictconfig=_LOGS_AS_OURS,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
        )
        server.on_ready = lambda: announce(f"http://{host}:{port}")
        server.serve(target_loader=_Worker(settings), wrap_loader=False)


@dataclass(frozen=True, slots=True)
class _Worker:
    """Opens the head end inside a worker process."""

    settings: Settings

    def __call__(self) -> WsgiApp:
        head_end = open_head_end(self.settings, on_control_made=gc.freeze)
        head_end.start()
        atexit.register(head_end.close)
        # What is loaded by now stays. Spyne collects garbage once a second, in the middle of a request: half a
        # millisecond for what requests leave behind, fifty if everything was looked at.
        gc.freeze()
        return head_end.wsgi


class _AnnouncingServer(MPServer):
    """Says when the first worker answers. The thread that watches starts after the forks: they must not copy it."""

    on_ready: Callable[[], None]

    def startup(self, *args: Any, **kwargs: Any) -> None:
        super().startup(*args, **kwargs)  # type: ignore[no-untyped-call]  # granian's types stop here
        threading.Thread(target=self._watch, name="announce", daemon=True).start()

    def _watch(self) -> None:
        for _ in range(READY_ATTEMPTS):
            if is_ready(self.bind_addr, self.bind_port):
                self.on_ready()
                return
            self.main_loop_interrupt.wait(READY_INTERVAL_S)
        logging.getLogger(__name__).error("no worker answered in %g s", READY_ATTEMPTS * READY_INTERVAL_S)


def is_ready(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Whether a head end at this address answers that it is ready."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _reserve(host: str, port: int) -> socket.socket:
    """A bound socket that never listens: it keeps a free port ours until the workers share it (SO_REUSEPORT).

    Without sharing at first: else a second head end on the same port would start, and both would get requests.
    Raises CannotStart.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            chosen = probe.getsockname()[1]
        reserved = socket.socket(family, socket.SOCK_STREAM)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, chosen))
    except OSError as error:
        raise CannotStart(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return reserved
