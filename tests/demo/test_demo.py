"""`headend demo` from its first line to its exit code."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from headend.cli.demo import demo_command
from headend.client import HeadEndClient, counted_ids
from headend.client.readiness import not_ready
from headend.demo.account import Account
from headend.demo.head_end_process import DidNotStart, head_end_process
from headend.demo.stage import Stage
from headend.demo.tour import TOUR, Step, read_registers
from simulator.clock import RealClock


def demo(*steps: Step) -> typer.Typer:
    app = typer.Typer()
    app.command()(demo_command(lambda: steps))
    return app


def fail(_stage: Stage, account: Account) -> None:
    account.check("the answer", "41", "42")


def call_nobody(stage: Stage, account: Account) -> None:
    with HeadEndClient("http://127.0.0.1:9", RealClock(), counted_ids("t")) as client:
        client.read([])


def break_down(_stage: Stage, _account: Account) -> None:
    raise LookupError("a bug of the tour")


def test_the_whole_tour_is_as_it_should_be(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "headend", "demo", "--report", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "✘" not in run.stdout
    assert f"{len(TOUR)} steps" in run.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_step_that_is_not_as_it_should_be_is_exit_code_1(tmp_path: Path) -> None:
    ended = CliRunner().invoke(demo(Step("Registers", read_registers), Step("Fail", fail)), ["--report", str(tmp_path)])
    assert ended.exit_code == 1
    assert "✘ the answer: expected 42, got 41" in ended.stdout
    assert "1 not as expected" in ended.stdout


def test_a_call_without_a_reply_is_a_finding_and_the_tour_goes_on(tmp_path: Path) -> None:
    steps = (Step("Nobody", call_nobody), Step("Registers", read_registers))
    ended = CliRunner().invoke(demo(*steps), ["--report", str(tmp_path)])
    assert ended.exit_code == 1
    assert "Connection refused" in ended.stdout
    assert "✔ Result: OK" in ended.stdout


def test_state_is_kept_when_it_is_asked_for(tmp_path: Path) -> None:
    ended = CliRunner().invoke(demo(Step("Registers", read_registers)), ["--report", str(tmp_path), "--keep"])
    (state,) = tmp_path.glob("state-*")
    assert ended.exit_code == 0
    assert {"headend.db", "headend.log"} <= {path.name for path in state.iterdir()}


def test_messages_are_printed_when_it_is_asked_for(tmp_path: Path) -> None:
    steps = demo(Step("Registers", read_registers))
    assert "<m:Verb>reply</m:Verb>" in CliRunner().invoke(steps, ["--report", str(tmp_path), "--show-xml"]).stdout


def test_a_report_that_cannot_be_written_is_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = CliRunner().invoke(demo(Step("Registers", read_registers)), ["--report", str(tmp_path / "file" / "x")])
    assert ended.exit_code == 2


def test_nothing_is_left_running_when_a_step_breaks_down(tmp_path: Path) -> None:
    seen: list[str] = []
    steps = demo(Step("Look", lambda stage, _: seen.append(stage.base_url)), Step("Break down", break_down))
    ended = CliRunner().invoke(steps, ["--report", str(tmp_path)])
    assert isinstance(ended.exception, LookupError)
    assert is_silent(seen[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_nothing_is_left_running_after_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "headend", "demo", "--report", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        base_url = next(word.rstrip(",") for word in process.stdout.readline().split() if word.startswith("http"))
        process.send_signal(number)
        assert process.wait(30) != 0
    assert is_silent(base_url)


def test_settings_of_the_environment_do_not_reach_the_head_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADEND_PERMITTED_SOURCES", '["nobody"]')
    assert CliRunner().invoke(demo(Step("Registers", read_registers)), ["--report", str(tmp_path)]).exit_code == 0


def test_a_head_end_that_does_not_start_says_why(tmp_path: Path) -> None:
    flags = ["--port", "0", "--database", f"sqlite:///{tmp_path / 'none' / 'headend.db'}"]
    with pytest.raises(DidNotStart, match="there is no directory"), head_end_process(flags, tmp_path / "log"):
        pass


def test_a_head_end_process_ends_with_its_block(tmp_path: Path) -> None:
    flags = ["--port", "0", "--meters", "1", "--database", f"sqlite:///{tmp_path / 'headend.db'}"]
    children = set(child_pids())
    with head_end_process(flags, tmp_path / "log") as base_url:
        assert not is_silent(base_url)
    assert is_silent(base_url)
    assert set(child_pids()) <= children


def is_silent(base_url: str) -> bool:
    """Whether nobody listens there any more."""
    return "refused" in (not_ready(base_url) or "")


def child_pids() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
