"""`headend faults`: what the head end breaks, on demand."""

from typing import Annotated, Any

import typer

from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.mischief_words import acted, named
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import stop

app = typer.Typer(
    help="Faults: let answers and messages break, or what carries them: statuses, resets, bad XML, old data.",
    no_args_is_help=True,
)

_WHERE = "On what it acts"
_HOW = "What single kinds take"


@app.command("add")
def add_fault(
    kind: Annotated[
        str, typer.Argument(help="Such as http-status, reset or malformed-xml; see docs/faults.md.", metavar="KIND")
    ],
    direction: Annotated[
        str | None,
        typer.Option(
            help="answer: in a call; message: what it sends by itself.",
            metavar="answer|message",
            show_default="any",
            rich_help_panel=_WHERE,
        ),
    ] = None,
    service: Annotated[
        str | None, typer.Option(help="Only answers of this service.", show_default="any", rich_help_panel=_WHERE)
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="Only answers to this operation.", show_default="any", rich_help_panel=_WHERE)
    ] = None,
    noun: Annotated[
        str | None, typer.Option(help="Only of this noun.", show_default="any", rich_help_panel=_WHERE)
    ] = None,
    verb: Annotated[
        str | None,
        typer.Option(help="Only with this verb, such as reply.", show_default="any", rich_help_panel=_WHERE),
    ] = None,
    meter: Annotated[
        str | None,
        typer.Option(help="Only about this meter: mRID or name.", show_default="any", rich_help_panel=_WHERE),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", help="Only messages to this URL.", metavar="URL", show_default="any", rich_help_panel=_WHERE
        ),
    ] = None,
    correlation_id: Annotated[
        str | None,
        typer.Option(help="Only with this CorrelationID.", metavar="ID", show_default="any", rich_help_panel=_WHERE),
    ] = None,
    probability: Annotated[
        float | None, typer.Option(help="Of acting, above 0 and at most 1.", show_default="certain")
    ] = None,
    delay: Annotated[str | None, typer.Option(help="Such as 90s, 15m, 1h.", show_default="that of the kind")] = None,
    times: Annotated[int | None, typer.Option(min=1, help="How often it acts.", show_default="always")] = None,
    status: Annotated[
        int | None, typer.Option(help="Of http-status.", show_default="503", rich_help_panel=_HOW)
    ] = None,
    retry_after: Annotated[
        int | None, typer.Option(help="Of http-status: seconds.", show_default="none", rich_help_panel=_HOW)
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            "--bytes",
            help="Of truncated and reset: so many leave; of random-data: how many.",
            show_default="that of the kind",
            rich_help_panel=_HOW,
        ),
    ] = None,
    fraction: Annotated[
        float | None,
        typer.Option(help="Of truncated: so much leaves, from 0 to 1.", show_default="0.5", rich_help_panel=_HOW),
    ] = None,
    bytes_per_second: Annotated[
        int | None, typer.Option(help="Of slow-drip.", show_default="500", rich_help_panel=_HOW)
    ] = None,
    how: Annotated[
        str | None,
        typer.Option(
            help="Of schema-invalid: unknown-element, wrong-order, missing-element or bad-date.",
            show_default="unknown-element",
            rich_help_panel=_HOW,
        ),
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="Of reply-code, such as 5.1.", show_default=False, rich_help_panel=_HOW)
    ] = None,
    result: Annotated[
        str | None,
        typer.Option(help="Of reply-code: FAILED or PARTIAL.", show_default="FAILED", rich_help_panel=_HOW),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(help="Of reply-code.", show_default="FATAL, for PARTIAL WARNING", rich_help_panel=_HOW),
    ] = None,
    details: Annotated[
        str | None, typer.Option(help="Of reply-code: Error/details.", show_default="none", rich_help_panel=_HOW)
    ] = None,
    age: Annotated[
        str | None, typer.Option(help="Of stale-data, such as 1h or 2d.", show_default="1h", rich_help_panel=_HOW)
    ] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Let something break that leaves from now on; prints the fault's mRID.

    Exit codes: 0 done; 1 refused, such as an unknown meter or kind; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json
    from headend.cli.times import InvalidTime, parse_span

    parameters: dict[str, Any] = {
        "status": status,
        "retry_after": retry_after,
        "bytes": size,
        "fraction": fraction,
        "bytes_per_second": bytes_per_second,
        "how": how,
        "code": code,
        "result": result,
        "level": level,
        "details": details,
    }
    option = "--delay"
    try:
        span = None if delay is None else parse_span(delay)
        option = "--age"
        parameters["age"] = None if age is None else parse_span(age)
    except InvalidTime as error:
        stop("faults add", f"{option}: {error}", ExitCode.BAD_USAGE)
    match = {
        "direction": direction,
        "service": service,
        "operation": operation,
        "noun": noun,
        "verb": verb,
        "meter": meter,
        "destination": to,
        "correlation_id": correlation_id,
    }
    with driving("faults add", url, timeout) as control:
        made = control.add_fault(kind, match, probability=probability, times=times, delay=span, **parameters)
    if json:
        print_json(made)
    else:
        typer.echo(made["mrid"])


@app.command("list")
def list_faults(url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """List what breaks on demand, and how often each fault has acted."""
    from headend.cli.output import console, print_json, table

    with driving("faults list", url, timeout) as control:
        found = control.faults()
    if json:
        print_json(found)
        return
    made = table(None, "mRID", "Kind", "How", "Of what", "Acted")
    for one in found:
        made.add_row(one["mrid"], one["kind"], _how(one), named(one["match"]) or "everything", acted(one))
    console().print(made)


@app.command("clear")
def clear_faults(
    mrid: Annotated[
        str | None, typer.Argument(help="As `headend faults list` shows it.", metavar="MRID", show_default="all")
    ] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
) -> None:
    """Forget a fault, or all of them. Exit code 1: there is no such one."""
    with driving("faults clear", url, timeout) as control:
        control.clear_faults(mrid)
    typer.echo("all faults are forgotten" if mrid is None else f"fault {mrid} is forgotten")


def _how(one: dict[str, Any]) -> str:
    chance = {"probability": one["probability"], "delay_s": one["delay_s"] or None}
    return named({**one["parameters"], **chance})
