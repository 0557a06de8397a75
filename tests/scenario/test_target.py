"""Scenarios against a head end that runs already: everything goes by its services and its control API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.scenario import End, PlayOptions, ScenarioResult, load_scenario, play_scenario
from headend.scenario.stage import StageOptions
from headend.testing import HeadEnd
from simulator.clock import RealClock
from tests.scenario.told import failed

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
TEXT = """
name: n
head_end: {meters: 10, seed: 1}
subscriptions: [EndDeviceEvents]
steps:
  - disconnect: M00000003
  - {wait_for: EndDeviceEvents, expect: {correlation_id: scenario-1}}
  - advance: 1h
"""


@pytest.fixture(scope="module")
def standing() -> Iterator[HeadEnd]:
    """Somebody's head end."""
    with HeadEnd(meters=10) as running:
        yield running


def play(standing: HeadEnd, text: str, tmp_path: Path) -> ScenarioResult:
    file = tmp_path / "tested.yaml"
    file.write_text(text, "utf-8")
    options = PlayOptions(StageOptions(target=standing.base_url))
    return play_scenario(load_scenario(file), options, RealClock())


def test_it_is_reset_before_and_left_without_subscriptions(standing: HeadEnd, tmp_path: Path) -> None:
    for _ in range(2):
        result = play(standing, TEXT, tmp_path)
        assert (failed(result), result.end, result.target) == ([], End.PLAYED, standing.base_url)
        assert [f"{step.at:%H:%M}" for step in result.steps if step.at is not None] == [
            "12:00",
            "12:00",
            "13:00",
            "13:00",
        ]
    assert standing.subscriptions() == []


def test_another_head_end_than_the_scenario_is_about_is_refused(standing: HeadEnd, tmp_path: Path) -> None:
    other = TEXT.replace("meters: 10, seed: 1", "meters: 20, zone: Europe/Rome")
    result = play(standing, other, tmp_path)
    assert result.end is End.NOT_PLAYABLE
    assert "it has meters 10 and not 20, zone UTC and not Europe/Rome" in (result.reason or "")


def test_settings_that_it_does_not_tell_are_taken_for_granted(standing: HeadEnd, tmp_path: Path) -> None:
    result = play(standing, TEXT.replace("seed: 1", "sync_wait_s: 30"), tmp_path)
    assert result.passed
    assert result.notes == (f"{standing.base_url} does not tell its settings sync_wait_s; they are taken for granted",)


def test_what_it_has_not_ends_the_scenario(standing: HeadEnd, tmp_path: Path) -> None:
    result = play(standing, "name: n\nsteps: [{read: {meters: M00000003, truth: registered}}]", tmp_path)
    assert result.end is End.NOT_PLAYABLE
    assert "does not tell the truth about its meters" in (result.reason or "")


def test_an_example_passes_there_too(standing: HeadEnd) -> None:
    options = PlayOptions(StageOptions(target=standing.base_url))
    result = play_scenario(load_scenario(EXAMPLES / "late-reply.yaml"), options, RealClock())
    assert failed(result) == []
    assert result.passed
