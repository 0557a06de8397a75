"""`headend lint`: what is wrong with captured messages, beyond the schema."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.options import Json
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from headend.lint import Finding, Rule, Wish
    from headend.lint.captured import Captured

SeverityName = Literal["error", "warning", "note"]

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Captured messages, in the order in which they travelled.", metavar="FILE...", show_default=False
    ),
]
AtLeast = Annotated[SeverityName, typer.Option("--at-least", help="Tell findings of this severity and above.")]
FailOn = Annotated[SeverityName, typer.Option("--fail-on", help="Exit with 1 for findings of this severity and above.")]
Wishes = Annotated[
    list[str] | None,
    typer.Option(
        "--rule",
        help="Another severity for a rule or all of a group, or off, such as header.source=error or name.*=off.",
        metavar="NAME=SEVERITY",
        show_default=False,
    ),
]
Rules = Annotated[bool, typer.Option("--rules", help="List the rules, and stop.")]


def lint(
    files: Files = None,
    at_least: AtLeast = "warning",
    fail_on: FailOn = "error",
    rule: Wishes = None,
    rules: Rules = False,
    json: Json = False,
) -> None:
    """Check captured SOAP messages by the rules of docs/lint.md, all together as one run.

    Exit code 1: an error was found, or what --fail-on names; 2: a file or a rule that there is not.
    """
    from headend.contract import Contract
    from headend.lint import Linter, Need, Severity, UnknownRule
    from headend.lint.captured import captured

    contract = Contract.load()
    threshold = min((Severity(at_least), Severity(fail_on)), key=lambda one: one.rank)
    try:
        linter = Linter(contract, threshold=threshold, wishes=_wishes(rule or []), unknown=() if rules else tuple(Need))
    except UnknownRule as error:
        stop("lint", error, ExitCode.BAD_USAGE)
    if rules:
        _list_rules(linter.rules, json)
        return
    if not files:
        stop("lint", "name the files with messages, or ask for --rules", ExitCode.BAD_USAGE)
    exchanges = captured([_read(file) for file in files], contract)
    found = list(linter.findings(one.entry for one in exchanges))
    told = [one for one in found if one.severity.rank >= Severity(at_least).rank]
    _tell(told, exchanges, files, json)
    if any(one.severity.rank >= Severity(fail_on).rank for one in found):
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _wishes(given: list[str]) -> "dict[str, Wish]":
    from headend.lint import OFF, Severity
    from simulator.near_miss import did_you_mean

    wishes: dict[str, Wish] = {}
    for one in given:
        name, _, wanted = one.partition("=")
        if wanted not in (OFF, *Severity):
            sentence = f"--rule {one}: {wanted!r} is no severity{did_you_mean(wanted, [*map(str, Severity), OFF])}"
            stop("lint", sentence, ExitCode.BAD_USAGE)
        wishes[name] = OFF if wanted == OFF else Severity(wanted)
    return wishes


def _read(file: Path) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        stop("lint", f"{file}: {error.strerror}", ExitCode.BAD_USAGE)
    if not data.strip():
        stop("lint", f"{file}: there is nothing in it", ExitCode.BAD_USAGE)
    return data


def _tell(findings: "list[Finding]", exchanges: "list[Captured]", files: list[Path], as_json: bool) -> None:
    from headend.cli.output import print_json, remark

    located = [(_file(one, exchanges, files), one) for one in findings]
    if as_json:
        print_json([{"file": file, **asdict(one)} for file, one in located])
    else:
        for file, one in located:
            line = "" if one.line is None else f":{one.line}"
            path = f" ({one.path}; {one.clause})" if one.path else f" ({one.clause})"
            typer.echo(f"{file}{line}: {one.severity} {one.rule}: {one.sentence}{path}")
    messages = f"{len(files)} message{'s' if len(files) > 1 else ''}"
    remark("lint", f"{messages}, {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")


def _file(finding: "Finding", exchanges: "list[Captured]", files: list[Path]) -> str:
    position = exchanges[finding.entry - 1].message(finding.part)
    return "" if position is None else str(files[position])


def _list_rules(rules: "tuple[Rule, ...]", as_json: bool) -> None:
    from headend.cli.output import console, print_json, table

    if as_json:
        print_json(
            [
                {"rule": one.id, "severity": one.severity, "clause": one.clause, "sentence": one.sentence}
                for one in rules
            ]
        )
        return
    made = table(None, "Rule", "Severity", "What it demands")
    for one in rules:
        made.add_row(one.id, one.severity, one.sentence)
    console().print(made)
