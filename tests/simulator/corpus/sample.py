"""A small fleet of everything, and short ways to write and read a corpus of it."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

from simulator.conditions import IDEAL, Conditions
from simulator.corpus import CorpusSpec, Layout, write_corpus
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.tables import FileFormat

QUARTERS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
GAS_HOURS = "0.0.7.4.1.7.58.0.0.0.0.0.0.0.0.0.42.0"
SHARES = (("residential", 3_000), ("solar_prosumer", 3_000), ("commercial", 4_000))


def sample_fleet(zone: str = "Europe/Amsterdam", conditions: Conditions = IDEAL) -> Fleet:
    """Homes, roofs, offices and gas meters, mixed; the last ones came in the middle of March 2025."""
    templates = (
        MeterTemplate(name="town", count=8, shares=SHARES),
        MeterTemplate(name="gas", count=2, shares=(("gas", 10_000),)),
        MeterTemplate(name="late", count=2, installed=date(2025, 3, 15)),
    )
    return Fleet(FleetSpec(12, seed=7, zone=zone, templates=templates, conditions=conditions))


def write_sample(
    folder: Path,
    first: date,
    days: int,
    *,
    fleet: Fleet | None = None,
    layout: Layout = Layout.DAYS,
    file_format: FileFormat = FileFormat.CSV,
) -> dict[str, Any]:
    """A corpus of the fleet; its manifest."""
    spec = CorpusSpec(first=first, days=days, layout=layout, file_format=file_format)
    return write_corpus(fleet or sample_fleet(), spec, folder, software="tests")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a table; of all months where `name` is a folder."""
    path = folder / name
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path.with_name(f"{path.name}.csv")]
    return [row for file in files for row in csv.DictReader(file.read_text("utf-8").splitlines())]


def values_by_instant(day_rows: list[dict[str, str]]) -> dict[tuple[str, int], str]:
    """Every interval of rows of days: by meter and where it ends, in epoch seconds."""
    found = {}
    for row in day_rows:
        start, length = int(datetime.fromisoformat(row["start"]).timestamp()), int(row["interval_s"])
        for number, value in enumerate(row["values"].split(";"), 1):
            found[row["meter"], start + number * length] = value
    return found
