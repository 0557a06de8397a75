"""`headend orderings`: what the head end does wrong when it sends."""

from typing import Annotated

import typer

from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.mischief_words import acted, named
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import stop

app = typer.Typer(
    help="Nasty orderings: let what the head end sends come late, twice, never, out of order.", no_args_is_help=True
)


@app.command("add")
def add_ordering(
    kind: Annotated[str, typer.Argument(help="Such as late, twice or never; see docs/orderings.md.", metavar="KIND")],
    noun: Annotated[str | None, typer.Option(help="Only of this noun.", show_default="any")] = None,
    verb: Annotated[str | None, typer.Option(help="Only with this verb, such as reply.", show_default="any")] = None,
    meter: Annotated[str | None, typer.Option(help="Only about this meter: mRID or name.", show_default="any")] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Only messages to this URL.", metavar="URL", show_default="any")
    ] = None,
    correlation_id: Annotated[
        str | None, typer.Option(help="Only with this CorrelationID.", metavar="ID", show_default="any")
    ] = None,
    delay: Annotated[str | None, typer.Option(help="Such as 90s, 15m, 1h.", show_default="that of the kind")] = None,
    times: Annotated[int | None, typer.Option(min=1, help="How often it acts.", show_default="always")] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Let something go wrong with what leaves from now on; prints the ordering's mRID.

    Exit codes: 0 done; 1 refused, such as an unknown meter or kind; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json
    from headend.cli.times import InvalidTime, parse_span

    try:
        span = None if delay is None else parse_span(delay)
    except InvalidTime as error:
        stop("orderings add", f"--delay: {error}", ExitCode.BAD_USAGE)
    match = {"noun": noun, "verb": verb, "meter": meter, "destination": to, "correlation_id": correlation_id}
    with driving("orderings add", url, timeout) as control:
        made = control.add_ordering(kind, match, span, times)
    if json:
        print_json(made)
    else:
        typer.echo(made["mrid"])


@app.command("list")
def list_orderings(url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """List what goes wrong on demand, and how often each has acted."""
    from headend.cli.output import console, print_json, table

    with driving("orderings list", url, timeout) as control:
        found = control.orderings()
    if json:
        print_json(found)
        return
    made = table(None, "mRID", "Kind", "Of what", "Delay (s)", "Acted", numbers=["Delay (s)"])
    for one in found:
        of_what = named(one["match"]) or "everything"
        made.add_row(one["mrid"], one["kind"], of_what, f"{one['delay_s']:g}", acted(one))
    console().print(made)


@app.command("remove")
def remove_ordering(
    mrid: Annotated[
        str | None, typer.Argument(help="As `headend orderings list` shows it.", metavar="MRID", show_default="all")
    ] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
) -> None:
    """Forget an ordering, or all of them; what it has done to messages stays. Exit code 1: there is no such one."""
    with driving("orderings remove", url, timeout) as control:
        control.remove_ordering(mrid)
    typer.echo("all orderings are forgotten" if mrid is None else f"ordering {mrid} is forgotten")
