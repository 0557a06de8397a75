"""Every scenario in examples/scenarios passes, and fails where the head end is not as it should be."""

from dataclasses import replace
from pathlib import Path

import pytest

from headend.conformance.check import Outcome
from headend.scenario import End, PlayOptions, Scenario, ScenarioResult, load_scenario, play_scenario
from headend.scenario.scenario_form import ScenarioForm
from headend.scenario.yaml_source import is_scenario_file
from simulator.clock import RealClock
from tests.scenario.told import failed

DIRECTORY = Path(__file__).parents[2] / "examples" / "scenarios"
EXAMPLES = sorted(file for file in DIRECTORY.glob("*.yaml") if is_scenario_file(file))
PROCEDURES = (
    {f"ECITP 2.{number:02}" for number in range(1, 11)} | {"MR2.09"} | {f"DX-{number}" for number in range(1, 8)}
)

WRONG = {"orderings": [{"kind": "wrong-correlation"}]}
"""A head end whose answers and messages have a CorrelationID that nobody used."""


def played(scenario: Scenario) -> ScenarioResult:
    return play_scenario(scenario, PlayOptions(), RealClock())


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_passes(file: Path) -> None:
    result = played(load_scenario(file))
    assert failed(result) == []
    assert (result.end, result.passed) == (End.PLAYED, True)
    assert all(step.at is not None for step in result.steps)
    assert result.count(Outcome.PASSED) > len(result.steps), "it checks something"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_fails_with_a_head_end_that_answers_wrongly(file: Path) -> None:
    scenario = load_scenario(file)
    wrong = scenario.parts | WRONG
    form = ScenarioForm.model_validate(wrong, context={"early": True})
    result = played(replace(scenario, parts=wrong, form=form))
    assert (result.end, result.passed) == (End.PLAYED, False)
    assert failed(result)


def test_every_procedure_has_its_example() -> None:
    said = {one.strip() for file in EXAMPLES for one in (load_scenario(file).form.procedure or "").split(",")}
    assert said - {""} == PROCEDURES


def test_there_are_ten_that_are_no_procedure_of_epri() -> None:
    others = [file for file in EXAMPLES if not (load_scenario(file).form.procedure or "").startswith(("ECITP", "MR"))]
    assert len(others) >= 10
