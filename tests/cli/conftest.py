"""The command line, called in this process: its output and exit code, without the start of a Python."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from headend.cli.app import app


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


Run = Callable[..., Ended]


@pytest.fixture
def headend(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, such as `headend("meters", "list")`. Settings in the environment of the tests do not count."""
    for name in ("HEADEND_METERS", "HEADEND_SEED", "HEADEND_DATABASE", "HEADEND_CLOCK"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Ended:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        return Ended(result.exit_code, result.stdout, result.stderr)

    return run
