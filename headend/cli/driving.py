"""A client of the control API for one command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from headend.cli.calling import check_url, seconds
from headend.cli.exit_codes import ExitCode
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from headend.client import ControlClient

_OF_THE_HEAD_END = 500
"""From this status on it is not the request that is wrong."""


@contextmanager
def driving(command: str, url: str, timeout: str) -> Iterator["ControlClient"]:
    """A client for the block. Ends the command: 1 where the head end says no, 2 for a bad option, 3 out of reach."""
    from headend.client import ClientError, ControlClient, ControlRefused

    check_url(command, url)
    timeout_s = seconds(command, "--timeout", timeout)
    try:
        with ControlClient(url, timeout_s=timeout_s) as client:
            yield client
    except ControlRefused as refused:
        stop(command, refused, ExitCode.CHECK_FAILED if refused.status < _OF_THE_HEAD_END else ExitCode.UNREACHABLE)
    except ClientError as error:
        stop(command, error, ExitCode.UNREACHABLE)
