"""The root of the command line; each command imports what it needs when it runs, so that `--help` is quick."""

from typing import Annotated

import typer

from headend.cli import (
    clock,
    conformance,
    contract_files,
    controls,
    defects,
    deliveries,
    events,
    faults,
    fleet,
    journal,
    meters,
    orderings,
    outage,
    schedules,
    sessions,
    settings_file,
    subscriptions,
)
from headend.cli.connect import connect, disconnect
from headend.cli.corpus import corpus
from headend.cli.coverage import coverage
from headend.cli.demo import demo_command, whole_tour
from headend.cli.lint import lint
from headend.cli.mdm import mdm
from headend.cli.read import read
from headend.cli.ready import ready
from headend.cli.reset import reset
from headend.cli.run import run
from headend.cli.serve import serve
from headend.cli.truth import truth
from headend.cli.validate import validate

app = typer.Typer(
    name="headend",
    help="A metering head end for IEC 61968-9:2013 over SOAP, with a simulated fleet behind it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # else the lines of the source's docstrings break the lines of the help
)
_RUN, _CALL, _DRIVE, _FILES = "Run", "Call a head end", "Drive a head end", "Look and prepare"
app.command(rich_help_panel=_RUN)(serve)
app.command("demo", rich_help_panel=_RUN)(demo_command(whole_tour))
app.command(rich_help_panel=_RUN)(mdm)
app.command(rich_help_panel=_RUN)(run)
app.command(rich_help_panel=_CALL)(read)
app.command(rich_help_panel=_CALL)(disconnect)
app.command(rich_help_panel=_CALL)(connect)
app.command(rich_help_panel=_CALL)(ready)
app.add_typer(conformance.app, name="conformance", rich_help_panel=_CALL)
app.add_typer(clock.app, name="clock", rich_help_panel=_DRIVE)
app.command(rich_help_panel=_DRIVE)(reset)
app.add_typer(outage.app, name="outage", rich_help_panel=_DRIVE)
app.add_typer(events.app, name="events", rich_help_panel=_DRIVE)
app.add_typer(controls.app, name="controls", rich_help_panel=_DRIVE)
app.add_typer(defects.app, name="defects", rich_help_panel=_DRIVE)
app.add_typer(deliveries.app, name="deliveries", rich_help_panel=_DRIVE)
app.add_typer(subscriptions.app, name="subscriptions", rich_help_panel=_DRIVE)
app.add_typer(orderings.app, name="orderings", rich_help_panel=_DRIVE)
app.add_typer(faults.app, name="faults", rich_help_panel=_DRIVE)
app.add_typer(schedules.app, name="schedules", rich_help_panel=_DRIVE)
app.add_typer(journal.app, name="journal", rich_help_panel=_DRIVE)
app.command(rich_help_panel=_DRIVE)(coverage)
app.add_typer(sessions.app, name="sessions", rich_help_panel=_DRIVE)
app.add_typer(meters.app, name="meters", rich_help_panel=_FILES)
app.add_typer(fleet.app, name="fleet", rich_help_panel=_FILES)
app.command(rich_help_panel=_FILES)(corpus)
app.command(rich_help_panel=_FILES)(truth)
app.command(rich_help_panel=_FILES)(validate)
app.command(rich_help_panel=_FILES)(lint)
app.add_typer(contract_files.app, name="wsdl", rich_help_panel=_FILES)
app.command(rich_help_panel=_FILES)(settings_file.init)
app.add_typer(settings_file.app, name="config", rich_help_panel=_FILES)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("headend"))
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """A metering head end for IEC 61968-9:2013 over SOAP, with a simulated fleet behind it."""


def main() -> None:
    """Entry point of the console script."""
    app()
