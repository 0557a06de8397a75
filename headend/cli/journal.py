"""`headend journal`: what crossed the wire, in and out."""

from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headend.cli.calling import seconds
from headend.cli.driving import driving
from headend.cli.exit_codes import ExitCode
from headend.cli.options import DEFAULT_URL, Json, Timeout, Url
from headend.cli.stopping import client_errors, interruptible, stop

if TYPE_CHECKING:
    from headend.client import ControlClient
    from headend.client.replay import Replayed

app = typer.Typer(help="What crossed the wire: list, show, wait for it, export and replay it.", no_args_is_help=True)

_FOLLOW_S = 5
"""So long one wait of `--follow` is; then it waits again, unless it was stopped meanwhile."""


class Direction(StrEnum):
    """As headend.journal.Direction, without waiting for its package."""

    IN = "in"
    OUT = "out"


class Part(StrEnum):
    """One of the two messages of an exchange."""

    REQUEST = "request"
    RESPONSE = "response"


Number = Annotated[int, typer.Argument(help="As `headend journal list` shows it.", metavar="NUMBER", min=1)]
Text = Annotated[
    str | None, typer.Option("--text", help="A piece of an envelope, or of what heads it.", metavar="TEXT")
]
Way = Annotated[Direction | None, typer.Option("--direction", help="in: to the head end; out: from it.")]
Service = Annotated[str | None, typer.Option("--service", help="Such as GetMeterReadings.", metavar="NAME")]
Operation = Annotated[str | None, typer.Option("--operation", help="Such as CreateEndDeviceControls.", metavar="NAME")]
Verb = Annotated[str | None, typer.Option("--verb", help="Header/Verb of the request.", metavar="VERB")]
Noun = Annotated[str | None, typer.Option("--noun", help="Header/Noun of the request.", metavar="NOUN")]
Meter = Annotated[str | None, typer.Option("--meter", help="mRID or name of a meter that is named.", metavar="METER")]
MessageId = Annotated[str | None, typer.Option("--message-id", help="Header/MessageID.", metavar="ID")]
CorrelationId = Annotated[
    str | None, typer.Option("--correlation-id", help="Of a transaction: all that belongs to it.", metavar="ID")
]
Result = Annotated[str | None, typer.Option("--result", help="OK, PARTIAL, FAILED, or fault.", metavar="RESULT")]
Code = Annotated[
    str | None, typer.Option("--code", help="Of the answer, such as 2.4; 2. is all of a group.", metavar="CODE")
]
Status = Annotated[int | None, typer.Option("--status", help="Of HTTP.", min=100, max=599, metavar="STATUS")]
After = Annotated[int, typer.Option("--after", help="Only those with a higher number.", min=0, metavar="NUMBER")]


@app.command("list")
def list_exchanges(
    text: Text = None,
    direction: Way = None,
    service: Service = None,
    operation: Operation = None,
    verb: Verb = None,
    noun: Noun = None,
    meter: Meter = None,
    message_id: MessageId = None,
    correlation_id: CorrelationId = None,
    result: Result = None,
    code: Code = None,
    status: Status = None,
    after: After = 0,
    limit: Annotated[int, typer.Option("--limit", help="At most so many, the last ones.", min=1, max=1000)] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until stopped.")] = False,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """List exchanges, the newest at the end. With `--follow --json` each is a line of JSON.

    Exit codes: 0 done; 2 bad usage; 3 nobody answers.
    """
    from headend.cli.output import console, print_json, remark, table

    match = _match(
        text, direction, service, operation, verb, noun, meter, message_id, correlation_id, result, code, status
    )
    with driving("journal list", url, timeout) as control:
        page = control.latest_exchanges(limit, after=after, **match)
        found = list(reversed(page["exchanges"]))
        if not page["recording"]:
            remark("journal list", "nothing is recorded here: the setting journal is off")
        if page["dropped"]:
            remark("journal list", f"{page['dropped']} exchanges are missing: the store could not keep up")
        if follow:
            _follow(control, found, after, match, json)
            return
    if json:
        print_json(found)
    else:
        made = table(None, "No", "At", "", "Exchange", numbers=["No"])
        for one in found:
            made.add_row(str(one["number"]), one["at"], one["direction"], _words(one))
        console().print(made)
    if page["next"] is not None:
        remark("journal list", f"the last {len(found)}; --limit shows more")


@app.command("show")
def show_exchange(
    number: Number,
    raw: Annotated[bool, typer.Option("--raw", help="Envelopes as they were, not indented.")] = False,
    only: Annotated[
        Part | None, typer.Option("--only", help="Print this envelope and nothing else, byte for byte.")
    ] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Show an exchange: envelopes, what is wrong with them, what the request was nearest to, what belongs to it.

    Exit codes: 0 done; 1 there is none; 2 bad usage; 3 nobody answers.
    """
    import sys

    from headend.cli.output import print_json

    with driving("journal show", url, timeout) as control:
        if only is not None:
            sys.stdout.buffer.write(control.envelope(number, only.value))
            return
        found = control.exchange(number, indent=not raw)
    if json:
        print_json(found)
    else:
        typer.echo("\n".join(_shown(found)))


@app.command("wait")
def wait_for(
    text: Text = None,
    direction: Way = None,
    service: Service = None,
    operation: Operation = None,
    verb: Verb = None,
    noun: Noun = None,
    meter: Meter = None,
    message_id: MessageId = None,
    correlation_id: CorrelationId = None,
    result: Result = None,
    code: Code = None,
    status: Status = None,
    after: After = 0,
    count: Annotated[int, typer.Option("--count", help="So many of them.", min=1, max=1000)] = 1,
    within: Annotated[str, typer.Option("--within", help="The longest wait, up to 5m.", metavar="TIME")] = "10s",
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Wait until so many exchanges match; they may have been there before.

    Exit codes: 0 they are there; 1 they did not come, and what came instead; 2 bad usage; 3 nobody answers.
    """
    from datetime import timedelta

    from headend.cli.output import print_json

    match = _match(
        text, direction, service, operation, verb, noun, meter, message_id, correlation_id, result, code, status
    )
    span = timedelta(seconds=seconds("journal wait", "--within", within))
    with driving("journal wait", url, timeout) as control:
        found = control.wait_for_exchanges(count, within=span, after=after, **match)
    if json:
        print_json(found)
    else:
        for one in found:
            typer.echo(_line(one))


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Zip file that is written.", metavar="FILE.zip", dir_okay=False)],
    text: Text = None,
    direction: Way = None,
    service: Service = None,
    operation: Operation = None,
    verb: Verb = None,
    noun: Noun = None,
    meter: Meter = None,
    message_id: MessageId = None,
    correlation_id: CorrelationId = None,
    result: Result = None,
    code: Code = None,
    status: Status = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
) -> None:
    """Write exchanges to a zip file: an index, and a file for each envelope.

    Exit codes: 0 done; 2 bad usage, or the file cannot be written; 3 nobody answers.
    """
    match = _match(
        text, direction, service, operation, verb, noun, meter, message_id, correlation_id, result, code, status
    )
    with driving("journal export", url, timeout) as control:
        data = control.export_journal(**match)
    try:
        file.write_bytes(data)
    except OSError as error:
        stop("journal export", f"{file}: {error.strerror or error}", ExitCode.BAD_USAGE)
    typer.echo(file)


@app.command("replay")
def replay(
    file: Annotated[Path, typer.Argument(help="Zip file of `headend journal export`.", metavar="FILE.zip")],
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="Name of an element that may differ.", metavar="NAME")
    ] = None,
    url: Url = DEFAULT_URL,
    timeout: Timeout = "60s",
    json: Json = False,
) -> None:
    """Send the requests of a zip file once more, in order, and say in what the answers differ.

    MessageID and Timestamp of an answer may differ. Whoever knows a request (Source, MessageID and bytes) answers as
    before: replay against a fresh head end, or after `headend reset`.

    Exit codes: 0 all answers are the same; 1 some differ, or could not be sent; 2 bad usage, or no such file; 3 nobody
    answers.
    """
    from headend.cli.calling import check_url
    from headend.cli.output import print_json
    from headend.client.replay import Outcome
    from headend.client.replay import replay as replayed
    from headend.journal.archive import NotAnArchive, read_archive

    check_url("journal replay", url)
    timeout_s = seconds("journal replay", "--timeout", timeout)
    try:
        entries = read_archive(file)
    except NotAnArchive as error:
        stop("journal replay", error, ExitCode.BAD_USAGE)
    except OSError as error:
        stop("journal replay", f"{file}: {error.strerror or error}", ExitCode.BAD_USAGE)
    done: list[Replayed] = []
    with client_errors("journal replay"):
        for one in replayed(entries, url, timeout_s=timeout_s, ignored=ignore or ()):
            done.append(one)
            if not json:
                typer.echo("\n".join(_replayed_lines(one)))
    if json:
        print_json([_replayed_json(one) for one in done])
    else:
        counts = ", ".join(f"{sum(one.outcome is kind for one in done)} {kind}" for kind in Outcome)
        typer.echo(f"{len(done)} requests: {counts}")
    if any(one.outcome in (Outcome.DIFFERS, Outcome.NOT_SENT) for one in done):
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command("clear")
def clear(url: Url = DEFAULT_URL, timeout: Timeout = "60s") -> None:
    """Forget all exchanges; numbers go on. Exit codes: 0 done; 2 bad usage; 3 nobody answers."""
    with driving("journal clear", url, timeout) as control:
        control.clear_journal()
    typer.echo("the journal is empty")


def _match(
    text: str | None,
    direction: Direction | None,
    service: str | None,
    operation: str | None,
    verb: str | None,
    noun: str | None,
    meter: str | None,
    message_id: str | None,
    correlation_id: str | None,
    result: str | None,
    code: str | None,
    status: int | None,
) -> dict[str, str | int | None]:
    return {
        "text": text,
        "direction": None if direction is None else direction.value,
        "service": service,
        "operation": operation,
        "verb": verb,
        "noun": noun,
        "meter": meter,
        "message_id": message_id,
        "correlation_id": correlation_id,
        "result": result,
        "code": code,
        "status": status,
    }


def _follow(
    control: "ControlClient", found: list[dict[str, Any]], after: int, match: dict[str, Any], json: bool
) -> None:
    from datetime import timedelta

    from headend.client import ControlRefused

    last = after
    with suppress(KeyboardInterrupt), interruptible() as is_over:
        while not is_over():
            _tell(found, json)
            last = found[-1]["number"] if found else last
            found = []
            try:
                control.wait_for_exchanges(within=timedelta(seconds=_FOLLOW_S), after=last, **match)
            except ControlRefused as refused:
                if refused.status != 408:
                    raise
                continue
            found = list(control.exchanges(after=last, **match))


def _tell(exchanges: Iterable[dict[str, Any]], json: bool) -> None:
    from json import dumps

    for one in exchanges:
        print(dumps(one, ensure_ascii=False) if json else _line(one), flush=True)


def _line(one: dict[str, Any]) -> str:
    return f"{one['number']:>5}  {one['at']}  {one['direction']:3}  {_words(one)}"


def _words(one: dict[str, Any]) -> str:
    to = f" to {one['peer']}" if one["direction"] == "out" else ""
    return f"{one['asked']}{to}: {one['answered']}"


def _shown(one: dict[str, Any]) -> Iterable[str]:
    yield _line(one).strip()
    for name in (
        *("machine_at", "peer", "path", "operation", "soap_action", "source", "message_id", "correlation_id"),
        *("status", "failure", "outcome"),
    ):
        if one[name] not in (None, ""):
            yield f"  {name.replace('_', ' '):15} {one[name]}"
    yield f"  {'took':15} {one['took_s'] * 1e3:.1f} ms"
    for note in one["notes"]:
        yield f"  {'note':15} {note}"
    near = one["near_miss"]
    told = [] if near is None else near["differs"]  # what came to nobody is told once
    if rules := [rule for rule in one["validation"] if rule["rule"] not in told]:
        yield "\nbroken rules"
        for rule in rules:
            line = None if rule["line"] is None else f"(line {rule['line']})"
            where = " ".join(str(part) for part in (rule["code"], rule["path"], line) if part is not None)
            yield f"  {rule['part']}: {where + ': ' if where else ''}{rule['rule']}"
    if one["lint"]:
        yield "\nlint"
        for rule in one["lint"]:
            yield f"  {rule['severity']} {rule['rule']}: {rule['sentence']} ({rule['part']} {rule['path']})"
    if near is not None:
        what = " at ".join(part for part in (near["operation"] or near["service"], near["path"]) if part)
        yield f"\nnear miss: {what or 'nothing is near'}"
        yield from (f"  {sentence}" for sentence in near["differs"])
    if one["links"]:
        yield "\nbelongs together"
        for link in one["links"]:
            words = f"{link['asked']}: {link['answered']}"
            yield f"  {link['relation']:16} {link['number']:>5}  {link['at']}  {link['direction']:3}  {words}"
    yield from _message_lines("request", one["request"])
    yield from _message_lines("response", one["response"])


def _message_lines(part: str, message: dict[str, Any] | None) -> Iterable[str]:
    if message is None:
        yield f"\n{part}: there was none"
        return
    rest = "" if message["kept"] == message["length"] else f", of which the first {message['kept']} were kept"
    digest = f"; sha256 {message['sha256']}" if message["sha256"] else ""
    yield f"\n{part}, {message['length']} bytes{rest}{digest}"
    yield from (f"{header['name']}: {header['value']}" for header in message["headers"])
    yield f"\n{message['text'].rstrip()}"


def _replayed_lines(one: "Replayed") -> Iterable[str]:
    reason = f": {one.reason}" if one.reason else ""
    yield f"{one.entry.number:>5}  {one.entry.operation or one.entry.service}  {one.outcome}{reason}"
    yield from (f"       {difference}" for difference in one.differences)


def _replayed_json(one: "Replayed") -> dict[str, Any]:
    return {
        "number": one.entry.number,
        "operation": one.entry.operation,
        "service": one.entry.service,
        "outcome": one.outcome,
        "reason": one.reason or None,
        "status": one.status,
        "differences": [{"path": each.path, "was": each.was, "now": each.now} for each in one.differences],
    }
