"""`headend subscriptions`: who is told of what happens."""

from pathlib import Path
from typing import Annotated, Any

import typer

from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import stop

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
    made = table(None, "mRID", "Noun", "Wanted", "From", "URL")
    for one in found:
        made.add_row(one["mrid"], one["noun"], _in_words(one), one["created"] or one["origin"], one["url"])
    console().print(made)


@app.command("add")
def add_subscription(
    receiver: Annotated[str, typer.Argument(help="URL of a Receive service.", metavar="RECEIVER")],
    noun: Annotated[str, typer.Option(help="What is published to it, such as MeterReadings.")] = "EndDeviceEvents",
    meter: Annotated[
        list[str] | None, typer.Option("--meter", help="Only of this meter: mRID or name; may be repeated.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", help="Only of this group's meters; may be repeated.")
    ] = None,
    reading_type: Annotated[
        list[str] | None, typer.Option("--reading-type", help="18 numbers, 0 or * for any; may be repeated.")
    ] = None,
    event_type: Annotated[
        list[str] | None, typer.Option("--event-type", help="Such as 3.26.*.85, or a name; may be repeated.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", help="MeterReadings: what meters collect by themselves, such as PT15M or P1D."),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", help="Meters, events or objects a message.", show_default="1000")
    ] = None,
    compressed: Annotated[bool, typer.Option("--compressed", help="Send Payload/Compressed.")] = False,
    soap_version: Annotated[str, typer.Option("--soap-version", help="1.1 is what is served.")] = "1.1",
    credentials: Annotated[
        Path | None,
        typer.Option(
            "--credentials", help="YAML file with user and password, bearer, or headers: none on a command line."
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Tell one more receiver of what happens to objects of a noun, from now on; prints the subscription's mRID.

    Exit codes: 0 done; 1 refused, such as an unknown meter; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json

    wanted = {
        "meters": meter or None,
        "groups": group or None,
        "reading_types": reading_type or None,
        "event_types": event_type or None,
        "every": every,
        "batch_size": batch_size,
        "format": "compressed" if compressed else None,
        "soap_version": soap_version,
        "credentials": None if credentials is None else _credentials(credentials),
    }
    with driving("subscriptions add", url, timeout) as control:
        made = control.subscribe(receiver, noun, **wanted)
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


def _credentials(file: Path) -> Any:
    """What a file holds. A mistake in it is told without quoting it."""
    import yaml

    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        stop("subscriptions add", f"{file}: {error.strerror}", ExitCode.BAD_USAGE)
    except (yaml.YAMLError, UnicodeDecodeError):
        stop("subscriptions add", f"{file} is no YAML in UTF-8", ExitCode.BAD_USAGE)


def _in_words(one: dict[str, Any]) -> str:
    """What a subscription leaves out, and when it is told."""
    words = [*one["meters"], *one["groups"], *one["reading_types"], *one["event_types"]]
    words += [f"every {one['every']}"] if one["every"] else []
    return ", ".join(words) or "everything"
