"""`headend mdm` in a process of its own, and what it says about its options."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headend.cli.app import app
from headend.cli.mdm import answer_of
from headend.mdm import Answer, FakeMdm
from tests.support.patience import eventually
from tests.support.sent_to_mdm import events, identified, sender_to

SERVICE = "ReceiveEndDeviceEvents"


@contextmanager
def running(directory: Path, *flags: str) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """The process, its base URL and the file with its stderr."""
    log = directory / "mdm.log"
    with log.open("w") as stderr:
        command = [sys.executable, "-m", "headend", "mdm", "--port", "0", *flags]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        try:
            yield process, process.stdout.readline().strip(), log
        finally:
            process.kill()


def test_each_message_is_a_line_and_the_address_is_the_first_of_all(tmp_path: Path) -> None:
    with running(tmp_path, "--show-xml") as (process, base_url, log):
        told = [("M00000003", "3.31.0.68"), ("M00000004", "3.31.0.68")]
        sender_to(base_url).post(SERVICE, events(*told, fields=identified("m-1")))
        sender_to(base_url).post(SERVICE, events(*told, fields=identified("m-1")))
        eventually(lambda: "\n2. " in log.read_text(), "two messages are told")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    first = "created EndDeviceEvents, 2 events, M00000003 RCDSwitch.-.Disconnected, M00000004 RCDSwitch.-.Disconnected"
    lines = log.read_text().splitlines()
    assert [line for line in lines if line[:1].isdigit()] == [f"1. {first}", f"2. {first}, repeats number 1"]
    assert any("<m:Verb>created</m:Verb>" in line for line in lines)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("ok", Answer.ok()),
        ("failed", Answer.failed()),
        ("failed:3.2", Answer.failed("3.2")),
        ("fault", Answer.fault()),
        ("slow:2s", Answer.slow(2)),
        ("drop", Answer.drop()),
        ("http:503", Answer.http(503)),
    ],
)
def test_an_answer_is_told_in_a_word(answer: str, told: Answer) -> None:
    assert answer_of(answer) == told


def test_the_answer_is_the_one_that_was_told(tmp_path: Path) -> None:
    with running(tmp_path, "--answer", "failed:3.2") as (process, base_url, log):
        assert sender_to(base_url).post(SERVICE, events()).codes == ["3.2"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert log.read_text().endswith(", answered FAILED 3.2\n")


@pytest.mark.parametrize("answer", ["yes", "ok:1", "failed:1.1", "slow", "slow:soon", "http:99", "http:x", "drop:2"])
def test_an_answer_that_is_none_is_bad_usage(answer: str) -> None:
    ended = CliRunner().invoke(app, ["mdm", "--answer", answer])
    assert ended.exit_code == 2
    assert f"headend mdm: --answer: '{answer}'" in ended.stderr


def test_a_port_that_is_taken_is_exit_code_3(mdm: FakeMdm) -> None:
    ended = CliRunner().invoke(app, ["mdm", "--port", mdm.base_url.rpartition(":")[2]])
    assert ended.exit_code == 3
    assert "in use" in ended.stderr
