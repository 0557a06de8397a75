"""`headend deliveries`: what the head end sends, and what came of it."""

from enum import StrEnum
from typing import Annotated

import typer

from headend.cli.driving import driving
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url

app = typer.Typer(help="What the head end sends: list it, send it again, drop it.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(help="As `headend deliveries list` shows it.", metavar="ID", min=1)]


class State(StrEnum):
    """As headend.store.MessageState, without waiting for the database's library."""

    PENDING = "pending"
    RETRYING = "retrying"
    IN_FLIGHT = "in_flight"
    DELIVERED = "delivered"
    DEAD = "dead"


@app.command("list")
def list_deliveries(
    state: Annotated[State | None, typer.Option("--state", help="Only those of this state.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Only those to this URL.", metavar="URL")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """List messages that wait, are being sent, arrived or were given up (dead), in the order of sending."""
    from itertools import islice

    from headend.cli.output import console, print_json, remark, table

    with driving("deliveries list", url, timeout) as control:
        found = list(islice(control.deliveries(state, to), limit + 1))
    shown = found[:limit]
    if json:
        print_json(shown)
    else:
        made = table(None, "Id", "State", "Message", "To", "Attempts", "Created", "Remarks", numbers=["Id"])
        for one in shown:
            deviation = one["deviation"]
            remarks = (None if deviation is None else f"{deviation['kind']} by {deviation['cause']}", one["last_error"])
            about = (one["destination"], str(one["attempts"]), one["created"], "; ".join(filter(None, remarks)))
            made.add_row(str(one["id"]), one["state"], f"{one['verb']} {one['noun']}", *about)
        console().print(made)
    if len(found) > limit:
        remark("deliveries list", f"the first {limit}; --limit shows more")


@app.command("show")
def show_delivery(delivery: Id, url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """Show a message with all that came of it, also what its receiver answered. Exit code 1: there is none."""
    from headend.cli.output import console, print_json, table

    with driving("deliveries show", url, timeout) as control:
        found = control.delivery(delivery)
    if json:
        print_json(found)
        return
    made = table(f"{found['verb']} {found['noun']}", "Field", "Value")
    for name, value in found.items():
        made.add_row(name.replace("_", " "), "" if value is None else str(value))
    console().print(made)


@app.command("retry")
def retry_delivery(delivery: Id, url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """Send a message now that waits for its retry, or was given up. Exit code 1: it can not be sent again."""
    from headend.cli.output import print_json

    with driving("deliveries retry", url, timeout) as control:
        message = control.retry_delivery(delivery)
    if json:
        print_json(message)
    else:
        typer.echo(f"delivery {delivery} is sent again to {message['destination']}")


@app.command("drop")
def drop_delivery(delivery: Id, url: Url = DEFAULT_URL, timeout: Timeout = "60s") -> None:
    """Forget a message; what was not sent never will be. Exit code 1: there is none, or it is being sent."""
    with driving("deliveries drop", url, timeout) as control:
        control.drop_delivery(delivery)
    typer.echo(f"delivery {delivery} is forgotten")
