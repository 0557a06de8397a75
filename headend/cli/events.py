"""`headend events`: what can happen at a device."""

from typing import Annotated

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.options import Json
from headend.cli.stopping import stop

app = typer.Typer(help="Events of devices.", no_args_is_help=True)


@app.callback()
def events() -> None:
    """Events of devices."""


@app.command("types")
def list_types(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT]",
            help="A group such as Tamper, a code, or a part of a name such as sag; otherwise all.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the event types of Annex E by group: code, name, how serious it is, and what ends what it begins.

    Any of these codes, names and groups can be given a rate in a fleet file (conditions, events). Exit code 1: there
    is no such type.
    """
    from headend.cli.output import console, print_json, table
    from headend.operations.event_texts import severity
    from simulator.cim.event_catalogue import UnknownEventType, find_events, listed_events

    try:
        found = listed_events() if text is None else find_events(text)
    except UnknownEventType as error:
        found = tuple(one for one in listed_events() if str(text).lower() in one.mnemonic.lower())
        if not found:
            stop("events types", error, ExitCode.CHECK_FAILED)
    rows = [
        {
            "code": one.of_device(one.usual_type).code,
            "name": one.mnemonic,
            "group": one.topic,
            "severity": severity(one.of_device(one.usual_type).code),
            "ends": None if one.ends_with is None else one.ends_with.of_device(one.usual_type).code,
        }
        for one in found
    ]
    if json:
        print_json(rows)
        return
    made = table(None, "Group", "Code", "Name", "Severity", "Ended by")
    for row in rows:
        made.add_row(row["group"], row["code"], row["name"], row["severity"], row["ends"] or "")
    console().print(made)
