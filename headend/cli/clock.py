"""`headend clock`: the fleet's time, looked at and moved."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from headend.cli.calling import seconds
from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from headend.client import ClockReading

app = typer.Typer(help="The fleet's time: look at it, move it, stop it.", no_args_is_help=True)

_Wait = Annotated[
    str,
    typer.Option(
        "--wait", help="Longest wait until what became due was sent, such as 10s; 0s: do not.", metavar="TIME"
    ),
]


@app.command("get")
def get_clock(url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """Print what time it is for the fleet."""
    with driving("clock get", url, timeout) as control:
        _tell("clock get", control.clock(), json)


@app.command("set")
def set_clock(
    instant: Annotated[
        str | None,
        typer.Argument(help="Later than now, with its zone, such as 2026-03-03T00:00:00Z.", metavar="[INSTANT]"),
    ] = None,
    rate: Annotated[float | None, typer.Option("--rate", help="Fleet seconds a second; 0 stops it.")] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Set the fleet's time to a later instant, how fast it runs, or both.

    Exit codes: 0 done; 1 refused, such as an instant in the past; 2 bad usage; 3 nobody answers.
    """
    from datetime import datetime

    if instant is None and rate is None:
        stop("clock set", "give an instant, or --rate, or both", ExitCode.BAD_USAGE)
    try:
        parsed = None if instant is None else datetime.fromisoformat(instant)
    except ValueError:
        stop("clock set", f"{instant!r} is no instant such as 2026-03-03T00:00:00Z", ExitCode.BAD_USAGE)
    if parsed is not None and parsed.tzinfo is None:
        stop("clock set", f"{instant!r} has no zone: end it with Z or an offset such as +02:00", ExitCode.BAD_USAGE)
    with driving("clock set", url, timeout) as control:
        _tell("clock set", control.set_clock(parsed, rate), json)


@app.command("advance")
def advance_clock(
    by: Annotated[str, typer.Argument(help="Such as 15m, 1h, 2d, or ISO 8601: PT1H.", metavar="DURATION")],
    wait: _Wait = "10s",
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Let the fleet's time jump forward; waits until what became due by it was sent.

    Exit codes: 0 done; 1 refused, or not all was sent in time; 2 bad usage; 3 nobody answers.
    """
    span, wait_s = _span(by), seconds("clock advance", "--wait", wait)
    with driving("clock advance", url, timeout) as control:
        clock = control.advance(span, wait=wait_s > 0, wait_s=wait_s)
    _tell("clock advance", clock, json)
    if clock.settled is False:
        stop("clock advance", f"the time has moved, but not all that became due was sent within {wait}",
             ExitCode.CHECK_FAILED)  # fmt: skip


@app.command("freeze")
def freeze_clock(url: Url = DEFAULT_URL, timeout: Timeout = "60s", json: Json = False) -> None:
    """Stop the fleet's time; `headend clock set --rate` lets it run again."""
    with driving("clock freeze", url, timeout) as control:
        _tell("clock freeze", control.freeze(), json)


def _span(text: str) -> timedelta:
    from headend.cli.times import InvalidTime, parse_span

    try:
        return parse_span(text)
    except InvalidTime as error:
        stop("clock advance", error, ExitCode.BAD_USAGE)


def _tell(command: str, clock: "ClockReading", json: bool) -> None:
    from headend.cli.output import print_json, remark
    from headend.cli.times import instant_text

    if json:
        print_json(
            {
                "now": instant_text(clock.now),
                "rate": clock.rate,
                "frozen": clock.frozen,
                "setting": clock.setting,
                "settled": clock.settled,
            }
        )
        return
    typer.echo(instant_text(clock.now))
    runs = "it stands still until it is moved" if clock.frozen else f"it runs {clock.rate:g} times as fast"
    remark(command, f"clock {clock.setting}; {runs}")
