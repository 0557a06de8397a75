"""`headend controls`: what meters were told to do, how far that has come, and taking it back."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from headend.cli.driving import driving
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url

app = typer.Typer(help="Controls: what meters were told to do, and what has come of it.", no_args_is_help=True)

Mrid = Annotated[str, typer.Argument(help="As `headend controls list` shows it.", metavar="MRID")]


class State(StrEnum):
    """How a control stands as a whole."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CLOSED = "closed"


@app.command("list")
def list_controls(
    meter: Annotated[str | None, typer.Option("--meter", help="Only those for this meter: mRID or name.")] = None,
    state: Annotated[State | None, typer.Option("--state", help="Only those that stand so.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, the newest.")] = 100,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """List controls, the newest first.

    Exit codes: 0 done; 1 refused, such as an unknown meter; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import console, print_json, remark, table

    with driving("controls list", url, timeout) as control:
        found = control.controls(limit, meter=meter, state=None if state is None else state.value)
    if json:
        print_json(found["controls"])
    else:
        made = table(None, "mRID", "Type", "Start", "State", "Devices")
        for one in found["controls"]:
            made.add_row(one["mrid"], one["mnemonic"], one["start"], one["state"], _devices(one))
        console().print(made)
    if (left_out := found["total"] - len(found["controls"])) > 0:
        remark("controls list", f"{left_out} older ones are left out; --limit shows more")


@app.command("show")
def show_control(mrid: Mrid, url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """Show what has come of a control at each device. Exit code 1: there is no such control."""
    with driving("controls show", url, timeout) as control:
        found = control.control(mrid)
    _print(found, json)


@app.command("cancel")
def cancel_control(mrid: Mrid, url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """Take a control back wherever it has not begun.

    Exit codes: 0 cancelled at one device at least; 1 it is too late, or there is no such control; 2 bad usage;
    3 nobody answers.
    """
    with driving("controls cancel", url, timeout) as control:
        found = control.cancel_control(mrid)
    _print(found, json)


def _print(found: dict[str, Any], json: bool) -> None:
    from headend.cli.output import console, print_json, table

    if json:
        print_json(found)
        return
    made = table(f"{found['mnemonic']} is {found['state']}: {_devices(found)}", "Meter", "State", "Event")
    for one in found["outcomes"]:
        made.add_row(one["meter_name"] or one["meter_mrid"], one["state"], one["event"] or "")
    console().print(made)


def _devices(control: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {state}" for state, count in control["devices"].items())
