"""Scenarios in a directory of the test, and what comes of playing them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from headend.scenario import PlayOptions, ScenarioResult, load_scenario, play_scenario
from simulator.clock import RealClock

Play = Callable[..., ScenarioResult]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays the text of a scenario: `play("steps: ...", meter="M00000003")`. Its name is given, and ten meters."""

    def played(text: str, *, options: PlayOptions | None = None, **given: object) -> ScenarioResult:
        file = tmp_path / "tested.yaml"
        head = "name: a scenario of a test\n" + ("" if "head_end:" in text else "head_end: {meters: 10}\n")
        file.write_text(head + text, "utf-8")
        return play_scenario(load_scenario(file, given), options or PlayOptions(), RealClock())

    return played
