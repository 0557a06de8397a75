"""/control/v1/truth: what really flowed, was registered and is delivered."""

import csv
from io import StringIO

import pytest

from tests.control.control_api import ControlApi

HOUR = "start=2026-03-02T10:00:00Z&end=2026-03-02T11:00:00Z"
QUARTERS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"


def test_where_nothing_is_wrong_the_three_values_are_equal(quiet: ControlApi) -> None:
    readings = quiet.get(f"truth?meter=M00000003&ReadingType={QUARTERS}&{HOUR}")["readings"]
    assert [one["end"][11:16] for one in readings] == ["10:15", "10:30", "10:45", "11:00"]
    assert all(one["flowed"] == one["registered"] == one["reported"] > 0 for one in readings)
    assert {(one["meter"], one["delivered"], tuple(one["causes"])) for one in readings} == {("M00000003", 1, ())}


def test_what_is_missing_is_told_with_its_cause(control: ControlApi) -> None:
    gap = {"meter": "M00000003", "kind": "gap", "start": "2026-03-02T10:10:00Z", "end": "2026-03-02T10:40:00Z"}
    control.post("defects", gap)
    readings = control.get(f"truth?meter=M00000003&ReadingType={QUARTERS}&{HOUR}&only_differences=true")["readings"]
    told = [(one["end"][11:16], one["reported"] is None, one["delivered"], len(one["causes"])) for one in readings]
    # The first interval after it is right, and carries the mark that some are missing.
    assert told == [("10:15", True, 0, 1), ("10:30", True, 0, 1), ("10:45", False, 1, 1)]
    assert readings[2]["qualities"] == ["1.4.4"]


def test_without_a_window_it_is_of_the_day_until_now(quiet: ControlApi) -> None:
    readings = quiet.get(f"truth?meter=M00000003&ReadingType={QUARTERS}")["readings"]
    assert (readings[0]["end"], readings[-1]["end"]) == ("2026-03-02T00:15:00Z", "2026-03-02T12:00:00Z")


def test_an_answer_that_is_too_long_says_what_to_do(quiet: ControlApi) -> None:
    problem = quiet.call("GET", "truth")
    assert problem.status == 422
    assert problem.body["detail"] == "there are more than 10,000 readings"
    assert "truth.csv" in problem.body["remedy"]


def test_all_of_it_comes_as_a_table(quiet: ControlApi) -> None:
    answer = quiet.raw("GET", f"/control/v1/truth.csv?ReadingType={QUARTERS}&{HOUR}")
    assert (answer.header("Content-Type") or "").startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.body.decode())))
    assert len(rows) == 4 * 1000
    first = quiet.get(f"truth?meter=M00000000&ReadingType={QUARTERS}&{HOUR}")["readings"][0]
    assert float(rows[0]["flowed"]) == first["flowed"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("meter=M99", "there is no meter 'M99'"),
        ("group=nowhere", "there is no group 'nowhere'"),
        ("ReadingType=1.2.3", "1.2.3"),
        ("meter=M00000003&start=2026-03-02T11:00:00Z&end=2026-03-02T10:00:00Z", "not after its start"),
        ("meter=M00000003&start=2026-03-03T11:00:00Z&end=2026-03-03T12:00:00Z", "for the head end it is"),
    ],
)
def test_a_question_without_an_answer_is_told(quiet: ControlApi, query: str, said: str) -> None:
    problem = quiet.call("GET", f"truth?{query}")
    assert (problem.status, said in problem.body["detail"]) == (422, True), problem
