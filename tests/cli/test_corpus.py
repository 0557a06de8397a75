"""`headend corpus`: sample data into a folder, and a sentence where it cannot be."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

SMALL = ("--meters", "2", "--days", "2")


def test_a_corpus_is_written_and_its_manifest_printed(headend: Run, tmp_path: Path) -> None:
    ended = headend("corpus", str(tmp_path / "out"), *SMALL, "--seed", "7", "--json")
    manifest = json.loads(ended.stdout)
    assert ended.code == 0
    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert (manifest["fleet"]["meters"], manifest["fleet"]["seed"]) == (2, 7)
    assert manifest["window"] == {
        "start": "2025-01-01T00:00:00Z",
        "end": "2025-01-03T00:00:00Z",
        "as_of": "2025-01-03T00:00:00Z",
    }


def test_without_json_stdout_stays_empty_and_a_remark_says_what_was_made(headend: Run, tmp_path: Path) -> None:
    ended = headend("corpus", str(tmp_path / "out"), *SMALL)
    assert (ended.code, ended.stdout) == (0, "")
    assert ended.stderr.startswith("headend corpus: readings of 2 simulated meters in 2 days from 2025-01-01")
    assert ended.stderr.count("\n") == 1  # no bar in a pipe


def test_zone_first_day_and_layout_are_those_that_were_asked_for(headend: Run, tmp_path: Path) -> None:
    more = ("--zone", "Europe/Amsterdam", "--from", "2025-03-30", "--layout", "readings")
    headend("corpus", str(tmp_path / "out"), *SMALL, *more)
    (file,) = (tmp_path / "out" / "intervals").rglob("2025-03.csv")
    lines = file.read_text("utf-8").splitlines()
    assert lines[1].split(",")[2:4] == ["2025-03-29T23:00:00Z", "2025-03-29T23:15:00Z"]
    assert len(lines) == 1 + 2 * (92 + 96)


def test_a_fleet_file_says_which_meters(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text("templates:\n  - name: town\n    count: 3\n    class: gas\n")
    ended = headend("corpus", str(tmp_path / "out"), "--fleet", str(file), "--days", "1")
    assert ended.code == 0, ended.stderr
    assert (tmp_path / "out" / "meters.csv").read_text("utf-8").count(",gas,") == 3


def test_a_folder_that_is_not_empty_is_exit_code_2(headend: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    ended = headend("corpus", str(tmp_path), *SMALL)
    assert (ended.code, "is not empty: it holds mine.txt" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--days", "0"), "a corpus has at least one day, not 0"),
        (("--from", "2019-12-31"), "the fleet was installed on 2020-01-01"),
        (("--from", "yesterday"), "'yesterday' is no day; it can be 2025-01-31"),
        (("--zone", "Europe/Amsterdm"), "did you mean Europe/Amsterdam"),
        (("--format", "xlsx"), "xlsx"),
    ],
    ids=["days", "installation", "day", "zone", "format"],
)
def test_what_cannot_be_is_exit_code_2_and_leaves_no_folder(
    headend: Run, tmp_path: Path, arguments: tuple[str, str], sentence: str
) -> None:
    ended = headend("corpus", str(tmp_path / "out"), *SMALL, *arguments)
    assert (ended.code, sentence in ended.stderr) == (2, True), ended.stderr
    assert not (tmp_path / "out").exists()
