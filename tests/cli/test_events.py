"""`headend events types`: the catalogue of event types."""

import json
from typing import Any

import pytest

from simulator.cim.event_catalogue import event_groups
from tests.cli.conftest import Run


def _listed(headend: Run, *arguments: str) -> list[dict[str, Any]]:
    ended = headend("events", "types", *arguments, "--json")
    assert ended.code == 0
    rows: list[dict[str, Any]] = json.loads(ended.stdout)
    return rows


def test_without_a_word_all_types_are_listed(headend: Run) -> None:
    assert len(_listed(headend)) == 433


def test_a_group_lists_its_types(headend: Run) -> None:
    assert {row["name"] for row in _listed(headend, "tamper")} == {one.mnemonic for one in event_groups()["Tamper"]}


def test_a_part_of_a_name_is_enough(headend: Run) -> None:
    names = [row["name"] for row in _listed(headend, "sagstart")]
    assert "Power.Voltage.SagStarted" in names
    assert all(name.endswith("SagStarted") for name in names)


def test_a_type_says_how_serious_it_is_and_what_ends_it(headend: Run) -> None:
    (row,) = _listed(headend, "3.26.38.223")
    assert (row["name"], row["severity"], row["ends"]) == ("Power.Voltage.SagStarted", "warning", "3.26.38.224")


@pytest.mark.parametrize(
    ("code", "severity"),
    [("3.12.0.257", "alarm"), ("3.26.0.85", "alarm"), ("3.26.0.216", "information"), ("3.36.114.24", "information")],
)
def test_severities_tell_alarms_from_the_rest(headend: Run, code: str, severity: str) -> None:
    assert [row["severity"] for row in _listed(headend, code)] == [severity]


def test_a_table_has_a_line_for_each(headend: Run) -> None:
    printed = headend("events", "types", "Battery").stdout
    assert printed.count("Battery.") == len(event_groups()["Battery"])


def test_what_is_nothing_gets_a_near_miss(headend: Run) -> None:
    ended = headend("events", "types", "tampr")
    assert ended.code == 1
    assert "did you mean Tamper" in ended.stderr
