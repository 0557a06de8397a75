"""The page on the journal is run as its reader would, and tells of every field.

The head end and the commands run in this process, which saves a start of Python for each of them.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headend.cli.app import app
from headend.config import Settings
from headend.control.journal import WholeExchange
from headend.threaded_server import serving
from tests.conftest import NOON, STEPPED
from tests.support.in_process import in_process

PAGE = (Path(__file__).parents[2] / "docs" / "journal.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def followed(language: str, block: str) -> str:
    """What a block prints."""
    if language == "python":
        return subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=True).stdout
    printed = ""
    for command in block.splitlines():
        words = shlex.split(command)
        if words[0] == "headend":
            result = CliRunner().invoke(app, words[1:] if "||" not in words else words[1 : words.index("||")])
            assert result.exit_code == 0 or "||" in words, result.output
            printed += result.stdout
        else:
            printed += subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout
    return printed


def test_what_the_page_says_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (serve, *blocks) = BLOCK.findall(PAGE)
    assert serve[1] == "headend serve --meters 1000 --clock stepped@2026-03-02T12:00:00Z\n"
    monkeypatch.chdir(tmp_path)
    printed = ""
    with (
        in_process(tmp_path, NOON, clock=STEPPED) as opened,
        serving(opened.head_end.wsgi, "127.0.0.1", 0, "test") as port,
    ):
        monkeypatch.setenv("HEADEND_URL", f"http://127.0.0.1:{port}")
        for language, block in blocks:
            if language == "text":
                said = {line.strip() for line in printed.splitlines()}
                assert [line for line in block.strip().splitlines() if line.strip() not in said] == [], printed
            else:
                printed = followed(language, block.replace("127.0.0.1:8080", f"127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "name", [name for name in Settings.model_fields if "exchange" in name or name == "keep_body_bytes"]
)
def test_it_tells_the_default_of_every_setting(name: str) -> None:
    assert f"| `{name}` | {Settings.model_fields[name].default} |" in PAGE


def test_the_fields_that_it_explains_are_there() -> None:
    table = PAGE.partition("## What an entry tells")[2].partition("Transactions are told")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    names = [name.strip(" `") for cell in cells for name in cell.split(",")]
    assert len(names) > 10
    assert set(names) <= set(WholeExchange.model_fields)
