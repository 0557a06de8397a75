"""The command line before it does anything."""

import subprocess
import sys

import pytest

from tests.cli.conftest import Run

HEAVY = ("zeep", "numpy", "sqlalchemy", "lxml", "spyne", "granian", "pydantic", "requests", "urllib3", "apiflask")
COMMANDS = [
    ["serve"], ["demo"], ["mdm"], ["run"], ["read"], ["connect"], ["disconnect"], ["ready"], ["init"],
    ["meters", "list"], ["meters", "show"], ["wsdl", "export"], ["config", "schema"],
    ["clock", "get"], ["clock", "set"], ["clock", "advance"], ["clock", "freeze"], ["reset"],
    ["outage", "start"], ["outage", "end"], ["outage", "list"], ["events", "send"], ["events", "list"],
    ["controls", "list"], ["controls", "show"], ["controls", "cancel"],
    ["defects", "add"], ["defects", "list"], ["defects", "remove"],
    ["faults", "add"], ["faults", "list"], ["faults", "clear"],
    ["deliveries", "list"], ["deliveries", "show"], ["deliveries", "retry"], ["deliveries", "drop"],
    ["subscriptions", "list"], ["subscriptions", "add"], ["subscriptions", "remove"],
    ["events", "types"],
]  # fmt: skip


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=" ".join)
def test_every_command_has_its_help(headend: Run, command: list[str]) -> None:
    ended = headend(*command, "--help")
    assert ended.code == 0
    assert f"Usage: headend {' '.join(command)}".strip() in ended.stdout.replace("root", "headend")


def test_help_waits_for_no_library() -> None:
    program = (
        "import sys\nfrom headend.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert run.stderr == "[]\n"


def test_no_command_at_all_shows_the_help(headend: Run) -> None:
    assert "Call a head end" in headend().stdout


def test_the_version_is_printed(headend: Run) -> None:
    assert headend("--version").stdout.count(".") == 2


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "headend", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.count(".") == 2


def test_an_unknown_command_is_exit_code_2(headend: Run) -> None:
    assert headend("reed").code == 2
