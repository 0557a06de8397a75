"""The worked example of docs/truth.md is run: its fleet, its command, its program, and what that prints."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headend.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "truth.md").read_text("utf-8")
EXAMPLE = PAGE[PAGE.index("### A worked example") : PAGE.index("## A corpus")]


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", EXAMPLE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_worked_example_finds_who_steals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "street.yaml").write_text(block("yaml"))
    (command,) = re.findall(r"^    headend (.*)$", EXAMPLE, re.MULTILINE)
    result = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    printed = subprocess.run([sys.executable, "-c", block("python")], capture_output=True, text=True, check=True).stdout
    assert printed == block("text")
    assert printed.count("past the meter") == 2
