"""`headend corpus`: deterministic sample data, without a server."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.offline import fleet_settings
from headend.cli.options import Conditions, Config, FileFormat, FleetFile, FleetFlags, FleetSize, Json, Seed, Zone
from headend.cli.stopping import stop

FIRST_DAY = "2025-01-01"
"""A fixed one, so that the same command gives the same bytes on any day."""


def corpus(
    out: Annotated[Path, typer.Argument(help="A folder that is new or empty.", metavar="OUT", show_default=False)],
    days: Annotated[int, typer.Option("--days", help="How many local days.")] = 7,
    first_day: Annotated[str, typer.Option("--from", help="The first of them.", metavar="DATE")] = FIRST_DAY,
    config: Config = None,
    meters: FleetSize = None,
    fleet_file: FleetFile = None,
    seed: Seed = None,
    zone: Zone = None,
    conditions: Conditions = None,
    layout: Annotated[
        Literal["days", "readings"],
        typer.Option("--layout", help="A row of interval data is a day of a meter, or one reading."),
    ] = "days",
    file_format: FileFormat = "csv",
    json: Json = False,
) -> None:
    """Write sample data into a folder: meters, intervals, registers, events, and what was true. No head end has to run.

    The same settings, days and layout give the same bytes on every machine. `manifest.json` says what every file is;
    `--json` prints it. Exit code 2: the folder is not empty, or a setting cannot be.
    """
    from importlib.metadata import version

    from headend.cli.output import print_json, remark
    from headend.cli.progress import progress_bar
    from headend.cli.times import InvalidTime, parse_day
    from simulator.corpus import CorpusSpec, InvalidCorpus, Layout, write_corpus
    from simulator.fleet import Fleet
    from simulator.manifest import FolderNotEmpty
    from simulator.tables import FileFormat as Format
    from simulator.tables import ParquetMissing

    flags = FleetFlags(config, meters, seed, fleet=fleet_file, zone=zone, conditions=conditions)
    settings = fleet_settings("corpus", flags)
    try:
        spec = CorpusSpec(
            first=parse_day(first_day),
            days=days,
            layout=Layout(layout),
            file_format=Format(file_format),
        )
        with progress_bar(f"{out}") as progress:
            software = f"headend {version('headend')}"
            manifest = write_corpus(Fleet(settings.fleet_spec), spec, out, software=software, progress=progress)
    except (InvalidCorpus, InvalidTime, FolderNotEmpty, ParquetMissing, OSError) as error:
        stop("corpus", error, ExitCode.BAD_USAGE)
    if json:
        print_json(manifest)
    else:
        size = sum(one["bytes"] for one in manifest["files"])
        remark("corpus", f"{manifest['what']}: {len(manifest['files'])} files, {size / 1e6:.1f} MB in {out}")
