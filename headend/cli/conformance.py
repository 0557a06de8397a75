"""`headend conformance`: suites against any head end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headend.cli.calling import check_url, seconds
from headend.cli.exit_codes import ExitCode
from headend.cli.options import Json
from headend.cli.stopping import stop, terminated_like_interrupted

if TYPE_CHECKING:
    from headend.conformance.parameters import Parameters
    from headend.conformance.run import Run
    from headend.conformance.stage import RunOptions

app = typer.Typer(help="Suites that judge a head end, ours or any other.", no_args_is_help=True)

Ids = Annotated[
    list[str] | None,
    typer.Argument(help="Cases or suites, such as reading, or patterns such as header.*", metavar="[ID...]"),
]


@app.callback()
def conformance() -> None:
    """Suites that judge a head end, ours or any other."""


@app.command("list")
def list_cases(ids: Ids = None, json: Json = False) -> None:
    """The cases: what each is about, where its rule stands, and what it needs."""
    from headend.cli.output import console, print_json, table
    from headend.conformance.case import UnknownCase, chosen, ordered_needs
    from headend.conformance.suites import SUITES

    try:
        cases = chosen(SUITES, tuple(ids or ()))
    except UnknownCase as error:
        stop("conformance list", error, ExitCode.BAD_USAGE)
    if json:
        print_json(
            [
                {
                    "id": case.id,
                    "suite": case.suite,
                    "title": case.title,
                    "clause": case.clause,
                    "needs": [need.value for need in ordered_needs(case)],
                }
                for case in cases
            ]
        )
        return
    made = table(None, "Case", "Clause", "Rule")
    for case in cases:
        made.add_row(case.id, case.clause, case.title)
    console().print(made)


@app.command()
def run(
    ids: Ids = None,
    target: Annotated[
        str | None, typer.Option("--target", envvar="HEADEND_URL", help="Base URL of the head end.", metavar="URL")
    ] = None,
    parameters: Annotated[
        Path | None, typer.Option("--parameters", help="What is known of it, as YAML.", metavar="FILE")
    ] = None,
    meter: Annotated[
        list[str] | None, typer.Option("--meter", help="A meter that exists; may be given repeatedly.")
    ] = None,
    switch_meter: Annotated[
        list[str] | None, typer.Option("--switch-meter", help="A meter whose supply may be cut for some seconds.")
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="IANA time zone of the meters.")] = None,
    wsdl: Annotated[
        Path | None, typer.Option("--wsdl", help="Directory with its WSDLs, where it serves none.", metavar="DIR")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Create and change nothing.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write all reports into this directory.", metavar="DIR")
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="JUnit XML.", metavar="FILE")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="One page, with all exchanges.", metavar="FILE")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Everything as JSON.", metavar="FILE")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings and what was skipped count as failures.")] = False,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Identifiers follow from it; a new one for each run if left out."),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Reset the head end first, by its control API.")] = False,
    no_times: Annotated[
        bool, typer.Option("--no-times", help="Leave the machine's times out of the reports: equal runs, equal bytes.")
    ] = False,
    timeout: Annotated[str, typer.Option("--timeout", help="Longest wait for one answer.", metavar="TIME")] = "30s",
    patience: Annotated[
        str, typer.Option("--patience", help="Longest wait for what comes by itself.", metavar="TIME")
    ] = "30s",
    receiver_host: Annotated[str, typer.Option(help="Address that the receiver listens on.")] = "127.0.0.1",
    receiver_port: Annotated[int, typer.Option(help="Its port; 0 picks a free one.", min=0, max=65535)] = 0,
    receiver_url: Annotated[
        str | None, typer.Option(help="The receiver as the head end reaches it, where that is another address.")
    ] = None,
    no_receiver: Annotated[bool, typer.Option("--no-receiver", help="Nothing can reach us.")] = False,
    coverage_threshold: Annotated[
        list[str] | None,
        typer.Option(
            "--coverage-threshold",
            help="Fail below so many per cent of the offered operations, or of another kind: reply_codes=30.",
            metavar="N|KIND=N",
        ),
    ] = None,
) -> None:
    """Judge a head end, and report.

    Exit codes: 0 every check passed; 1 one failed, or the coverage is too small; 2 bad usage; 3 nobody answers.
    """
    from headend.conformance.case import UnknownCase, chosen
    from headend.conformance.parameters import InvalidParameters, load_parameters
    from headend.conformance.suites import SUITES
    from headend.coverage.threshold import InvalidThreshold, parse_thresholds

    command = "conformance run"
    given: dict[str, Any] = {
        "target": target,
        "meters": tuple(meter or ()),
        "switch_meters": tuple(switch_meter or ()),
        "zone": zone,
        "changes": False if read_only else None,
    }
    try:
        known = load_parameters(parameters, given)
        cases = chosen(SUITES, tuple(ids or ()))
        thresholds = parse_thresholds(coverage_threshold or ())
    except InvalidThreshold as error:
        stop(command, f"--coverage-threshold: {error}", ExitCode.BAD_USAGE)
    except (InvalidParameters, UnknownCase) as error:
        stop(command, error, ExitCode.BAD_USAGE)
    if known.target is None:
        stop(command, "--target says which head end; the parameter file may say it, too", ExitCode.BAD_USAGE)
    check_url(command, known.target, "--target")
    if receiver_url is not None:
        check_url(command, receiver_url, "--receiver-url")
    if wsdl is not None and not wsdl.is_dir():
        stop(command, f"--wsdl: {wsdl} is no directory", ExitCode.BAD_USAGE)

    from headend.conformance.stage import RunOptions
    from simulator.clock import RealClock

    machine = RealClock()
    options = RunOptions(
        seed=int(machine.now().timestamp()) if seed is None else seed,
        strict=strict,
        timeout_s=seconds(command, "--timeout", timeout),
        patience_s=seconds(command, "--patience", patience),
        receiver_host=receiver_host,
        receiver_port=receiver_port,
        receiver_url=receiver_url,
        receiver=not no_receiver,
        wsdl_directory=wsdl,
        reset=reset,
    )
    files = _report_files(report, junit, html, json)
    _require_writable(files)
    made, coverage = _play(known, options, cases)
    _write(files, made, coverage, times=not no_times)
    _print(made, coverage)
    below = [sentence for one in thresholds if (sentence := one.broken_by(coverage.share(one.kind))) is not None]
    for sentence in below:
        typer.echo(f"headend {command}: {sentence}", err=True)
    if below or not made.passed:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _play(known: "Parameters", options: "RunOptions", cases: Any) -> "tuple[Run, Any]":
    from headend.cli.progress import progress_bar
    from headend.compose import served_contract
    from headend.conformance.linted import linted
    from headend.conformance.offered_operations import offered_operations
    from headend.conformance.runner import play
    from headend.conformance.stage import open_stage
    from headend.conformance.suites import SUITES
    from headend.conformance.target import TargetUnreachable
    from headend.coverage import coverage_of
    from simulator.clock import RealClock

    target = known.target or ""
    try:
        with terminated_like_interrupted(), open_stage(target, known, options, RealClock()) as stage:
            with progress_bar(f"judging {target}") as tell:
                made = play(cases, SUITES, stage, lint=linted(served_contract()), on_case=tell)
            return made, coverage_of(made.entries(), offered_operations(stage.target, served_contract()))
    except TargetUnreachable as error:
        stop("conformance run", error, ExitCode.UNREACHABLE)
    except OSError as error:
        where = f"{options.receiver_host}:{options.receiver_port}"
        stop("conformance run", f"cannot listen on {where}: {error.strerror or error}", ExitCode.UNREACHABLE)


def _report_files(
    directory: Path | None, junit: Path | None, html: Path | None, json: Path | None
) -> dict[str, list[Path]]:
    """Where each report goes: by its own option, and into the directory under its fixed name."""
    from headend.conformance.reports import HTML_NAME, JSON_NAME, JUNIT_NAME

    files = {"junit": [junit], "html": [html], "json": [json]}
    if directory is not None:
        for kind, name in (("junit", JUNIT_NAME), ("html", HTML_NAME), ("json", JSON_NAME)):
            files[kind].append(directory / name)
    return {kind: [path for path in paths if path is not None] for kind, paths in files.items()}


def _require_writable(files: dict[str, list[Path]]) -> None:
    """Before anybody is called: an hour's work must not be lost for want of a directory."""
    for path in (one for paths in files.values() for one in paths):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            stop("conformance run", f"{path}: {error.strerror or error}", ExitCode.BAD_USAGE)


def _write(files: dict[str, list[Path]], made: "Run", coverage: Any, *, times: bool) -> None:
    from headend.conformance.reports.as_json import json_bytes, run_json
    from headend.conformance.reports.junit import junit_xml
    from headend.conformance.reports.page import run_html

    written = {
        "junit": lambda: junit_xml(made, times=times),
        "json": lambda: json_bytes(run_json(made, coverage, times=times)),
        "html": lambda: run_html(made, coverage, times=times),
    }
    for kind, paths in files.items():
        data = written[kind]() if paths else b""
        for path in paths:
            path.write_bytes(data)


def _print(made: "Run", coverage: Any) -> None:
    from rich.text import Text

    from headend.cli.output import console, table
    from headend.conformance.check import Outcome
    from headend.conformance.run import CaseResult
    from headend.coverage import Kind

    out = console()
    columns = ("Passed", "Failed", "Warnings", "Skipped", "Not applicable")
    numbers = table(None, "Suite", "Cases", *columns, "Time", numbers=("Cases", *columns, "Time"))
    for name, _title in made.suites:
        cases: list[CaseResult] = [case for case in made.cases if case.suite == name]
        outcomes = [check.outcome for case in cases for check in case.checks]
        failed = outcomes.count(Outcome.FAILED) + outcomes.count(Outcome.ERROR)
        numbers.add_row(
            name,
            str(len(cases)),
            str(outcomes.count(Outcome.PASSED)),
            Text(str(failed), style="bold red" if failed else ""),
            str(outcomes.count(Outcome.WARNING)),
            str(outcomes.count(Outcome.SKIPPED)),
            str(outcomes.count(Outcome.NOT_APPLICABLE)),
            f"{sum(case.took_s for case in cases):.1f} s",
        )
    out.print(numbers)
    for case in made.cases:
        for check in case.checks:
            if check.outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE):
                out.print(Text(_line(case, check)), soft_wrap=True)
    for note in made.notes:
        out.print(Text(f"note       {note}"), soft_wrap=True)
    shares = []
    for kind in Kind:
        bounds = coverage.offered.of[kind]
        of = "" if bounds is None else f"of {len(bounds)} "
        shares.append(f"{len(coverage.exercised(kind))} {of}{kind.value.replace('_', ' ')}")
    out.print(Text(f"coverage   {', '.join(shares)}"), soft_wrap=True)
    verdict = "passed" if made.passed else "interrupted" if made.interrupted else f"{made.failures} checks failed"
    out.print(Text(f"result     {verdict}; seed {made.seed}", style="bold"), soft_wrap=True)


def _line(case: Any, check: Any) -> str:
    """A check that did not pass, in one line."""
    said = "; ".join(
        f"{word} {text}".strip()
        for word, text in (("expected", check.expected), ("seen", check.seen), ("", check.reason))
        if text
    )
    return f"{check.outcome.value:<10} {case.id}: {check.sentence}{f' ({said})' if said else ''}"


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="JSON report of the earlier run.", metavar="A.json")],
    after: Annotated[Path, typer.Argument(help="JSON report of the later run.", metavar="B.json")],
    json: Json = False,
) -> None:
    """Compare two runs: what passes now and did not, what passes no more, what more or less of the standard is covered.

    Exit codes: 0 nothing got worse; 1 something did; 2 no report.
    """
    from headend.cli.output import print_json
    from headend.conformance.difference import InvalidReport, difference, read_report

    try:
        found = difference(read_report(before), read_report(after))
    except InvalidReport as error:
        stop("conformance diff", error, ExitCode.BAD_USAGE)
    groups = (("passes now", found.better), ("passes no more", found.worse), ("otherwise", found.other))
    if json:
        print_json(
            {
                **{name.replace(" ", "_"): [_changed_json(one) for one in changes] for name, changes in groups},
                "coverage_gained": {kind.value: list(codes) for kind, codes in found.gained.items()},
                "coverage_lost": {kind.value: list(codes) for kind, codes in found.lost.items()},
            }
        )
    else:
        for name, changes in groups:
            for one in changes:
                seen = "" if one.seen is None else f" ({one.seen})"
                was, now = one.before or "not there", one.after or "gone"
                typer.echo(f"{name:<15} {one.case}: {one.sentence}: {was}, now {now}{seen}")
        for name, covered in (("covered now", found.gained), ("not any more", found.lost)):
            for kind, codes in covered.items():
                if codes:
                    typer.echo(f"{name:<15} {kind.value.replace('_', ' ')}: {', '.join(codes)}")
        if not any(changes for _, changes in groups) and not any((*found.gained.values(), *found.lost.values())):
            typer.echo("both runs have found the same")
    if found.is_worse:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _changed_json(one: Any) -> dict[str, Any]:
    return {"case": one.case, "sentence": one.sentence, "before": one.before, "after": one.after, "seen": one.seen}
