"""Scenario files: preconditions, steps and checks in YAML, played against a head end (docs/scenarios.md).

scenario = load_scenario(Path("outage.yaml"))
result = play_scenario(scenario, PlayOptions(), RealClock())
result.passed, [step.words for step in result.steps]
"""

from headend.scenario.loading import InvalidScenario, Scenario, load_scenario
from headend.scenario.play import PlayOptions, play_scenario
from headend.scenario.result import End, ScenarioResult, StepResult

__all__ = [
    "End",
    "InvalidScenario",
    "PlayOptions",
    "Scenario",
    "ScenarioResult",
    "StepResult",
    "load_scenario",
    "play_scenario",
]
