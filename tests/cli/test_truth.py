"""`headend truth`: of a fleet that nobody touched, and of one that a head end keeps in its database."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headend.compose import open_head_end
from headend.config import Settings
from simulator.clock import ManualClock
from tests.cli.conftest import Run

CLOCK = "stepped@2026-03-02T12:00:00Z"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUARTERS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
HOUR = ("--from", "2026-03-02T10:00:00Z", "--to", "2026-03-02T11:00:00Z", "--meter", "M00000005")


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database in which the switch of M00000005 is open since 10:30."""
    url = f"sqlite:///{tmp_path / 'headend.db'}"
    head_end = open_head_end(Settings(database=url, clock=CLOCK), ManualClock(NOON))
    with head_end.store.writing() as work:
        work.interruptions.open(head_end.fleet.meter(5).mrid, NOON - timedelta(minutes=90), "test")
    head_end.close()
    return url


def test_readings_go_to_stdout_as_csv(headend: Run) -> None:
    ended = headend("truth", *HOUR)
    rows = list(csv.DictReader(ended.stdout.splitlines()))
    assert (ended.code, len(rows)) == (0, 4)
    assert {(row["meter"], row["reading_type"], row["unit"]) for row in rows} == {("M00000005", QUARTERS, "Wh")}
    assert all(row["flowed"] == row["registered"] == row["reported"] != "0" for row in rows)


def test_what_a_head_end_did_is_read_from_its_database(headend: Run, database: str) -> None:
    ended = headend("truth", *HOUR, "--database", database, "--clock", CLOCK)
    rows = list(csv.DictReader(ended.stdout.splitlines()))
    assert [(row["flowed"] == "0", row["causes"]) for row in rows] == [(False, "")] * 2 + [(True, "switch-1")] * 2


def test_a_folder_gets_all_tables_and_a_manifest(headend: Run, database: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = headend("truth", str(out), *HOUR, "--database", database, "--clock", CLOCK, "--json")
    assert json.loads(ended.stdout) == json.loads((out / "manifest.json").read_text("utf-8"))
    (cause,) = csv.DictReader((out / "causes.csv").read_text("utf-8").splitlines())
    assert cause["sentence"] == "since 2026-03-02T10:30:00Z the switch of M00000005 was open: nothing flowed"


def test_only_differences_of_a_sound_fleet_are_none(headend: Run) -> None:
    ended = headend("truth", "--from", "2026-03-01T00:00:00Z", "--to", "2026-03-02T00:00:00Z", "--only-differences")
    assert ended.stdout.count("\n") == 1


def test_meters_are_chosen_by_group_and_reading_type(headend: Run) -> None:
    chosen = ("--group", "T00000001", "--reading-type", "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0")
    ended = headend("truth", "--from", "2026-03-01T00:00:00Z", "--to", "2026-03-02T00:00:00Z", *chosen)
    rows = list(csv.DictReader(ended.stdout.splitlines()))
    assert [row["meter"] for row in rows] == [f"M{number:08d}" for number in range(40, 80)]
    assert {row["end"] for row in rows} == {"2026-03-02T00:00:00Z"}


def test_what_is_not_heard_depends_on_when_one_asks(headend: Run) -> None:
    window = ("--from", "2026-03-01T00:00:00Z", "--to", "2026-03-02T00:00:00Z", "--conditions", "realistic")
    soon, later = (
        headend("truth", *window, "--only-differences", "--as-of", instant).stdout.count("unheard")
        for instant in ("2026-03-02T00:00:00Z", "2026-03-02T12:00:00Z")
    )
    assert soon > later


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "2026-03-01T00:00:00Z"), "not after its start"),
        (("--as-of", "2026-03-02T09:00:00Z"), "for the head end it is 2026-03-02T09:00:00"),
        (("--meter", "M99999999"), "there is no meter 'M99999999' in this fleet of 1000; its last is M00000999"),
        (("--group", "T0000001"), "did you mean 'T0000000"),
        (("--reading-type", "1.2.3"), "a reading type has 18 numbers"),
        (("--reading-type", "0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0"), "no meter of this fleet delivers"),
        (("--from", "lately"), "'lately' is no instant"),
        (("--database", "sqlite:///none.db"), "there is no database sqlite:///none.db"),
        (("--format", "parquet"), "parquet goes into a folder"),
    ],
    ids=["window", "future", "meter", "group", "code", "undelivered", "instant", "database", "stdout"],
)
def test_what_cannot_be_is_exit_code_2(headend: Run, arguments: tuple[str, str], sentence: str) -> None:
    ended = headend("truth", *HOUR, *arguments)
    assert (ended.code, sentence in ended.stderr) == (2, True), ended.stderr
