"""The account of a scenario for a person at a terminal: a line a step, and what was expected where a check failed."""

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from headend.conformance.check import Check, Outcome
from headend.scenario.loading import Scenario
from headend.scenario.result import End, ScenarioResult, StepResult

_WORDS: Final = {
    Outcome.PASSED: ("ok", "green"),
    Outcome.FAILED: ("FAILED", "bold red"),
    Outcome.ERROR: ("ERROR", "bold red"),
    Outcome.SKIPPED: ("skipped", "dim"),
}
_INDENT: Final = " " * 36
_TIME: Final = "%Y-%m-%d %H:%M:%S"


def heading(scenario: Scenario) -> Text:
    """What is played."""
    reference = "" if scenario.form.reference is None else f" ({scenario.form.reference})"
    return Text.assemble((scenario.id, "bold"), f": {scenario.form.name}{reference}")


def step_lines(step: StepResult) -> Iterator[Text]:
    """A step that is over."""
    word, style = _WORDS.get(step.outcome, (step.outcome.value, ""))
    at = "" if step.at is None else f"{step.at:{_TIME}}"
    said = step.words if step.title == step.words else f"{step.title}: {step.words}"
    first, *more = said.splitlines() or [""]
    yield Text.assemble(f"{step.number:>4}  {at:<19}  ", (f"{word:<9}", style), first)
    for line in more:
        yield Text(f"{_INDENT}{line}")
    for check in step.checks:
        if check.outcome in (Outcome.FAILED, Outcome.ERROR):
            yield from _failed(check)


def summary(result: ScenarioResult) -> Text:
    """What came of a scenario."""
    checks = sum(1 for _ in result.checks())
    failed = result.count(Outcome.FAILED, Outcome.ERROR)
    played = sum(1 for step in result.steps if step.at is not None and step.line is not None)
    if result.passed:
        return Text.assemble(("passed", "bold green"), f"  {_counted(played, 'step')}, {_counted(checks, 'check')}")
    left = sum(1 for step in result.steps if step.outcome is Outcome.SKIPPED)
    said = [f"{failed} of {_counted(checks - left, 'check')}"] if failed else []
    said += [f"{_counted(left, 'step')} not played"] if left else []
    word = "failed" if result.end is End.PLAYED else "not played" if not played else "ended early"
    return Text.assemble((word, "bold red"), f"  {', '.join(said)}")


def total(results: list[ScenarioResult]) -> Text:
    """What came of several."""
    passed = sum(one.passed for one in results)
    style = "bold green" if passed == len(results) else "bold red"
    return Text.assemble((f"{passed} of {_counted(len(results), 'scenario')} passed", style))


def _failed(check: Check) -> Iterator[Text]:
    yield Text(f"{_INDENT}{check.sentence}", style="red")
    told = ("" if (check.expected or "") in check.sentence else check.expected, check.seen, check.reason)
    for word, said in zip(("expected", "came", "because"), told, strict=True):
        lines = (said or "").splitlines()
        for number, line in enumerate(lines):
            yield Text(f"{_INDENT}  {word if not number else '':<9}{line}")
    yield Text(f"{_INDENT}  in       {check.step}")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
