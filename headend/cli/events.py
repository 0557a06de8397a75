"""`headend events`: what can happen at a device, what did, and what shall."""

from typing import Annotated, Any

import typer

from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import stop

app = typer.Typer(help="Events of meters: let them happen, list them.", no_args_is_help=True)

Group = Annotated[
    str | None, typer.Option("--group", help="Template, substation, feeder or transformer: mRID or name.")
]


@app.command("send")
def send_events(
    event_type: Annotated[
        str,
        typer.Argument(help="3.12.0.257, *.12.0.257 or Security.-.TamperDetected.", metavar="TYPE", show_default=False),
    ],
    meters: Annotated[list[str] | None, typer.Argument(help="mRIDs or names.", metavar="METER...")] = None,
    group: Group = None,
    created: Annotated[
        str | None, typer.Option("--created", help="Instant with its zone.", show_default="the fleet's now")
    ] = None,
    severity: Annotated[str | None, typer.Option("--severity", show_default="as usual for the type")] = None,
    reason: Annotated[str | None, typer.Option("--reason", show_default="as usual for the type")] = None,
    detail: Annotated[
        list[str] | None, typer.Option("--detail", help="EndDeviceEventDetails; may be repeated.", metavar="NAME=VALUE")
    ] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Let an event happen at meters; it is kept, listed and published like any other. Prints how many there are.

    Exit codes: 0 done; 1 refused, or one of the meters is unknown; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json, remark

    pairs = [one.partition("=") for one in detail or ()]
    if wrong := next((name for name, sign, _ in pairs if not (name and sign)), None):
        stop("events send", f"--detail: {wrong!r} is no NAME=VALUE", ExitCode.BAD_USAGE)
    how: dict[str, Any] = {"created": created, "severity": severity, "reason": reason}
    with driving("events send", url, timeout) as control:
        made = control.send_events(
            event_type,
            meters or (),
            groups=[group] if group else None,
            details={name: value for name, _, value in pairs},
            **how,
        )
    if json:
        print_json(made)
    else:
        typer.echo(f"{made['count']}")
    for sentence in (*made["warnings"], *made["unknown"]):
        remark("events send", sentence)
    if made["unknown"]:
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command("list")
def list_events(
    meter: Annotated[str | None, typer.Option("--meter", help="Only those of this meter: mRID or name.")] = None,
    group: Group = None,
    event_type: Annotated[str | None, typer.Option("--type", help="Code, 0 or * for any, or name.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Instant.", show_default="45 days ago")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Instant.", show_default="now")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The latest so many.")] = 20,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """List the latest events, caused or by themselves, oldest first."""
    from headend.cli.output import console, event_words, print_json, remark, table

    with driving("events list", url, timeout) as control:
        found = control.events(limit, meter=meter, group=group, type=event_type, from_=start, until=until)
    if json:
        print_json(found["events"])
    else:
        made = table(None, "Time", "Meter", "Code", "Event")
        for one in found["events"]:
            words = event_words(one["words"], one["EndDeviceEventDetails"].items())
            name = one["Asset"]["name"] or one["Asset"]["mRID"]
            made.add_row(one["createdDateTime"], name, one["EndDeviceEventType"], words)
        console().print(made)
    if found["total"] > len(found["events"]):
        remark("events list", f"the latest {len(found['events'])} of {found['total']}; --limit shows more")


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
    from headend.operations.events.event_texts import severity
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
