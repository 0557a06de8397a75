"""`headend truth`: what really flowed, what meters registered, what the head end delivers, and why they differ."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.offline import fleet_settings, fleet_time, stored
from headend.cli.options import Conditions, Config, FileFormat, FleetFile, FleetFlags, FleetSize, Json, Seed, Zone
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from simulator.truth.export import TruthQuestion

STDOUT = "-"


def truth(
    out: Annotated[
        str, typer.Argument(help="A folder that is new or empty, or - for CSV on stdout.", metavar="OUT|-")
    ] = STDOUT,
    start: Annotated[str, typer.Option("--from", help="Start of the window.", metavar="TIME")] = "yesterday",
    end: Annotated[str, typer.Option("--to", help="End of the window.", metavar="TIME")] = "today",
    meter: Annotated[
        list[str] | None, typer.Option("--meter", help="mRID or name; may come again. None: all of the fleet.")
    ] = None,
    group: Annotated[
        str | None, typer.Option("--group", help="Those of a template, substation, feeder or transformer.")
    ] = None,
    reading_type: Annotated[
        list[str] | None, typer.Option("--reading-type", help="18 numbers; may come again. None: the usual ones.")
    ] = None,
    only_differences: Annotated[
        bool, typer.Option("--only-differences", help="Only readings that are not delivered as they flowed.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="When the head end is asked.", metavar="TIME", show_default="--to")
    ] = None,
    config: Config = None,
    meters: FleetSize = None,
    fleet_file: FleetFile = None,
    seed: Seed = None,
    zone: Zone = None,
    conditions: Conditions = None,
    database: Annotated[
        str | None,
        typer.Option("--database", help="That of a head end, with what happened to its meters. None: nothing did."),
    ] = None,
    clock: Annotated[
        str | None, typer.Option("--clock", help="As for `serve`; with --database it says what --as-of is by default.")
    ] = None,
    file_format: FileFormat = "csv",
    json: Json = False,
) -> None:
    """Tell the truth about readings: what really flowed, what was registered, what is delivered, and why they differ.

    Give the settings that `serve` gets; no head end has to run. A folder gets the readings, sums, causes, effects and a
    manifest, which `--json` prints. See docs/truth.md. Exit code 2: a window, meter or reading type that cannot be.
    """
    from headend.cli.times import InvalidTime, parse_instant
    from headend.operations.truth import InvalidQuestion, truth_question
    from simulator.clock import RealClock
    from simulator.fleet import Fleet

    flags = FleetFlags(config, meters, seed, database, clock, fleet_file, zone, conditions)
    settings = fleet_settings("truth", flags)
    machine_now = RealClock().now().replace(microsecond=0)
    try:
        with stored("truth", settings) if database is not None else nullcontext() as store:
            if database is not None and store is None:
                stop("truth", f"there is no database {database}", ExitCode.BAD_USAGE)
            now = machine_now if store is None else fleet_time(settings, store, machine_now)
            until = parse_instant(end, now)
            # A fleet that nobody touched has no time of its own: it is asked when the window is over.
            default = until if store is None else now
            with nullcontext() if store is None else store.reading() as work:
                question = truth_question(
                    Fleet(settings.fleet_spec),
                    work,
                    start=parse_instant(start, now),
                    end=until,
                    now=default if as_of is None else parse_instant(as_of, now),
                    meters=meter or (),
                    group=group,
                    reading_types=reading_type or (),
                    only_differences=only_differences,
                )
    except (InvalidTime, InvalidQuestion) as error:
        stop("truth", error, ExitCode.BAD_USAGE)
    if out == STDOUT:
        _print(question, file_format)
    else:
        _write(question, Path(out), file_format, json=json)


def _print(question: "TruthQuestion", file_format: str) -> None:
    from headend.cli.output import remark
    from simulator.truth.export import stream_truth

    if file_format != "csv":
        stop("truth", f"{file_format} goes into a folder; only CSV goes to stdout", ExitCode.BAD_USAGE)
    rows = stream_truth(question, sys.stdout.buffer)
    remark("truth", f"{rows} readings of {len(question.meters)} meters; a folder as OUT gets sums and causes, too")


def _write(question: "TruthQuestion", folder: Path, file_format: str, *, json: bool) -> None:
    from importlib.metadata import version

    from headend.cli.output import print_json, remark
    from headend.cli.progress import progress_bar
    from simulator.manifest import FolderNotEmpty
    from simulator.tables import FileFormat as Format
    from simulator.tables import ParquetMissing
    from simulator.truth.export import write_truth

    try:
        with progress_bar(f"{folder}") as progress:
            software = f"headend {version('headend')}"
            manifest = write_truth(question, folder, Format(file_format), software=software, progress=progress)
    except (FolderNotEmpty, ParquetMissing, OSError) as error:
        stop("truth", error, ExitCode.BAD_USAGE)
    if json:
        print_json(manifest)
    else:
        readings = manifest["files"][0]["rows"]
        remark("truth", f"{manifest['what']}: {readings} readings in {folder}")
