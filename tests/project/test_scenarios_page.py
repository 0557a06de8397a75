"""The page on scenario files tells what the code does; its first scenario is played."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headend.cli.exit_codes import ExitCode
from headend.scenario.condition import OPERATORS
from headend.scenario.message_values import EVENTS, MESSAGE, READINGS
from headend.scenario.reply_values import REPLY
from headend.scenario.scenario_form import ScenarioForm
from headend.scenario.steps import ACTIONS
from headend.scenario.yaml_source import is_scenario_file

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FIRST = next(text for language, text in BLOCKS if language == "yaml")
PASSED, FAILED = (text for language, text in BLOCKS if language == "text")


def run(*words: str) -> tuple[int, str]:
    from headend.cli.app import app

    ended = CliRunner().invoke(app, ["run", *words], catch_exceptions=False)
    return ended.exit_code, ended.stdout


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = Path("first.yaml")
    file.write_text(FIRST, "utf-8")
    return file


def test_the_first_scenario_is_played_as_the_page_says(first: Path) -> None:
    assert run(str(first)) == (ExitCode.OK, PASSED)


def test_a_failed_check_looks_as_the_page_says(first: Path) -> None:
    first.write_text(FIRST.replace("3.31.0.68", "3.31.0.42"), "utf-8")
    code, printed = run(str(first))
    assert code == ExitCode.CHECK_FAILED
    assert FAILED in printed


def test_the_snippet_of_python_runs(first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = [text for language, text in BLOCKS if language == "python"]
    exec(compile(snippet, "docs/scenarios.md", "exec"), {})
    assert capsys.readouterr().out == f"True {['passed'] * 5}\n"


def cells(head: str) -> list[list[str]]:
    """The rows of the table with this head, as lists of cells."""
    rows = PAGE.partition(f"| {head} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_key_of_a_file_is_on_the_page() -> None:
    assert {name for row in cells("key") for name in named(row[0])} == set(ScenarioForm.model_fields)


def test_every_action_is_on_the_page_with_its_fields() -> None:
    told = {key: row for row in cells("action") for key in named(row[0])}
    assert list(told) == list(ACTIONS)
    for key, row in told.items():
        fields = set(ACTIONS[key].form.model_fields) - {"by_or_to"}
        if "as `" not in row[1]:
            assert set(named(row[1])) == fields, key
        if row[2] and row[2] != "a reply" and not row[2].startswith("the last message"):
            assert set(named(row[2])) <= set(ACTIONS[key].finds), key


def test_every_name_that_a_reply_or_a_message_has_is_on_the_page() -> None:
    section = PAGE.partition("A *reply* is")[2].partition("## Checks")[0]
    reply, message = (
        section.partition("A *message* has")[0],
        section.partition("A *message* has")[2].partition("A reading is")[0],
    )
    assert set(named(reply)) == set(REPLY)
    assert set(named(message)) == set(MESSAGE)
    assert {*READINGS, *EVENTS} <= set(MESSAGE)


def test_every_operator_is_on_the_page() -> None:
    assert [name for row in cells("operator") for name in named(row[0])] == list(OPERATORS)


def test_every_exit_code_is_on_the_page() -> None:
    assert [int(row[0]) for row in cells("exit code")] == [code.value for code in ExitCode]


def test_every_example_is_on_the_page() -> None:
    listed = {name for row in cells("file") for name in named(row[0])}
    there = {file.name for file in (ROOT / "examples/scenarios").glob("*.yaml") if is_scenario_file(file)}
    assert listed == there
    assert f"{len(there)} of them" in (ROOT / "README.md").read_text("utf-8")
