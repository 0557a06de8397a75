"""`headend lint` and `headend validate` on captured messages."""

import json
from pathlib import Path

import pytest

from headend.lint import RULES
from tests.cli.conftest import Run
from tests.lint.exchanges import read, spoiled

READ = read(MessageID=None)


@pytest.fixture
def good(tmp_path: Path) -> tuple[str, str]:
    """A request, which has no MessageID, and its answer."""
    assert READ.response is not None
    return written(tmp_path / "request.xml", READ.request.body), written(tmp_path / "answer.xml", READ.response.body)


@pytest.fixture
def bad_answer(tmp_path: Path) -> str:
    bad = spoiled(READ, response=("c-1", "c-2")).response
    assert bad is not None
    return written(tmp_path / "bad.xml", bad.body)


def written(file: Path, body: bytes) -> str:
    file.write_bytes(body)
    return str(file)


def test_messages_that_keep_the_rules_are_fine(headend: Run, good: tuple[str, str]) -> None:
    ended = headend("lint", *good)
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "headend lint: 2 messages, no findings\n")


def test_a_breach_is_told_with_file_line_rule_and_clause(headend: Run, good: tuple[str, str], bad_answer: str) -> None:
    ended = headend("lint", good[0], bad_answer)
    assert ended.code == 1
    assert ended.stdout == (
        f"{bad_answer}:2: error header.correlation-echoed: CorrelationID is 'c-2'; the request's CorrelationID is "
        "'c-1' (/MeterReadingsResponseMessage/Header/CorrelationID; 61968-100:2013, clause 6)\n"
    )
    assert ended.stderr == "headend lint: 2 messages, 1 finding\n"


def test_findings_are_told_as_json(headend: Run, good: tuple[str, str], bad_answer: str) -> None:
    (found,) = json.loads(headend("lint", good[0], bad_answer, "--json").stdout)
    assert (found["file"], found["rule"], found["severity"]) == (bad_answer, "header.correlation-echoed", "error")
    assert (found["part"], found["line"]) == ("response", 2)


def test_notes_are_told_when_asked_for_and_do_not_fail(headend: Run, good: tuple[str, str]) -> None:
    ended = headend("lint", *good, "--at-least", "note")
    assert ended.code == 0
    assert "note header.message-id: the Header has no MessageID" in ended.stdout


def test_what_fails_can_be_chosen(headend: Run, good: tuple[str, str]) -> None:
    ended = headend("lint", *good, "--fail-on", "note")
    assert (ended.code, ended.stdout) == (1, "")


def test_a_rule_is_switched_off_or_made_to_count_more(headend: Run, good: tuple[str, str], bad_answer: str) -> None:
    assert headend("lint", good[0], bad_answer, "--rule", "header.*=off").code == 0
    ended = headend("lint", *good, "--rule", "header.message-id=error")
    assert (ended.code, "error header.message-id" in ended.stdout) == (1, True)


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ("heder.source=off", "there is no rule 'heder.source'; did you mean 'header.source'?"),
        ("header.source=eror", "--rule header.source=eror: 'eror' is no severity; did you mean 'error'?"),
        ("header.source", "--rule header.source: '' is no severity; it is one of note, warning, error, off"),
    ],
)
def test_a_bad_wish_is_one_sentence(headend: Run, good: tuple[str, str], wish: str, sentence: str) -> None:
    ended = headend("lint", *good, "--rule", wish)
    assert (ended.code, ended.stderr) == (2, f"headend lint: {sentence}\n")


def test_a_file_that_is_not_there_or_empty_is_said(headend: Run, tmp_path: Path) -> None:
    missing = headend("lint", str(tmp_path / "none.xml"))
    assert (missing.code, "none.xml: No such file" in missing.stderr) == (2, True)
    empty = headend("lint", written(tmp_path / "empty.xml", b"\n"))
    assert (empty.code, "empty.xml: there is nothing in it" in empty.stderr) == (2, True)
    assert headend("lint").stderr == "headend lint: name the files with messages, or ask for --rules\n"


def test_the_rules_are_listed(headend: Run) -> None:
    listed = json.loads(headend("lint", "--rules", "--at-least", "note", "--json").stdout)
    assert [one["rule"] for one in listed] == [one.id for one in RULES]
    assert "header.correlation-echoed" in headend("lint", "--rules").stdout


def test_validate_takes_messages(headend: Run, good: tuple[str, str], bad_answer: str) -> None:
    ended = headend("validate", *good, bad_answer)
    assert ended.code == 0  # the answer alone does not say what it should echo
    assert ended.stdout.count("a message that keeps the contract") == 3


def test_validate_tells_every_rule_that_a_message_breaks(headend: Run, tmp_path: Path) -> None:
    bad = READ.request.body.replace(b"<m:Noun>MeterReadings", b"<m:Noun>Readings").replace(b"EndDevice>", b"EndDevize>")
    file = written(tmp_path / "bad.xml", bad)
    ended = headend("validate", file)
    assert ended.code == 1
    first, contract, rule = ended.stderr.splitlines()
    assert first == f"headend validate: {file}: a message that breaks 2 rules"
    assert "contract: /GetMeterReadings/Request/GetMeterReadings/EndDevize (line 1): " in contract
    assert "did you mean EndDevice?" in contract
    assert "error header.noun-fits: Noun is 'Readings'; that of GetMeterReadings is 'MeterReadings'" in rule


def test_validate_knows_a_message_by_its_content(headend: Run, tmp_path: Path) -> None:
    (verdict,) = json.loads(headend("validate", written(tmp_path / "captured", READ.request.body), "--json").stdout)
    assert (verdict["kind"], verdict["valid"]) == ("message", True)
