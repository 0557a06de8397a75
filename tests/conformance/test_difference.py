"""What differs between two runs."""

import json
from pathlib import Path

import pytest

from headend.conformance.check import Outcome
from headend.conformance.difference import Difference, InvalidReport, difference, read_report
from headend.conformance.reports.as_json import json_bytes, run_json
from headend.conformance.run import CaseResult
from headend.coverage import Kind
from tests.conformance.made_runs import case, check, coverage, entry, run


def compared(before: CaseResult, after: CaseResult) -> Difference:
    reports = []
    for one in (before, after):
        made = run(one)
        reports.append(json.loads(json_bytes(run_json(made, coverage(made)))))
    return difference(*reports)


def test_equal_runs_do_not_differ() -> None:
    found = compared(case(check(), exchanges=(entry(),)), case(check(), exchanges=(entry(),)))
    assert (found.better, found.worse, found.other) == ((), (), ())
    assert not any((*found.gained.values(), *found.lost.values()))
    assert not found.is_worse


@pytest.mark.parametrize(
    ("before", "after", "group"),
    [
        (Outcome.FAILED, Outcome.PASSED, "better"),
        (Outcome.WARNING, Outcome.PASSED, "better"),
        (Outcome.SKIPPED, Outcome.PASSED, "better"),
        (Outcome.PASSED, Outcome.FAILED, "worse"),
        (Outcome.SKIPPED, Outcome.ERROR, "worse"),
        (Outcome.PASSED, Outcome.WARNING, "worse"),
        (Outcome.FAILED, Outcome.WARNING, "other"),
        (Outcome.PASSED, Outcome.SKIPPED, "other"),
    ],
)
def test_a_check_that_has_come_out_otherwise_is_told(before: Outcome, after: Outcome, group: str) -> None:
    found = compared(case(check(outcome=before)), case(check(outcome=after, seen="that")))
    (changed,) = getattr(found, group)
    assert (changed.before, changed.after, changed.seen) == (before, after, "that")
    assert found.is_worse == (group == "worse")


def test_a_check_that_is_new_and_fails_is_worse_and_one_that_is_gone_is_too() -> None:
    assert compared(case(), case(check(outcome=Outcome.FAILED))).is_worse
    assert not compared(case(), case(check())).is_worse
    assert compared(case(check()), case()).is_worse


def test_equal_sentences_of_a_case_are_told_apart() -> None:
    found = compared(case(check(), check()), case(check(), check(outcome=Outcome.FAILED)))
    assert len(found.worse) == 1


def test_what_is_covered_more_and_less_is_told() -> None:
    found = compared(case(exchanges=(entry(),)), case())
    assert found.lost[Kind.OPERATIONS] == ("get MeterReadings",)
    assert found.lost[Kind.REPLY_CODES] == ("2.4",)
    assert compared(case(), case(exchanges=(entry(),))).gained[Kind.OPERATIONS] == ("get MeterReadings",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "is no report of headend conformance"),
        ('{"cases": [], "coverage": {}, "format": 99}', "is of format 99"),
    ],
)
def test_what_is_no_report_is_told(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    with pytest.raises(InvalidReport, match=said):
        read_report(file)


def test_a_damaged_report_is_told() -> None:
    with pytest.raises(InvalidReport, match="damaged"):
        difference({"cases": [{}], "coverage": {}}, {"cases": [], "coverage": {}})
