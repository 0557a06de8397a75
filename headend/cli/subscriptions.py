"""`headend subscriptions`: who is told of what happens."""

from typing import Annotated

import typer

from headend.cli.driving import driving
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url

app = typer.Typer(help="Who is told of what happens, while the head end runs.", no_args_is_help=True)


@app.command("list")
def list_subscriptions(url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """List everybody who is told, by the settings or since."""
    from headend.cli.output import console, print_json, table

    with driving("subscriptions list", url, timeout) as control:
        found = control.subscriptions()
    if json:
        print_json(found)
        return
    made = table(None, "mRID", "Noun", "From", "URL")
    for one in found:
        made.add_row(one["mrid"], one["noun"], one["created"] or one["origin"], one["url"])
    console().print(made)


@app.command("add")
def add_subscription(
    receiver: Annotated[str, typer.Argument(help="URL of a Receive service.", metavar="RECEIVER")],
    noun: Annotated[str, typer.Option(help="What is published to it, such as MeterReadings.")] = "EndDeviceEvents",
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Tell one more receiver of what happens to objects of a noun, from now on; prints the subscription's mRID."""
    from headend.cli.output import print_json

    with driving("subscriptions add", url, timeout) as control:
        made = control.subscribe(receiver, noun)
    if json:
        print_json(made)
    else:
        typer.echo(made["mrid"])


@app.command("remove")
def remove_subscription(
    mrid: Annotated[str, typer.Argument(help="As `headend subscriptions list` shows it.", metavar="MRID")],
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
) -> None:
    """Tell a receiver no more. Exit code 1: there is no such subscription, or the settings have it."""
    with driving("subscriptions remove", url, timeout) as control:
        control.unsubscribe(mrid)
    typer.echo(f"subscription {mrid} has ended")
