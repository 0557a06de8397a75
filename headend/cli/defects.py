"""`headend defects`: the readings of a meter go wrong, and right again."""

from typing import Annotated

import typer

from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import stop

app = typer.Typer(help="Defects: let readings of a meter go wrong, and right again.", no_args_is_help=True)


@app.command("add")
def add_defect(
    meter: Annotated[str, typer.Argument(help="mRID or name.", metavar="METER")],
    kind: Annotated[str, typer.Argument(help="Such as gap, spike or stuck; see docs/defects.md.", metavar="KIND")],
    start: Annotated[str, typer.Option("--start", help="Instant with its zone, past or future.")],
    end: Annotated[
        str | None, typer.Option("--end", help="Instant with its zone.", show_default="a second later")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", help="A number of the kind; may be repeated.", metavar="NAME=N")
    ] = None,
    unmarked: Annotated[bool, typer.Option("--unmarked", help="Leave out the ReadingQualities.")] = False,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Let something go wrong with a meter's readings; prints the defect's mRID and says what it does.

    Exit codes: 0 done; 1 refused, such as an unknown meter or kind; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json, remark

    numbers: dict[str, int] = {}
    for text in parameter or ():
        name, _, number = text.partition("=")
        try:
            numbers[name] = int(number)
        except ValueError:
            stop("defects add", f"--parameter: {text!r} is no NAME=N with a whole number", ExitCode.BAD_USAGE)
    with driving("defects add", url, timeout) as control:
        made = control.add_defect(meter, kind, start, end=end, parameters=numbers, marked=not unmarked)
    if json:
        print_json(made)
    else:
        typer.echo(made["mrid"])
        remark("defects add", made["explanation"])


@app.command("list")
def list_defects(
    meter: Annotated[str | None, typer.Option("--meter", help="Only those of this meter: mRID or name.")] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """List what was put into the readings of meters."""
    from headend.cli.output import console, print_json, table

    with driving("defects list", url, timeout) as control:
        found = control.defects(meter)
    if json:
        print_json(found)
        return
    made = table(None, "mRID", "Meter", "What it does")
    for one in found:
        made.add_row(one["mrid"], one["meter_name"], one["explanation"])
    console().print(made)


@app.command("remove")
def remove_defect(
    mrid: Annotated[str, typer.Argument(help="As `headend defects list` shows it.", metavar="MRID")],
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
) -> None:
    """Make readings right again. Exit code 1: there is no such defect."""
    with driving("defects remove", url, timeout) as control:
        control.remove_defect(mrid)
