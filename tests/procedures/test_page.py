"""docs/procedures.md: what it shows is what happens."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from headend.cli.app import app
from tests.procedures.bench import Bench
from tests.procedures.test_scheduled_read import METER, NEIGHBOUR, as_in_the_sample, schedule

PAGE = (Path(__file__).parents[2] / "docs" / "procedures.md").read_text("utf-8")


def blocks() -> list[list[str]]:
    """The indented blocks of the page, by their lines."""
    found = re.findall(r"(?:^    .*\n)+", PAGE, re.MULTILINE)
    return [[line.removeprefix("    ") for line in block.splitlines()] for block in found]


def test_the_account_on_the_page_is_that_of_the_scheduled_read(bench: Bench) -> None:
    schedule(bench, METER, NEIGHBOUR, fields=as_in_the_sample(bench))
    bench.advance(hours=24)
    assert bench.account(bench.mdm.received()).splitlines() in blocks()


def test_the_commands_on_the_page_show_an_outage(bench: Bench) -> None:
    (commands,) = [block for block in blocks() if block[0].startswith("headend mdm")]
    served = [line.removesuffix(" &") for line in commands if line.endswith(" &")]
    assert [shlex.split(line)[1] for line in served] == ["mdm", "serve"]
    environment = {"HEADEND_URL": bench.control._base.removesuffix("/control/v1")}
    for line in commands:
        if not line.endswith(" &"):
            words = shlex.split(line.replace("http://127.0.0.1:8081", bench.mdm.base_url))
            ended = CliRunner().invoke(app, words[1:], env=environment)
            assert ended.exit_code == 0, ended.output
    assert [one.listed["words"].split(", ")[:2] for one in bench.arrived()] == [
        ["created EndDeviceEvents", "50 events"],
        ["created EndDeviceEvents", "50 events"],
    ]


def test_the_tests_that_the_page_runs_are_there() -> None:
    named = re.findall(r'ARGS="(tests/procedures\S*?)[ "]', PAGE)
    assert len(named) == 2
    assert all((Path(__file__).parents[2] / one).exists() for one in named)
