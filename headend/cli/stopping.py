"""How a command ends that cannot do what it should: one sentence on stderr, and an exit code."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from headend.cli.exit_codes import ExitCode


def stop(command: str, sentence: object, code: ExitCode) -> NoReturn:
    """Say on stderr why `command` ends, and end it."""
    typer.echo(f"headend {command}: {sentence}", err=True)
    raise typer.Exit(code)


@contextmanager
def client_errors(command: str) -> Iterator[None]:
    """Ends the command where a client raises: 3 if nobody answers in our language, 1 for a fault, 2 for bad values."""
    from headend.client.errors import ClientError, FaultReceived, NotSendable

    try:
        yield
    except FaultReceived as fault:
        stop(command, fault, ExitCode.CHECK_FAILED)
    except NotSendable as error:
        stop(command, error, ExitCode.BAD_USAGE)
    except ClientError as error:
        stop(command, error, ExitCode.UNREACHABLE)


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Gives whether somebody has pressed Ctrl-C, for whoever would begin to wait anew. KeyboardInterrupt is raised as
    ever, but gets lost where it hits a destructor, such as that of the last answer.
    """
    pressed = threading.Event()

    def interrupt(_number: int, _frame: object) -> None:
        pressed.set()
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # whoever ignores it has his reasons
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """A pipeline that is cancelled sends SIGTERM; what was started is stopped, and there is a report all the same."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
