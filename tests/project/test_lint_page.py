"""The page on the linter is what the rules say, and its snippet and commands run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headend.cli.app import app
from headend.lint import RULES
from headend.lint.__main__ import main
from headend.lint.page import rules_page
from tests.lint.exchanges import read

FILE = Path(__file__).parents[2] / "docs" / "lint.md"
PAGE = FILE.read_text("utf-8")


def test_the_page_is_that_of_the_rules() -> None:
    assert rules_page() == PAGE, "docs/lint.md is stale: make rules"


def test_every_rule_stands_on_it_once() -> None:
    assert re.findall(r"^\| `([\w.-]+)`", PAGE, re.MULTILINE) == [one.id for one in RULES]


def test_every_row_has_all_its_cells() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_a_stale_page_is_found(tmp_path: Path) -> None:
    page = tmp_path / "lint.md"
    assert main(["--check", str(page)]) == 1
    assert main([str(page)]) == 0
    assert main(["--check", str(page)]) == 0
    page.write_text("old", "utf-8")
    assert main(["--check", str(page)]) == 1


def test_its_snippet_runs() -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    run = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (0, "True [] ()\n"), run.stderr


def test_its_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = read()
    assert entry.response is not None
    (tmp_path / "captured").mkdir()
    (tmp_path / "request.xml").write_bytes(entry.request.body)
    (tmp_path / "answer.xml").write_bytes(entry.response.body)
    (tmp_path / "captured" / "one.xml").write_bytes(entry.request.body)
    monkeypatch.chdir(tmp_path)
    (commands,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for command in commands.splitlines():
        words = [word.replace("*.xml", "one.xml") for word in shlex.split(command)]
        result = CliRunner().invoke(app, words[1:], catch_exceptions=False)
        assert result.exit_code == 0, command
