"""From what a step has found, and what the scenario expects of it, to checks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from headend.conformance.check import Check, Outcome
from headend.scenario.condition import InvalidCondition, Judge, check_condition, condition_words, shown
from headend.scenario.found import NOTHING, Found, InvalidPath, at_path, path_parts
from headend.scenario.xpath import InvalidXPath, check_xpath, evaluated, is_xpath
from headend.scenario.yaml_source import Place
from simulator.near_miss import did_you_mean

OUR_OWN: Final = "docs/scenarios.md"
"""The clause of a check in a scenario that names none."""

REFUSED: Final = "refused"
"""What every step that drives the head end may find instead of what it usually does."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a scenario file."""

    file: str
    line: int | None
    """None: it is about the file as a whole."""
    what: str
    """Such as `step 3, wait_for`."""
    clause: str
    lines: Mapping[str, int] = field(default_factory=dict)
    """Of what is expected and saved, by path and name."""

    @property
    def step(self) -> str:
        """Such as `outage.yaml, line 12: step 3, wait_for`."""
        return f"{self.file}: {self.what}" if self.line is None else f"{self.file}, line {self.line}: {self.what}"

    def at(self, name: str) -> "Where":
        """The place of something that is expected or saved."""
        return replace(self, line=self.lines.get(name, self.line))


def check_path(path: str, known: Mapping[str, str], namespaces: Mapping[str, str]) -> None:
    """Raises ValueError for what leads nowhere. known: the names that a step of this kind finds."""
    if is_xpath(path):
        check_xpath(path, namespaces)
        return
    first = path_parts(path)[0][1]
    if first not in known:
        raise ValueError(f"this step finds no {first!r}{did_you_mean(first, known)}")


def expectation_problems(
    expect: Mapping[str, Any], known: Mapping[str, str], namespaces: Mapping[str, str], place: Place
) -> Iterator[tuple[Place, str]]:
    """What is wrong with what is expected, before anything is played."""
    for path, condition in expect.items():
        try:
            check_path(path, known, namespaces)
            check_condition(condition)
        except (InvalidCondition, InvalidPath, InvalidXPath, ValueError) as error:
            yield (*place, path), str(error)


def value_at(found: Found, path: str, namespaces: Mapping[str, str]) -> Any:
    """What stands at a path, or what an XPath selects in the envelope; NOTHING where there is none."""
    if not is_xpath(path):
        return at_path(found.values, path)
    return NOTHING if found.envelope is None else evaluated(found.envelope, path, namespaces)


def checks_of(
    found: Found, expect: Mapping[str, Any], judge: Judge, namespaces: Mapping[str, str], where: Where
) -> list[Check]:
    """A check for all that is expected; before these the ones that the step makes by itself."""
    said = {path if is_xpath(path) else path_parts(path)[0][1] for path in expect}
    made = [
        check(one.sentence, one.holds, where, expected=one.expected, seen=one.seen, exchange=found.exchange)
        for one in found.implied
        if said.isdisjoint(one.about)
    ]
    for path, expected in expect.items():
        value = value_at(found, path, namespaces)
        words = condition_words(expected)
        made.append(
            check(
                f"{path}: {words}",
                judge.holds(expected, value),
                where.at(path),
                expected=words,
                seen=_seen(judge, expected, value),
                exchange=found.exchange,
            )
        )
    return made


def _seen(judge: Judge, expected: Any, value: Any) -> str:
    """The value; of a list those that are not as each has to be, and how many there are where that counts."""
    if isinstance(expected, dict) and isinstance(value, list | tuple):
        if "every" in expected and value:
            odd = [one for one in value if not judge.holds(expected["every"], one)]
            if odd:
                return f"{len(odd)} of {len(value)} are not: {shown(odd)}"
        if "count" in expected:
            return f"{len(value)}: {shown(value)}"
    return shown(value)


def check(sentence: str, holds: bool, where: Where, *, expected: str, seen: str, exchange: int | None = None) -> Check:
    """One check."""
    return Check(
        sentence=sentence,
        outcome=Outcome.PASSED if holds else Outcome.FAILED,
        step=where.step,
        clause=where.clause,
        expected=None if holds else expected,
        seen=None if holds else seen,
        exchange=exchange,
    )


def broken_down(where: Where, reason: str) -> Check:
    """The check of a step that could not be played."""
    return Check(
        sentence="the step can be played", outcome=Outcome.ERROR, step=where.step, clause=where.clause, reason=reason
    )


def left_out(where: Where, reason: str) -> Check:
    """The check of a step that was not played."""
    return Check(
        sentence="the step is played", outcome=Outcome.SKIPPED, step=where.step, clause=where.clause, reason=reason
    )
