"""The aspect `commands` of the conditions in a fleet file."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from simulator.device import PROMPT, REALISTIC, CommandBehaviour, Duration
from simulator.fleet.command_keys import COMMANDS
from simulator.fleet.fleet_file import InvalidFleetFile, read_fleet

Read = Callable[[str], CommandBehaviour]

TEMPLATES = "templates: [{name: any, count: 1}]"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def of(conditions: str) -> CommandBehaviour:
        file = tmp_path / "fleet.yaml"
        file.write_text(f"conditions: {conditions}\n{TEMPLATES}", "utf-8")
        return read_fleet(file).conditions.commands

    return of


def test_commands_follow_the_preset(read: Read) -> None:
    assert (read("ideal"), read("realistic")) == (PROMPT, REALISTIC)


def test_a_key_replaces_that_of_the_preset_and_a_duration_each_of_its_three(read: Read) -> None:
    found = read("\n  commands:\n    button: {longest_s: 90}\n    failures_per_million: 7")
    assert found == CommandBehaviour(button=Duration(60, 60, 90), failures_per_million=7)


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ("{swiching: {}}", "commands.swiching: there is no such key; did you mean 'switching'?"),
        ("{switching: {median: 1}}", "commands.switching.median: there is no such key; did you mean 'median_s'?"),
        ("{switching: 5}", "commands.switching: a mapping of shortest_s, median_s and longest_s is needed, not 5"),
        ("{switching: {median_s: 5}}", "commands.switching: a duration needs 0 <= shortest_s"),
        ("{failures_per_million: 1000001}", "commands: failures_per_million is 1000001; a share is 0 to 1000000"),
        ("{randomisation_s: soon}", "commands.randomisation_s: a whole number is needed, not 'soon'"),
    ],
)
def test_what_is_wrong_is_said_with_line_key_and_rule(read: Read, commands: str, words: str) -> None:
    with pytest.raises(InvalidFleetFile) as refusal:
        read(f"\n  commands: {commands}")
    assert "line 2" in str(refusal.value)
    assert words in str(refusal.value)


def test_every_field_has_a_key_that_says_what_it_is() -> None:
    assert list(COMMANDS) == [field.name for field in fields(CommandBehaviour)]
    assert all(key["description"] for key in COMMANDS.values())
