"""`headend run`: what it prints and writes, and how it ends."""

import json
import socket
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.conftest import Run

READS = """
name: A meter is read
procedure: ECITP 2.03
variables: {meter: M00000003}
head_end: {meters: 10}
steps:
  - name: now
    read: ${meter}
"""
ASKS_LATER = """
name: A meter is read later
head_end: {meters: 10}
steps:
  - read: {meters: M00000003, reply_to: mdm}
  - wait_for: {noun: MeterReadings, verb: reply}
  - read: M99999999
  - read: M00000004
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reads.yaml").write_text(READS, "utf-8")
    (tmp_path / "later.yaml").write_text(ASKS_LATER, "utf-8")
    (tmp_path / "headend.yaml").write_text("meters: 3\n", "utf-8")
    return tmp_path


def test_all_passed_is_0_and_the_account_is_on_stdout(headend: Run, directory: Path) -> None:
    ended = headend("run", "reads.yaml", "--set", "meter=M00000007")
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "reads: A meter is read (ECITP 2.03)",
        "   1  2026-03-02 12:00:00  ok       now: get MeterReadings, M00000007: OK, 1 meter, 1 reading, M00000007",
        "   2  2026-03-02 12:00:00  ok       All messages of the head end: look at all 1 exchanges",
        "passed  1 step, 5 checks",
    ]


def test_a_failed_check_is_1_and_every_run_has_the_same_bytes(headend: Run, directory: Path) -> None:
    names = ("junit.xml", "report.html", "report.json")
    written = []
    for number in (1, 2):
        reports = [str(directory / f"run{number}" / name) for name in names]
        ended = headend("run", ".", "--junit", reports[0], "--html", reports[1], "--json", reports[2])
        assert ended.code == 1
        assert "1 of 2 scenarios passed" in ended.stdout
        written.append([ended.stdout, *(Path(one).read_bytes() for one in reports)])
    assert written[0] == written[1]


def test_the_reports_are_those_of_the_suites(headend: Run, directory: Path) -> None:
    headend("run", ".", "--junit", "junit.xml", "--html", "report.html", "--json", "report.json")
    suites = {one.get("name"): one for one in etree.parse("junit.xml").getroot().iter("testsuite")}
    assert list(suites) == ["later", "reads"]
    (failure,) = suites["later"].iter("failure")
    assert failure.get("message") == "expected OK; seen FAILED 2.4: EndDevice name 'M99999999' is not known here"
    assert failure.getparent().get("classname") == "scenario.later.03-read"
    assert "later.yaml, line 7: step 3, read" in (failure.text or "")

    report = json.loads(Path("report.json").read_text("utf-8"))
    assert (report["target"], report["passed"]) == ("http://headend.test", False)
    (failed,) = [case for case in report["cases"] if case["outcome"] == "failed"]
    (check,) = [one for one in failed["checks"] if one["outcome"] == "failed"]
    envelope = failed["exchanges"][check["exchange"] - 1]["response"]["body"]
    assert "M99999999" in envelope
    assert [case["outcome"] for case in report["cases"] if case["suite"] == "later"] == [
        "passed", "passed", "failed", "skipped", "passed",
    ]  # fmt: skip

    page = Path("report.html").read_text("utf-8")
    assert "<title>Scenarios: http://headend.test</title>" in page
    assert "<script" not in page


def test_json_may_be_what_is_printed(headend: Run, directory: Path) -> None:
    ended = headend("run", "reads.yaml", "--json", "-")
    assert json.loads(ended.stdout)["checks"]["passed"] == 5


def test_the_steps_after_a_failure_may_be_played_too(headend: Run, directory: Path) -> None:
    assert "1 step not played" in headend("run", "later.yaml").stdout
    ended = headend("run", "later.yaml", "--keep-going")
    assert ended.code == 1
    assert "not played" not in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a scenario file"),
        (("none.yaml",), "none.yaml: there is no such file"),
        (("reads.yaml", "--set", "metre=1"), "no scenario has a variable 'metre'; did you mean 'meter'?"),
        (("reads.yaml", "--set", "meter"), "'meter' is no NAME=VALUE"),
        (("reads.yaml", "--target", "localhost"), "--target: 'localhost' is no base URL"),
        (("reads.yaml", "--junit", "reads.yaml/x/junit.xml"), "reads.yaml/x"),
        (("headend.yaml",), "headend.yaml, line 1: there is no key 'meters' here"),
        (("bad.yaml",), "bad.yaml, line 2: step 1: there is no key 'raed' here; did you mean 'read'?"),
    ],
)
def test_bad_usage_and_bad_files_are_2_and_nothing_is_played(
    headend: Run, directory: Path, arguments: tuple[str, ...], said: str
) -> None:
    Path("bad.yaml").write_text("name: n\nsteps: [{raed: M00000003}]\n", "utf-8")
    ended = headend("run", *arguments)
    assert (ended.code, ended.stdout) == (2, "")
    assert said in ended.stderr


def test_a_bad_file_among_good_ones_lets_none_be_played(headend: Run, directory: Path) -> None:
    Path("bad.yaml").write_text("name: n\nsteps: [{raed: M00000003}]\n", "utf-8")
    ended = headend("run", "reads.yaml", "bad.yaml")
    assert (ended.code, ended.stdout) == (2, "")


def test_a_node_that_there_is_not_is_2_with_one_sentence(headend: Run, directory: Path) -> None:
    Path("out.yaml").write_text("name: n\nhead_end: {meters: 3}\nsteps: [{outage: M99999999}]\n", "utf-8")
    ended = headend("run", "out.yaml")
    assert ended.code == 2
    (said,) = ended.stderr.splitlines()
    assert said.startswith("headend run: out.yaml, line 3: step 1, outage: 'M99999999' is no node of the network here")


def test_nobody_at_the_target_is_3_with_one_sentence(headend: Run, directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ended = headend("run", "reads.yaml", "--target", f"http://127.0.0.1:{port}")
    assert ended.code == 3
    (said,) = ended.stderr.splitlines()
    assert said.startswith(f"headend run: reads.yaml: cannot reach http://127.0.0.1:{port}/control/v1/version: ")
    assert "not played  1 step not played" in ended.stdout


def test_a_port_that_is_taken_is_3(headend: Run, directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = headend("run", "reads.yaml", "--receiver-port", str(port))
    assert ended.code == 3
    assert f"the fake MDM cannot listen on 127.0.0.1:{port}" in ended.stderr


def test_scenarios_are_listed_and_not_played(headend: Run, directory: Path) -> None:
    ended = headend("run", ".", "--list")
    assert ended.code == 0
    assert "ECITP 2.03" in ended.stdout
    assert "A meter is read later" in ended.stdout


def test_a_scenario_is_validated_like_any_other_file(headend: Run, directory: Path) -> None:
    ended = headend("validate", "reads.yaml", "headend.yaml")
    assert (ended.code, ended.stdout) == (0, "reads.yaml: a scenario of 1 step\nheadend.yaml: settings\n")
    Path("reads.yaml").write_text(READS.replace("${meter}", "${metre}"), "utf-8")
    ended = headend("validate", "reads.yaml")
    assert ended.code == 1
    assert "reads.yaml, line 8: step 1, read: there is no variable 'metre'; did you mean 'meter'?" in ended.stderr
