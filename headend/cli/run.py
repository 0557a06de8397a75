"""`headend run`: scenario files against a head end of our own, or somebody's."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from headend.cli.calling import check_url, seconds
from headend.cli.exit_codes import ExitCode
from headend.cli.stopping import stop, terminated_like_interrupted

if TYPE_CHECKING:
    from headend.scenario import PlayOptions, Scenario, ScenarioResult

_STDOUT = Path("-")


def run(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Scenario files, or directories with them.", metavar="FILE...")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", help="Base URL of a `headend serve`; one of our own is started without it."),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="Value of a variable; may be given repeatedly.", metavar="NAME=VALUE"),
    ] = None,
    lint: Annotated[
        Literal["error", "warning", "note", "off"] | None,
        typer.Option("--lint", help="Severity of lint findings that fail.", show_default="what each scenario says"),
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Play the steps after one that failed, too.")
    ] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="JUnit XML.", metavar="FILE")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="One page, with all exchanges.", metavar="FILE")] = None,
    json: Annotated[
        Path | None,
        typer.Option("--json", help="Everything as JSON; - is stdout.", metavar="FILE"),
    ] = None,
    times: Annotated[
        bool, typer.Option("--times", help="Tell the machine's times in reports; no two runs are equal bytes then.")
    ] = False,
    list_only: Annotated[bool, typer.Option("--list", help="List the scenarios, and play none.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of scenario files.")] = False,
    timeout: Annotated[str, typer.Option("--timeout", help="Longest wait for one answer.", metavar="TIME")] = "60s",
    receiver_host: Annotated[str, typer.Option(help="Address that the fake MDM listens on.")] = "127.0.0.1",
    receiver_port: Annotated[int, typer.Option(help="Its port; 0 picks a free one.", min=0, max=65535)] = 0,
    receiver_url: Annotated[
        str | None, typer.Option(help="The fake MDM as the target reaches it, where that is another address.")
    ] = None,
) -> None:
    """Play scenario files: preconditions, steps and checks in YAML (docs/scenarios.md).

    Without --target a head end and a fake MDM are started for each scenario, on free ports, with a clock that stands
    until a step moves it: every run prints and writes the same bytes. A --target is reset before each scenario.

    Exit codes: 0 all passed; 1 a check failed; 2 bad usage, or a file that cannot be used; 3 the head end could not be
    started or reached, or is another one than the scenario is about.
    """
    from headend.cli.output import print_json

    if schema:
        from headend.scenario.schema import scenario_schema

        print_json(scenario_schema())
        return
    scenarios = _loaded(files or [], sets or [])
    if list_only:
        _list(scenarios)
        return
    for option, url in (("--target", target), ("--receiver-url", receiver_url)):
        if url is not None:
            check_url("run", url, option)
    from headend.scenario.play import PlayOptions
    from headend.scenario.stage import ReceiverAt, StageOptions

    timeout_s = seconds("run", "--timeout", timeout)
    receiver = ReceiverAt(receiver_host, receiver_port, receiver_url)
    options = PlayOptions(StageOptions(target, receiver, timeout_s), keep_going, lint)
    reports = {"junit": junit, "html": html, "json": json}
    _require_writable([path for path in reports.values() if path is not None])
    results = _play(scenarios, options, quiet=json == _STDOUT, reports=reports, times=times)
    raise typer.Exit(_exit_code(results))


def _loaded(files: Sequence[Path], sets: Sequence[str]) -> "list[Scenario]":
    """The scenarios; ends the command for a file that cannot be used."""
    from headend.scenario.loading import InvalidScenario, declared_variables, load_scenario
    from headend.scenario.yaml_source import value_in
    from simulator.near_miss import did_you_mean

    if not files:
        stop("run", "name a scenario file, or a directory with some", ExitCode.BAD_USAGE)
    found = [one for file in files for one in _files_in(file)]
    given: dict[str, Any] = {}
    for one in sets:
        name, equals, value = one.partition("=")
        if not equals or not name:
            stop("run", f"--set: {one!r} is no NAME=VALUE", ExitCode.BAD_USAGE)
        given[name] = value_in(value)
    scenarios, wrong = [], []
    known: set[str] = set()
    for file in found:
        try:
            known |= declared_variables(file)
            scenarios.append(load_scenario(file, given))
        except InvalidScenario as error:
            wrong.append(str(error))
    if wrong:
        stop("run", "\n".join(wrong), ExitCode.BAD_USAGE)
    for name in given:
        if name not in known:
            near = did_you_mean(name, sorted(known)) if known else "; there are no variables"
            stop("run", f"--set: no scenario has a variable {name!r}{near}", ExitCode.BAD_USAGE)
    return scenarios


def _files_in(path: Path) -> list[Path]:
    from headend.scenario.yaml_source import is_scenario_file

    if path.is_file():
        return [path]
    if not path.is_dir():
        stop("run", f"{path}: there is no such file", ExitCode.BAD_USAGE)
    found = sorted(one for one in path.iterdir() if one.suffix in (".yaml", ".yml") and is_scenario_file(one))
    if not found:
        stop("run", f"{path}: there is no scenario in it, that is, no file of YAML with steps", ExitCode.BAD_USAGE)
    return found


def _list(scenarios: "Sequence[Scenario]") -> None:
    from headend.cli.output import console, table

    made = table(None, "File", "Steps", "Reference", "Scenario", numbers=("Steps",))
    for one in scenarios:
        made.add_row(str(one.file), str(len(one.steps)), one.form.reference or "", one.form.name)
    console().print(made)


def _require_writable(paths: Sequence[Path]) -> None:
    for path in paths:
        if path == _STDOUT:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            stop("run", f"{path}: {error.strerror or error}", ExitCode.BAD_USAGE)


def _play(
    scenarios: "Sequence[Scenario]",
    options: "PlayOptions",
    *,
    quiet: bool,
    reports: dict[str, Path | None],
    times: bool,
) -> "list[ScenarioResult]":
    from headend.cli.output import console, remark
    from headend.cli.progress import progress_bar
    from headend.scenario.play import play_scenario
    from headend.scenario.result import End
    from headend.scenario.telling import heading, step_lines, summary, total
    from simulator.clock import RealClock

    machine = RealClock()
    began = machine.now()
    out = console()
    results: list[ScenarioResult] = []

    def say(*lines: Any) -> None:
        if not quiet:
            for line in lines:
                out.print(line, soft_wrap=True)

    # An account that grows shows how far it is; a bar beside it would only tear its lines.
    bar = progress_bar("playing scenarios") if quiet else nullcontext(lambda _done, _of: None)
    with terminated_like_interrupted(), _without_warnings(), bar as tell:
        for number, scenario in enumerate(scenarios):
            tell(number, len(scenarios))
            say(*([""] if number else []), heading(scenario))
            result = play_scenario(scenario, options, machine, lambda step: say(*step_lines(step)))
            results.append(result)
            say(summary(result))
            for note in result.notes:
                remark("run", note)
            if result.reason is not None:
                remark("run", result.reason)
            if result.end is End.INTERRUPTED:
                break
    if len(scenarios) > 1:
        say("", total(results))
    _write(results, reports, began, times=times)
    return results


@contextmanager
def _without_warnings() -> Iterator[None]:
    """What goes wrong on purpose is in the account; a warning of the head end about it would only repeat it."""
    log = logging.getLogger("headend")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _write(results: "Sequence[ScenarioResult]", reports: dict[str, Path | None], began: Any, *, times: bool) -> None:
    if not any(reports.values()):
        return
    from headend.compose.served_contract import served_contract
    from headend.conformance.reports.as_json import json_bytes, run_json
    from headend.conformance.reports.junit import junit_xml
    from headend.conformance.reports.page import run_html
    from headend.coverage import coverage_of, offered_by_contract
    from headend.scenario.report import WORDING, run_of

    made = run_of(results, began)
    coverage = coverage_of(made.entries(), offered_by_contract(served_contract()))
    written = {
        "junit": lambda: junit_xml(made, times=times, wording=WORDING),
        "html": lambda: run_html(made, coverage, times=times, wording=WORDING),
        "json": lambda: json_bytes(run_json(made, coverage, times=times)),
    }
    for kind, path in reports.items():
        if path == _STDOUT:
            typer.echo(written[kind]().decode(), nl=False)
        elif path is not None:
            path.write_bytes(written[kind]())


def _exit_code(results: "Sequence[ScenarioResult]") -> ExitCode:
    from headend.scenario.result import End

    ends = {one.end for one in results}
    if End.NOT_PLAYABLE in ends:
        return ExitCode.UNREACHABLE
    if End.BAD_FILE in ends:
        return ExitCode.BAD_USAGE
    return ExitCode.OK if all(one.passed for one in results) else ExitCode.CHECK_FAILED
