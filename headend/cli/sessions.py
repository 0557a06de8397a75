"""`headend sessions`: the isolated sessions of a head end."""

from typing import Annotated

import typer

from headend.cli.driving import driving
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url

app = typer.Typer(
    help="Isolated sessions: every command takes `--url http://HOST:PORT/s/NAME` for the one called NAME.",
    no_args_is_help=True,
)


@app.command("list")
def list_sessions(url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """List the sessions that there are, and when each will be dropped if nobody calls it."""
    from headend.cli.output import console, print_json, table

    with driving("sessions list", url, timeout) as control:
        found = control.sessions()
    if json:
        print_json(found)
        return
    made = table(None, "Name", "Created", "Used", "Dropped after", "Differs in")
    for one in found:
        differs = ", ".join(f"{name} {value}" for name, value in one["settings"].items() if value is not None)
        made.add_row(
            one["name"], *(one[when][:19] for when in ("created", "used", "dropped_after")), differs or "nothing"
        )
    console().print(made)


@app.command("create")
def create_session(
    name: Annotated[str, typer.Argument(help="Letters, digits, '.', '_' and '-'.", metavar="NAME")],
    clock: Annotated[
        str | None, typer.Option(help="real, xN such as x60, or stepped[@ISO8601].", show_default="as the head end")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same data.", show_default="as the head end")] = None,
    meters: Annotated[int | None, typer.Option(help="Size of its fleet.", show_default="as the head end")] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
) -> None:
    """Make a session that differs from the head end; prints its base URL.

    One that does not differ need not be made: it comes to be when it is first called. Exit code 1: there is one of that
    name already, or there are too many.
    """
    with driving("sessions create", url, timeout) as control:
        made = control.create_session(name, clock=clock, seed=seed, meters=meters)
    typer.echo(f"{url.rstrip('/')}{made['path']}")


@app.command("drop")
def drop_session(
    name: Annotated[str, typer.Argument(help="As `headend sessions list` shows it.", metavar="NAME")],
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
) -> None:
    """Take a session away with all that it knows. Exit code 1: there is no such one."""
    with driving("sessions drop", url, timeout) as control:
        control.drop_session(name)
    typer.echo(f"session {name} is dropped")
