"""`headend demo`: the whole tour, self-contained, in a few seconds."""

import signal
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from headend.demo.tour import Step

_PIPE_WIDTH = 100
"""An account is prose: longer lines do not read well."""


def demo_command(steps: "Callable[[], Sequence[Step]]") -> Callable[..., None]:
    """The command that plays these steps; they are asked for when it runs."""

    def demo(
        show_xml: Annotated[bool, typer.Option("--show-xml", help="Print the messages, too.")] = False,
        report: Annotated[
            Path | None, typer.Option("--report", help="Directory of the report.", show_default="a new temporary one")
        ] = None,
        keep: Annotated[
            bool, typer.Option("--keep", help="Keep database and log of the head end beside the report.")
        ] = False,
    ) -> None:
        """Play a tour: head end, receiver and client, from the first read to a disconnect and its event.

        Starts what it needs on free ports, checks every step, writes a report, and stops everything again.

        Exit codes: 0 every step was as it should be; 1 one was not; 3 the head end could not be started.
        """
        from headend.cli.output import console
        from headend.demo.head_end_process import DidNotStart
        from headend.demo.play import DemoOptions, play_demo
        from simulator.clock import RealClock

        # Ends by an exception, as Ctrl-C does, so that what was started is stopped.
        signal.signal(signal.SIGTERM, _terminated)
        try:
            directory = Path(tempfile.mkdtemp(prefix="headend-demo-")) if report is None else report
            passed = play_demo(steps(), DemoOptions(directory, show_xml, keep), console(_PIPE_WIDTH), RealClock())
        except DidNotStart as error:
            stop("demo", error, ExitCode.UNREACHABLE)
        except OSError as error:
            stop("demo", f"{error.filename or report}: {error.strerror or error}", ExitCode.BAD_USAGE)
        raise typer.Exit(ExitCode.OK if passed else ExitCode.CHECK_FAILED)

    return demo


def whole_tour() -> "Sequence[Step]":
    """The steps of `headend demo`."""
    from headend.demo.tour import TOUR

    return TOUR


def _terminated(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
