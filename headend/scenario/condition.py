"""What a value is expected to be: itself, or operators such as `{at_least: 5}`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from headend.scenario.found import NOTHING
from headend.scenario.variables import as_text
from headend.scenario.yaml_source import WrittenNumber
from simulator.near_miss import did_you_mean

_MOST_SHOWN: Final = 300

ReadInstant = Callable[[str], datetime]
"""From a text of the scenario to an instant; raises ValueError."""


class InvalidCondition(ValueError):
    """What is expected cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Holds values to conditions."""

    instant: ReadInstant

    def holds(self, expected: Any, value: Any) -> bool:
        """Whether a value is as expected."""
        if _is_operators(expected):
            return all(OPERATORS[name].holds(self, operand, value) for name, operand in expected.items())
        return self.equal(expected, value)

    def equal(self, expected: Any, value: Any) -> bool:
        """Whether two are the same; the text of a number is that number, that of an instant that instant."""
        if isinstance(expected, list):
            return (
                isinstance(value, list | tuple)
                and len(expected) == len(value)
                and all(self.holds(one, other) for one, other in zip(expected, value, strict=True))
            )
        if isinstance(expected, dict):
            return (
                isinstance(value, Mapping)
                and expected.keys() <= value.keys()
                and all(self.holds(inside, value[name]) for name, inside in expected.items())
            )
        if value is NOTHING or value is None or expected is None:
            return value is expected
        if isinstance(value, bool) or isinstance(expected, bool):
            return as_text(value) == as_text(expected)
        if isinstance(value, datetime):
            return self._instant(expected) == value
        if isinstance(value, int | float | Decimal):
            return _number(expected) == _number(value)
        if isinstance(expected, datetime):
            return isinstance(value, str) and self._instant(value) == expected
        return isinstance(value, str) and as_text(expected) == value

    def compared(self, value: Any, operand: Any) -> int | None:
        """-1, 0 or 1 where the value is less, the same or more; None where the two cannot be compared."""
        if isinstance(value, datetime):
            other = self._instant(operand)
            return None if other is None else (value > other) - (value < other)
        one, two = _number(value), _number(operand)
        return None if one is None or two is None else (one > two) - (one < two)

    def _instant(self, value: Any) -> datetime | None:
        if isinstance(value, datetime):
            return value
        try:
            return self.instant(value) if isinstance(value, str) else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare."""

    words: str
    """Before its operand, such as `at least`."""
    holds: Callable[[Judge, Any, Any], bool]
    is_of_conditions: bool = False
    """Whether the operand is itself what something is expected to be."""


def _ordered(allowed: tuple[int, ...]) -> Callable[[Judge, Any, Any], bool]:
    return lambda judge, operand, value: judge.compared(value, operand) in allowed


def _contains(judge: Judge, operand: Any, value: Any) -> bool:
    if isinstance(value, str):
        return as_text(operand) in value
    return _is_list(value) and any(judge.holds(operand, one) for one in value)


def _same_items(judge: Judge, operand: Any, value: Any) -> bool:
    if not _is_list(value) or not _is_list(operand) or len(value) != len(operand):
        return False
    left = list(value)
    for one in operand:
        found = next((other for other in left if judge.holds(one, other)), NOTHING)
        if found is NOTHING:
            return False
        left.remove(found)
    return True


def _sum(judge: Judge, operand: Any, value: Any) -> bool:
    numbers = [_number(one) for one in value] if _is_list(value) else [None]
    return None not in numbers and judge.holds(operand, sum((one for one in numbers if one is not None), Decimal(0)))


OPERATORS: Final[Mapping[str, Operator]] = {
    "is": Operator("", lambda judge, operand, value: judge.equal(operand, value)),
    "is_not": Operator("not", lambda judge, operand, value: not judge.equal(operand, value)),
    "at_least": Operator("at least", _ordered((0, 1))),
    "at_most": Operator("at most", _ordered((-1, 0))),
    "above": Operator("above", _ordered((1,))),
    "below": Operator("below", _ordered((-1,))),
    "contains": Operator("something that contains", _contains),
    "lacks": Operator("something without", lambda judge, operand, value: not _contains(judge, operand, value)),
    "matches": Operator(
        "a text that matches",
        lambda _judge, operand, value: isinstance(value, str) and re.search(operand, value) is not None,
    ),
    "one_of": Operator(
        "one of",
        lambda judge, operand, value: _is_list(operand) and any(judge.equal(one, value) for one in operand),
    ),
    "same_items": Operator("in any order", _same_items),
    "count": Operator(
        "a count of",
        lambda judge, operand, value: isinstance(value, list | tuple | str | dict) and judge.holds(operand, len(value)),
        is_of_conditions=True,
    ),
    "every": Operator(
        "of each",
        lambda judge, operand, value: (
            _is_list(value) and bool(value) and all(judge.holds(operand, one) for one in value)
        ),
        is_of_conditions=True,
    ),
    "some": Operator(
        "of one at least",
        lambda judge, operand, value: _is_list(value) and any(judge.holds(operand, one) for one in value),
        is_of_conditions=True,
    ),
    "sum": Operator("a sum of", _sum, is_of_conditions=True),
    "exists": Operator(
        "there:", lambda _judge, operand, value: (value is not NOTHING and value is not None) is operand
    ),
}
"""By their names in a scenario."""


def check_condition(expected: Any, *, is_in_list: bool = False) -> None:
    """Raises InvalidCondition for operators that there are not, or whose operand cannot be.

    is_in_list: an item of a list may be an object; elsewhere that would hide a misspelt operator.
    """
    if isinstance(expected, list):
        for one in expected:
            check_condition(one, is_in_list=True)
    if not isinstance(expected, dict):
        return
    if is_in_list and OPERATORS.keys().isdisjoint(expected):
        for inside in expected.values():
            check_condition(inside, is_in_list=True)
        return
    known = [name for name in expected if name in OPERATORS]
    if not known:
        if not expected:
            raise InvalidCondition(f"nothing is expected; operators are {', '.join(OPERATORS)}")
        first = str(next(iter(expected)))
        raise InvalidCondition(
            f"there is no operator {first!r}{did_you_mean(first, OPERATORS)}; an object is expected with `is: {{..}}`"
        )
    for name, operand in expected.items():
        if name not in OPERATORS:
            raise InvalidCondition(f"there is no operator {str(name)!r}{did_you_mean(str(name), OPERATORS)}")
        if OPERATORS[name].is_of_conditions:
            check_condition(operand)
        if name == "matches":
            try:
                re.compile(operand)
            except (re.error, TypeError) as error:
                raise InvalidCondition(f"matches: {operand!r} is no regular expression: {error}") from None
        if name == "exists" and not isinstance(operand, bool):
            raise InvalidCondition(f"exists is true or false, not {operand!r}")


def condition_words(expected: Any) -> str:
    """What is expected, as a person reads it."""
    if _is_operators(expected):
        return " and ".join(_operator_words(name, operand) for name, operand in expected.items())
    return shown(expected)


def _operator_words(name: str, operand: Any) -> str:
    operator = OPERATORS[name]
    return f"{operator.words} {condition_words(operand) if operator.is_of_conditions else shown(operand)}".strip()


def shown(value: Any) -> str:
    """A value in a line."""
    text = _shown(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} … ({len(text)} characters)"


def _shown(value: Any) -> str:
    if value is NOTHING:
        return "nothing"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Mapping):
        if _is_operators(value):
            return condition_words(value)
        return f"{{{', '.join(f'{name}: {_shown(one)}' for name, one in value.items())}}}"
    return "null" if value is None else as_text(value) or "an empty text"


def _is_operators(expected: Any) -> bool:
    return isinstance(expected, dict) and bool(expected) and all(name in OPERATORS for name in expected)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(value.text if isinstance(value, WrittenNumber) else str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
