"""Plays a tour from its first step to its report."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.text import Text

from headend.client import ClientError
from headend.demo.account import Account
from headend.demo.report import report_html
from headend.demo.stage import METERS, START, Stage, open_stage
from headend.demo.telling import Teller
from headend.demo.tour import Step
from simulator.clock import Clock

REPORT_NAME = "report.html"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How a tour is told, and what it leaves behind."""

    directory: Path
    """Takes the report; made if it does not exist."""
    show_xml: bool = False
    keep: bool = False
    """Leave databases and log of the head end beside the report, in a directory of their own."""


def play_demo(steps: Sequence[Step], options: DemoOptions, console: Console, machine: Clock) -> bool:
    """Whether every step was as it should be. Whatever was started is stopped, also where this raises.

    Raises DidNotStart, or OSError for a directory that cannot be written.
    """
    began = machine.now()
    options.directory.mkdir(parents=True, exist_ok=True)
    teller = Teller(console, options.show_xml)
    account = Account(teller.title, teller.tell)
    with ExitStack() as closing:
        workplace = closing.enter_context(_workplace(options))
        with console.status("starting a head end and a receiver"):
            stage = closing.enter_context(open_stage(workplace, machine, account.exchanged))
        console.print(f"head end   {stage.base_url}, {METERS} meters")
        console.print(f"clock      {START:%Y-%m-%d %H:%M} UTC; it moves only when the tour moves it")
        console.print(f"receiver   {stage.receiver_url}")
        for step in steps:
            _play(step, stage, account)
        if options.keep:
            console.print(Text(f"\nkept       {workplace}"))
    report = options.directory / REPORT_NAME
    report.write_text(report_html(account.chapters, version("headend")), "utf-8")
    teller.summary(account.chapters, (machine.now() - began).total_seconds())
    console.print(Text(f"report     {report}"), soft_wrap=True)
    return account.passed


def _play(step: Step, stage: Stage, account: Account) -> None:
    """One step. That a call gets no reply is a finding like any other; a bug of ours is not, and ends the tour."""
    account.begin(step.title)
    try:
        step.play(stage, account)
    except ClientError as error:
        account.failed("every call gets a reply", "a reply", str(error))


@contextmanager
def _workplace(options: DemoOptions) -> Iterator[Path]:
    """Where databases and log are while the tour plays: always fresh, so that no earlier tour shows in this one."""
    if options.keep:
        yield Path(tempfile.mkdtemp(prefix="state-", dir=options.directory))
        return
    with tempfile.TemporaryDirectory(prefix="headend-demo-") as directory:
        yield Path(directory)
