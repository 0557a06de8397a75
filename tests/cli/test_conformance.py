"""`headend conformance`: what it prints, what it writes, and how it ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from headend.conformance.suites import SUITES
from tests.cli.conftest import Run
from tests.conformance import breaks as b
from tests.conformance.judged import Break, Judged, judged
from tests.support.patience import eventually


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    with judged(tmp_path_factory.mktemp("judged"), meters=20) as target:
        yield target


@pytest.fixture
def target(standing: Judged) -> Iterator[Judged]:
    yield standing
    standing.broken = Break()


def test_list_shows_every_case(headend: Run) -> None:
    ended = headend("conformance", "list")
    assert ended.code == 0
    missing = [case.id for suite in SUITES for case in suite.cases if case.id not in ended.stdout]
    assert missing == []


def test_list_is_json_for_programs(headend: Run) -> None:
    (case,) = json.loads(headend("conformance", "list", "asynchrony.late-reply", "--json").stdout)
    assert case["clause"].startswith("61968-100:2013")
    assert case["needs"] == ["a meter that exists", "a receiver that the head end can reach"]


def test_an_unknown_case_is_bad_usage(headend: Run) -> None:
    ended = headend("conformance", "list", "reading.partail")
    assert (ended.code, ended.stdout) == (2, "")
    assert "did you mean 'reading.partial'?" in ended.stderr


def test_a_run_that_passes_ends_with_0_and_writes_every_report(headend: Run, target: Judged, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    ended = headend(
        "conformance", "run", "reading.unknown-meter", "header.correlation-id", "--target", target.base_url,
        "--report", str(reports), "--junit", str(tmp_path / "own.xml"),
    )  # fmt: skip
    assert ended.code == 0, ended.stdout + ended.stderr
    assert "result     passed; seed " in ended.stdout
    assert sorted(path.name for path in reports.iterdir()) == ["conformance.html", "conformance.json", "junit.xml"]
    assert (tmp_path / "own.xml").read_bytes() == (reports / "junit.xml").read_bytes()
    assert etree.parse(str(reports / "junit.xml")).getroot().get("failures") == "0"


def test_a_check_that_fails_ends_with_1_and_says_which(headend: Run, target: Judged) -> None:
    target.broken = b.answers(b.removed("Header/CorrelationID"))
    ended = headend("conformance", "run", "header.correlation-id", "--target", target.base_url)
    assert ended.code == 1
    assert "failed     header.correlation-id: the reply to get MeterReadings has the CorrelationID" in ended.stdout
    assert "the linter's rule header.correlation-echoed is kept" in ended.stdout
    assert "4 checks failed" in ended.stdout


def test_strictly_a_warning_is_a_failure(headend: Run, target: Judged) -> None:
    target.broken = b.answered_bytes(b">2.4<", b">E0042<")
    command = ("conformance", "run", "reading.unknown-meter", "--target", target.base_url)
    assert headend(*command).code == 0
    assert headend(*command, "--strict").code == 1


def test_nobody_at_the_address_ends_with_3_and_one_sentence(headend: Run) -> None:
    ended = headend("conformance", "run", "--target", "http://127.0.0.1:9")
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr.count("\n") == 1
    assert "cannot reach http://127.0.0.1:9" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--target says which head end"),
        (["--target", "head end"], "--target: 'head end' is no base URL"),
        (["--target", "http://a", "--receiver-url", "b"], "--receiver-url: 'b' is no base URL"),
        (["reading.x", "--target", "http://a"], "there is no case and no suite 'reading.x'"),
        (["--target", "http://a", "--timeout", "soon"], "--timeout: 'soon' is no duration"),
        (["--target", "http://a", "--wsdl", "/nowhere"], "--wsdl: /nowhere is no directory"),
        (["--target", "http://a", "--coverage-threshold", "all"], "--coverage-threshold: 'all' is no threshold"),
        (["--target", "http://a", "--parameters", "/nowhere.yaml"], "/nowhere.yaml: No such file"),
        (["--target", "http://a", "--zone", "Mars"], "--zone: 'Mars' is no time zone"),
        (["--target", "http://a", "--json", "/dev/null/x/y.json"], "/dev/null/x/y.json: "),
    ],
)
def test_bad_usage_ends_with_2_and_one_sentence(
    headend: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.delenv("HEADEND_URL", raising=False)
    ended = headend("conformance", "run", *arguments)
    assert (ended.code, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_receiver_that_cannot_listen_ends_with_3(headend: Run, target: Judged) -> None:
    taken = target.base_url.rpartition(":")[2]
    ended = headend("conformance", "run", "header", "--target", target.base_url, "--receiver-port", taken)
    assert ended.code == 3
    assert f"cannot listen on 127.0.0.1:{taken}" in ended.stderr


def test_too_little_coverage_ends_with_1(headend: Run, target: Judged) -> None:
    command = ("conformance", "run", "reading.unknown-meter", "--target", target.base_url)
    ended = headend(*command, "--coverage-threshold", "50")
    assert ended.code == 1
    assert "1 of 235 operations were exercised, 0.4 %, and 50 % are wanted" in ended.stderr
    assert headend(*command, "--coverage-threshold", "reply_codes=1").code == 0


def test_parameters_come_from_a_file(headend: Run, target: Judged, tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text(f"target: {target.base_url}\nunknown_meter: NOBODY-HAS-THIS\nsource: our-mdm\n")
    report = tmp_path / "run.json"
    ended = headend("conformance", "run", "reading.unknown-meter", "--parameters", str(file), "--json", str(report))
    assert ended.code == 0, ended.stdout + ended.stderr
    (exchange,) = json.loads(report.read_text())["cases"][0]["exchanges"]
    assert "NOBODY-HAS-THIS" in exchange["request"]["body"]
    assert "our-mdm" in exchange["request"]["body"]


def test_two_runs_are_compared(headend: Run, target: Judged, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    command = ("conformance", "run", "header.correlation-id", "--target", target.base_url)
    headend(*command, "--json", str(good))
    target.broken = b.answers(b.removed("Header/CorrelationID"))
    headend(*command, "--json", str(bad))
    worse = headend("conformance", "diff", str(good), str(bad))
    assert worse.code == 1
    assert "passes no more  header.correlation-id: the reply to get MeterReadings has the Correl" in worse.stdout
    better = headend("conformance", "diff", str(bad), str(good), "--json")
    assert (better.code, len(json.loads(better.stdout)["passes_now"])) == (0, 3)
    assert "both runs have found the same" in headend("conformance", "diff", str(good), str(good)).stdout


def test_what_is_no_report_cannot_be_compared(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("{}")
    ended = headend("conformance", "diff", str(file), str(file))
    assert ended.code == 2
    assert "is no report of headend conformance" in ended.stderr


def test_a_run_that_is_stopped_still_reports(target: Judged, tmp_path: Path) -> None:
    report = tmp_path / "run.json"
    command = [sys.executable, "-m", "headend", "conformance", "run", "header", "reading", "--target", target.base_url]
    reached: list[bool] = []

    def hold(_request: object) -> None:
        reached.append(True)

    target.broken = b.slowly(0.05, hold)
    process = subprocess.Popen([*command, "--json", str(report)], stdout=subprocess.PIPE, text=True)
    try:
        eventually(lambda: len(reached) > 3, "the run has begun", within_s=60)
        process.send_signal(signal.SIGTERM)
        stdout, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "result     interrupted" in stdout
    made = json.loads(report.read_text())
    assert made["interrupted"]
    assert {check["reason"] for case in made["cases"][-3:] for check in case["checks"]} == {"the run was interrupted"}
