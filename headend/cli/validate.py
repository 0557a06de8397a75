"""`headend validate`: whether files can be used, before a head end is started with them."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.options import Json
from headend.cli.stopping import stop


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say of one file."""

    file: str
    kind: str
    """fleet, meters or settings."""
    valid: bool
    message: str


def validate(
    files: Annotated[
        list[Path], typer.Argument(help="Fleet files, lists of meters (.csv), settings files.", metavar="FILE...")
    ],
    json: Json = False,
) -> None:
    """Check fleet files, lists of meters and settings. Exit code 1: one cannot be used, 2: there is no such file.

    Files of YAML with `templates` or `meters_csv` are fleets, others are settings.
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
    if not all(verdict.valid for verdict in verdicts):
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _verdict(file: Path) -> Verdict:
    from headend.config import InvalidSettings, load_settings
    from simulator.fleet import InvalidFleet
    from simulator.fleet.fleet_file import is_fleet_file, read_fleet
    from simulator.fleet.imported_meters import read_meters

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
