"""A head end as a process of its own, started and surely stopped."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from headend.config import environment_without_settings

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


class DidNotStart(Exception):
    """`headend serve` ended, or said nothing in time; the message has the end of its log."""


@contextmanager
def head_end_process(flags: Sequence[str], log: Path) -> Iterator[str]:
    """Runs `headend serve` with these flags until the block ends, whatever ends it; gives its base URL.

    Settings in the environment do not count: the flags are all it is told. log: takes its stderr. Raises DidNotStart.
    """
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "headend", "serve", *flags],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=environment_without_settings(),
            # A group of its own: Ctrl-C on the terminal reaches us alone, and we stop it in order.
            start_new_session=True,
        )
    try:
        yield _base_url(process, log)
    finally:
        _stop(process)


def _base_url(process: "subprocess.Popen[str]", log: Path) -> str:
    # Reading blocks for ever where nothing comes; then this ends the process, and with it the pipe.
    watchdog = threading.Timer(START_TIMEOUT_S, process.terminate)
    watchdog.start()
    try:
        line = process.stdout.readline().strip() if process.stdout is not None else ""
    finally:
        watchdog.cancel()
    if not line.startswith("http"):
        raise DidNotStart("headend serve did not start: " + log.read_text("utf-8", "replace")[-2000:].strip())
    return line


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        # Its workers are in its group, too.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        if process.stdout is not None:
            process.stdout.close()
