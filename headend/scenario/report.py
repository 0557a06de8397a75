"""Scenarios as a run of the conformance reports: a suite for each scenario, a case for each step."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from typing import Final

from headend.conformance.reports.wording import Wording
from headend.conformance.run import CaseResult, Run
from headend.scenario.condition import shown
from headend.scenario.instants import instant_text
from headend.scenario.result import End, ScenarioResult, StepResult

WORDING: Final = Wording(
    "scenario",
    "Scenarios",
    "Scenarios",
    "Made by headend run. A step that was not played is skipped.",
    suite="scenario",
    case="step",
)


def run_of(results: Sequence[ScenarioResult], began: datetime) -> Run:
    """The run as the reports take it. began: by the machine's clock."""
    return Run(
        target=", ".join(dict.fromkeys(one.target for one in results if one.target)) or "no head end",
        version=version("headend"),
        seed=results[0].seed if results else 0,
        strict=False,
        began=began,
        took_s=sum(one.took_s for one in results),
        suites=tuple((name, one.scenario.form.name) for name, one in _named(results)),
        cases=tuple(_case(name, step) for name, one in _named(results) for step in one.steps),
        notes=tuple(note for name, one in _named(results) for note in _notes(name, one)),
        interrupted=any(one.end is End.INTERRUPTED for one in results),
    )


def _named(results: Sequence[ScenarioResult]) -> list[tuple[str, ScenarioResult]]:
    """Each with a name of its own: that of its file, with a number where several files are called so."""
    seen: dict[str, int] = {}
    named = []
    for one in results:
        seen[one.scenario.id] = seen.get(one.scenario.id, 0) + 1
        count = seen[one.scenario.id]
        named.append((one.scenario.id if count == 1 else f"{one.scenario.id}-{count}", one))
    return named


def _case(suite: str, step: StepResult) -> CaseResult:
    numbers = {entry.number: number for number, entry in enumerate(step.entries, 1)}
    when = "not played" if step.at is None else instant_text(step.at)
    return CaseResult(
        id=f"{suite}.{step.number:02}-{step.key}",
        suite=suite,
        title=step.title,
        clause=step.clause,
        checks=tuple(
            replace(check, exchange=numbers.get(check.exchange) if check.exchange else None) for check in step.checks
        ),
        exchanges=tuple(replace(entry, number=numbers[entry.number]) for entry in step.entries),
        remarks=(f"{when}: {step.words}",),
        took_s=step.took_s,
    )


def _notes(name: str, result: ScenarioResult) -> list[str]:
    """What is to be known beside its steps: its variables, what is not known of the target, why it ended early."""
    variables = ", ".join(f"{key} {shown(value)}" for key, value in result.scenario.variables.items())
    said = [f"with {variables}" if variables else "", *result.notes]
    return [*(f"{name}: {one}" for one in said if one), *([] if result.reason is None else [result.reason])]
