"""`headend outage`: nodes of the simulated network fail and come back."""

from typing import Annotated, Any

import typer

from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import stop

app = typer.Typer(help="Outages: let a part of the network fail, and come back.", no_args_is_help=True)


@app.command("start")
def start_outage(
    node: Annotated[
        str, typer.Argument(help="Substation, feeder, transformer, usage point or meter: mRID or name.", metavar="NODE")
    ],
    duration: Annotated[
        str | None, typer.Option("--duration", help="Such as 45m; without it, it lasts until it is ended.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="Instant with its zone.", show_default="the fleet's now")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", help="It comes back in so many parts.")] = 1,
    every_s: Annotated[int, typer.Option("--every", help="Seconds between two parts.", metavar="SECONDS")] = 0,
    realistic: Annotated[
        bool, typer.Option("--realistic", help="Meters tell of it as over radio: some late, some never.")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Kept with the outage.")] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Let a node of the network fail; prints the outage's mRID.

    Exit codes: 0 done; 1 refused, such as an unknown node; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json, remark
    from headend.cli.times import InvalidTime, parse_span

    try:
        span = None if duration is None else parse_span(duration)
    except InvalidTime as error:
        stop("outage start", f"--duration: {error}", ExitCode.BAD_USAGE)
    how: dict[str, Any] = {"steps": steps, "every_s": every_s, "reporting": "realistic" if realistic else "prompt"}
    with driving("outage start", url, timeout) as control:
        outage = control.start_outage(node, start=start, duration=span, reason=reason, **how)
    if json:
        print_json(outage)
    else:
        typer.echo(outage["mrid"])
        remark("outage start", f"{outage['node']['class']} {outage['node']['name']}: {outage['node']['meters']} meters")


@app.command("end")
def end_outage(
    mrid: Annotated[str, typer.Argument(help="As `headend outage list` shows it.", metavar="MRID")],
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Let restoration begin now. Exit code 1: there is no such outage, or it has begun already."""
    from headend.cli.output import print_json

    with driving("outage end", url, timeout) as control:
        outage = control.end_outage(mrid)
    if json:
        print_json(outage)
    elif outage is None:
        typer.echo(f"outage {mrid} had not begun, and never was")
    else:
        typer.echo(f"outage {mrid}: power is back at {outage['restored']}")


@app.command("list")
def list_outages(url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """List all outages, those that are over, too."""
    from headend.cli.output import console, print_json, table

    with driving("outage list", url, timeout) as control:
        found = control.outages()
    if json:
        print_json(found)
        return
    made = table(None, "mRID", "Node", "Meters", "From", "Restored", "Reason", numbers=["Meters"])
    for one in found:
        node = one["node"]
        made.add_row(
            one["mrid"],
            f"{node['class']} {node['name']}",
            str(node["meters"]),
            one["start"],
            one["restored"] or "lasts",
            one["reason"] or "",
        )
    console().print(made)
