"""`headend validate`: whether files can be used, before a head end is started with them."""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.options import Json
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from headend.contract import Contract


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say of one file."""

    file: str
    kind: str
    """fleet, meters, message, scenario or settings."""
    valid: bool
    message: str
    """In one line."""
    said: tuple[str, ...] = ()
    """What is wrong with a message: each breach of the contract, and each error that the linter finds."""


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Fleet files, lists of meters (.csv), scenarios, settings, captured SOAP messages.", metavar="FILE..."
        ),
    ],
    json: Json = False,
) -> None:
    """Check fleet files, lists of meters, scenarios, settings and captured messages.

    Exit code 1: one cannot be used or breaks a rule, 2: there is no such file. Files of XML are messages: each is held
    to the contract and to the rules of the linter that have severity error; `headend lint` tells more. Files of YAML
    with `templates` or `meters_csv` are fleets, those with `steps` scenarios (`headend run`), others are settings.
    """
    from headend.cli.output import print_json, remark

    for file in files:
        if not file.is_file():
            stop("validate", f"{file}: there is no such file", ExitCode.BAD_USAGE)
    verdicts = [_verdict(file) for file in files]
    if json:
        print_json([asdict(verdict) for verdict in verdicts])
    else:
        for verdict in verdicts:
            if verdict.valid:
                typer.echo(f"{verdict.file}: {verdict.message}")
            else:
                remark("validate", verdict.message)
                for sentence in verdict.said:
                    remark("validate", f"  {sentence}")
    if not all(verdict.valid for verdict in verdicts):
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _verdict(file: Path) -> Verdict:
    from headend.config import InvalidSettings, load_settings
    from simulator.fleet import InvalidFleet
    from simulator.fleet.fleet_file import is_fleet_file, read_fleet
    from simulator.fleet.imported_meters import read_meters

    if _is_xml(file):
        return _verdict_on_message(file)
    if _is_scenario(file):
        return _verdict_on_scenario(file)
    kind = "meters" if file.suffix.lower() == ".csv" else "fleet" if is_fleet_file(file) else "settings"
    try:
        if kind == "meters":
            return Verdict(str(file), kind, True, f"{len(read_meters(file))} meters")
        if kind == "fleet":
            spec = read_fleet(file)
            return Verdict(
                str(file), kind, True, f"a fleet of {spec.meters} meters from {len(spec.templates)} templates"
            )
        load_settings(file, {})
    except (InvalidFleet, InvalidSettings) as error:
        return Verdict(str(file), kind, False, str(error))
    return Verdict(str(file), kind, True, "settings")


def _is_xml(file: Path) -> bool:
    with file.open("rb") as opened:
        return file.suffix.lower() == ".xml" or opened.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _is_scenario(file: Path) -> bool:
    from headend.scenario.yaml_source import is_scenario_file

    return file.suffix.lower() != ".csv" and is_scenario_file(file)


def _verdict_on_scenario(file: Path) -> Verdict:
    from headend.scenario.loading import InvalidScenario, load_scenario

    try:
        steps = len(load_scenario(file).steps)
    except InvalidScenario as error:
        return Verdict(str(file), "scenario", False, str(error))
    return Verdict(str(file), "scenario", True, f"a scenario of {steps} step{'s' if steps > 1 else ''}")


@cache
def _contract() -> "Contract":
    from headend.contract import Contract

    return Contract.load()


def _verdict_on_message(file: Path) -> Verdict:
    from headend.lint import Linter, Need, Severity
    from headend.lint.captured import captured, contract_violations

    contract = _contract()
    data = file.read_bytes()
    broken = [f"contract: {sentence}" for sentence in contract_violations(data, contract)]
    linter = Linter(contract, threshold=Severity.ERROR, unknown=tuple(Need))
    broken += [str(one) for one in linter.findings(one.entry for one in captured([data], contract))]
    if not broken:
        return Verdict(str(file), "message", True, "a message that keeps the contract")
    count = f"{len(broken)} rule{'s' if len(broken) > 1 else ''}"
    return Verdict(str(file), "message", False, f"{file}: a message that breaks {count}", tuple(broken))
