"""`--fleet`, `headend validate` and `headend fleet schema`: fleets from files on the command line."""

import json
from pathlib import Path

import pytest

from simulator.fleet.fleet_keys import fleet_schema
from tests.cli.conftest import Run

EXAMPLES = Path(__file__).parents[2] / "examples" / "fleets"
GAS_AND_WATER = str(EXAMPLES / "gas-and-water.yaml")


def test_the_meters_of_a_fleet_file_are_listed_with_their_classes(headend: Run) -> None:
    ended = headend("meters", "list", "--fleet", GAS_AND_WATER, "--limit", "1", "--json")
    (meter,) = json.loads(ended.stdout)
    assert (meter["name"], meter["class"], meter["template"]) == ("E-00001", "residential", "electricity")
    assert meter["network"] == ["S00000000", "F00000000", "T00000000"]


def test_the_meters_of_a_group_are_listed(headend: Run) -> None:
    ended = headend("meters", "list", "--fleet", GAS_AND_WATER, "--group", "gas", "--limit", "2", "--json")
    assert [meter["name"] for meter in json.loads(ended.stdout)] == ["G-00001", "G-00002"]
    assert "2 of 240 meters" in ended.stderr


def test_an_unknown_group_is_said(headend: Run) -> None:
    ended = headend("meters", "list", "--fleet", GAS_AND_WATER, "--group", "coal")
    assert (ended.code, ended.stderr) == (1, "headend meters list: there is no group 'coal' in this fleet\n")


def test_a_meter_of_a_fleet_file_is_shown_with_what_feeds_it(headend: Run, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'none.db'}"
    ended = headend("meters", "show", "E-00100", "--fleet", GAS_AND_WATER, "--database", database)
    assert "S00000000, F00000000, T00000002" in ended.stdout


def test_a_settings_file_names_the_fleet_file_beside_it(headend: Run, tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("templates: [{name: any, count: 3}]")
    (tmp_path / "headend.yaml").write_text("fleet: fleet.yaml\n")
    ended = headend("meters", "list", "--config", str(tmp_path / "headend.yaml"), "--json")
    assert len(json.loads(ended.stdout)) == 3


@pytest.mark.parametrize("command", [("meters", "list"), ("serve", "--port", "0")])
def test_a_bad_fleet_file_ends_a_command_with_file_line_and_near_miss(
    headend: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text("templates:\n  - name: any\n    cuont: 3\n")
    ended = headend(*command, "--fleet", str(file))
    assert ended.code == 2
    assert "fleet.yaml, line 3: templates[0].cuont: there is no such key; did you mean 'count'?" in ended.stderr


def test_examples_are_valid(headend: Run) -> None:
    files = sorted(str(file) for file in EXAMPLES.iterdir())
    ended = headend("validate", *files, "--json")
    verdicts = json.loads(ended.stdout)
    assert (ended.code, [verdict["file"] for verdict in verdicts if verdict["valid"]]) == (0, files)
    assert {verdict["kind"] for verdict in verdicts} == {"fleet", "meters"}


def test_each_file_that_cannot_be_used_is_said_and_the_others_are_still_checked(headend: Run, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("mrid\n")
    (tmp_path / "headend.yaml").write_text("prot: 8080\n")
    (tmp_path / "good.yaml").write_text("port: 8081\n")
    ended = headend("validate", *(str(tmp_path / name) for name in ("own.csv", "headend.yaml", "good.yaml")))
    assert ended.code == 1
    assert "own.csv, line 1: the column 'name' is missing" in ended.stderr
    assert "there is no setting 'prot'; did you mean 'port'?" in ended.stderr
    assert ended.stdout == f"{tmp_path / 'good.yaml'}: settings\n"


def test_a_file_that_is_not_there_is_a_usage_error(headend: Run, tmp_path: Path) -> None:
    ended = headend("validate", str(tmp_path / "none.yaml"))
    assert (ended.code, "there is no such file" in ended.stderr) == (2, True)


def test_the_schema_of_fleet_files_is_printed(headend: Run) -> None:
    assert json.loads(headend("fleet", "schema").stdout) == fleet_schema()


def test_a_meter_of_a_list_is_shown_with_the_firmware_of_its_row(headend: Run, tmp_path: Path) -> None:
    database, fleet = f"sqlite:///{tmp_path / 'none.db'}", str(EXAMPLES / "own-meters.yaml")
    ended = headend("meters", "show", "ELS-100235", "--fleet", fleet, "--database", database, "--json")
    assert json.loads(ended.stdout)["firmware"] == "3.2.0"
