"""`headend coverage`: which parts of the standard a head end was asked for, and asked others for."""

from typing import Annotated, Any

import typer

from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import stop

Thresholds = Annotated[
    list[str] | None,
    typer.Option(
        "--threshold",
        help="Fail below so many per cent of the offered operations, or of another kind: reply_codes=30.",
        metavar="N|KIND=N",
    ),
]
Missing = Annotated[bool, typer.Option("--missing", help="List what was not exercised, too.")]
Service = Annotated[str | None, typer.Option("--service", help="Only its exchanges.", metavar="NAME")]
Meter = Annotated[str | None, typer.Option("--meter", help="Only exchanges that name it.", metavar="METER")]
After = Annotated[int, typer.Option("--after", help="Only exchanges with a higher number.", min=0, metavar="NUMBER")]


def coverage(
    threshold: Thresholds = None,
    missing: Missing = False,
    service: Service = None,
    meter: Meter = None,
    after: After = 0,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Tell what the exchanges of the journal have exercised of the standard: operations, types, reply codes.

    Exit codes: 0 done; 1 a threshold is not reached; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import print_json, remark
    from headend.coverage.coverage import Share
    from headend.coverage.threshold import InvalidThreshold, parse_thresholds

    try:
        thresholds = parse_thresholds(threshold or ())
    except InvalidThreshold as error:
        stop("coverage", f"--threshold: {error}", ExitCode.BAD_USAGE)
    with driving("coverage", url, timeout) as control:
        found = control.coverage(after=after, service=service, meter=meter)
    if json:
        print_json(found)
    else:
        _print(found, with_missing=missing)
    shares = ((one, found[one.kind.value]) for one in thresholds)
    below = [
        sentence
        for one, kind in shares
        if (sentence := one.broken_by(Share(kind["exercised"], kind["offered"]))) is not None
    ]
    for sentence in below:
        remark("coverage", sentence)
    if below:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _print(found: dict[str, Any], *, with_missing: bool) -> None:
    from headend.cli.output import console, table
    from headend.coverage import Kind

    made = table(f"{found['exchanges']} exchanges", "Kind", "Exercised", "Of", "%", numbers=["Exercised", "Of", "%"])
    for kind in Kind:
        of = found[kind.value]
        known = ("", "") if of["offered"] is None else (str(of["offered"]), f"{of['percent']:.1f}")
        made.add_row(kind.value, str(of["exercised"]), *known)
    console().print(made)
    for kind in Kind:
        of = found[kind.value]
        _list(f"{kind.value} exercised", [f"{name} ({count})" for name, count in of["seen"].items()])
        if with_missing and of["offered"] is not None:
            _list(f"{kind.value} missing", of["missing"])


def _list(title: str, words: list[str]) -> None:
    if words:
        typer.echo(f"\n{title}:\n  " + "\n  ".join(words))
