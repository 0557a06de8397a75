"""The root of the command line; each command imports what it needs when it runs, so that `--help` is quick."""

from typing import Annotated

import typer

from headend.cli.serve import serve

app = typer.Typer(
    name="headend",
    help="A metering head end for IEC 61968-9:2013 over SOAP, with a simulated fleet behind it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    """A metering head end for IEC 61968-9:2013 over SOAP, with a simulated fleet behind it."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(installed("headend"))
        raise typer.Exit


def main() -> None:
    """Entry point of the console script."""
    app()
