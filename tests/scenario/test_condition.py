"""What is expected of a value, and whether it is so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from headend.scenario.condition import InvalidCondition, Judge, check_condition, condition_words
from headend.scenario.found import NOTHING
from headend.scenario.instants import instant_of
from headend.scenario.yaml_source import value_in

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
JUDGE = Judge(lambda text: instant_of(text, now=NOW, start=NOW - timedelta(hours=1), zone=ZoneInfo("UTC")))
EVENTS = [{"type": "3.31.0.68", "meter": "M1"}, {"type": "3.31.0.42", "meter": "M1"}]

HOLD: list[tuple[str, Any]] = [
    ("OK", "OK"),
    ("2.10", "2.10"),
    ("[2.4, 0.2]", ["2.4", "0.2"]),
    ("1.50", Decimal("1.5")),
    ("96", 96),
    ("true", True),
    ("null", None),
    ("now", NOW),
    ("2026-03-02T13:00:00+01:00", NOW),
    ("{at_least: 5, below: 6}", Decimal("5.5")),
    ("{above: start, at_most: now}", NOW),
    ("{is_not: OK}", "FAILED"),
    ("{one_of: [OK, PARTIAL]}", "PARTIAL"),
    ("{contains: switch}", "the switch is stuck"),
    ("{contains: M2}", ["M1", "M2"]),
    ("{contains: {matches: ^M2}}", ["M1", "M23"]),
    ("{lacks: M3}", ["M1", "M2"]),
    ("{matches: '^M[0-9]+$'}", "M17"),
    ("{count: 2}", ["a", "b"]),
    ("{count: 0}", []),
    ("{every: {above: 0}}", [Decimal(1), Decimal(2)]),
    ("{some: M2}", ["M1", "M2"]),
    ("{sum: 3.5}", [Decimal("1.5"), Decimal(2)]),
    ("{same_items: [b, a]}", ["a", "b"]),
    ("{exists: false}", NOTHING),
    ("{exists: true}", 0),
    ("[{type: 3.31.0.68}, {type: 3.31.0.42, meter: M1}]", EVENTS),
    ("{contains: {is: {type: 3.31.0.42}}}", EVENTS),
]

FAIL: list[tuple[str, Any]] = [
    ("OK", "FAILED"),
    ("2.1", "2.10"),
    ("[2.4]", ["2.4", "0.2"]),
    ("[0.2, 2.4]", ["2.4", "0.2"]),
    ("OK", NOTHING),
    ("null", NOTHING),
    ("0", None),
    ("1", True),
    ("start", NOW),
    ("{at_least: 5}", "five"),
    ("{at_least: 5}", NOTHING),
    ("{above: now}", NOW),
    ("{is_not: OK}", "OK"),
    ("{contains: M3}", ["M1"]),
    ("{lacks: M1}", ["M1"]),
    ("{matches: M2}", "M1"),
    ("{count: 2}", NOTHING),
    ("{every: 0}", []),
    ("{every: {above: 0}}", [1, 0]),
    ("{some: M3}", ["M1"]),
    ("{sum: 3}", [1, 1]),
    ("{sum: 3}", ["one", "two"]),
    ("{same_items: [a, a]}", ["a", "b"]),
    ("{exists: true}", NOTHING),
    ("{exists: true}", None),
    ("[{type: 3.31.0.68}, {type: 3.31.0.68}]", EVENTS),
    ("{at_least: 1, at_most: 2}", 3),
]


@pytest.mark.parametrize(("expected", "value"), HOLD, ids=str)
def test_what_is_as_expected_holds(expected: str, value: Any) -> None:
    check_condition(value_in(expected))
    assert JUDGE.holds(value_in(expected), value)


@pytest.mark.parametrize(("expected", "value"), FAIL, ids=str)
def test_what_is_not_does_not(expected: str, value: Any) -> None:
    check_condition(value_in(expected))
    assert not JUDGE.holds(value_in(expected), value)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("{at_lest: 3}", "did you mean 'at_least'?"),
        ("{count: {mor: 3}}", "there is no operator 'mor'"),
        ("{is: 3, foo: 4}", "there is no operator 'foo'"),
        ("{matches: '('}", "is no regular expression"),
        ("{exists: 3}", "exists is true or false, not 3"),
        ("{}", "nothing is expected"),
    ],
)
def test_what_cannot_be_expected_is_said(expected: str, said: str) -> None:
    with pytest.raises(InvalidCondition, match=said.replace("?", "[?]")):
        check_condition(value_in(expected))


def test_conditions_are_told_in_words() -> None:
    told = condition_words(value_in("{count: {at_least: 2}, every: {above: 0}}"))
    assert told == "a count of at least 2 and of each above 0"
