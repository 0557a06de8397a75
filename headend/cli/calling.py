"""A client for one command."""

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from headend.cli.exit_codes import ExitCode
from headend.cli.stopping import stop
from headend.cli.times import InvalidTime, parse_seconds

if TYPE_CHECKING:
    from headend.client import HeadEndClient


def open_client(command: str, url: str, timeout: str) -> "HeadEndClient":
    """A client on the machine's clock, whose MessageIDs no other command uses. Ends the command for a bad option."""
    from headend.client import HeadEndClient, unique_ids
    from simulator.clock import RealClock

    check_url(command, url)
    clock = RealClock()
    timeout_s = seconds(command, "--timeout", timeout)
    return HeadEndClient(url, clock, unique_ids(clock.now(), os.getpid()), timeout_s=timeout_s)


def check_url(command: str, url: str, option: str = "--url") -> None:
    """Ends the command for what is no base URL."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, a bracket that is not closed
        usable = False
    if not usable:
        stop(command, f"{option}: {url!r} is no base URL such as http://127.0.0.1:8080", ExitCode.BAD_USAGE)


def seconds(command: str, option: str, text: str) -> float:
    """The value of an option that is a duration. Ends the command for anything else."""
    try:
        return parse_seconds(text)
    except InvalidTime as error:
        stop(command, f"{option}: {error}", ExitCode.BAD_USAGE)
