"""Durations, shares and draws of commands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.cim.end_device_control_type import EndDeviceControlType, controls
from simulator.device import (
    PROMPT,
    REALISTIC,
    CommandBehaviour,
    CommandKind,
    Duration,
    InvalidBehaviour,
    Result,
    chances,
    command_number,
)
from simulator.device.behaviour import happens
from simulator.fleet import Fleet, FleetSpec
from tests.support.device_stories import NOON, TestedDevice

KEYS = Fleet(FleetSpec(2_000)).keys(np.arange(2_000))
ALL_HEAR = [0] * 2_000


@given(st.integers(0, 2**64 - 1), st.integers(0, 3))
def test_a_duration_stays_between_its_shortest_and_its_longest(word: int, part: int) -> None:
    assert 3 <= Duration(3, 12, 180).drawn_s(word, part) <= 180


def test_half_of_the_cases_lie_below_the_median() -> None:
    draws = [one.duration for one in chances(KEYS, command_number("a"), ALL_HEAR)]
    below = sum(REALISTIC.switching.drawn_s(word) < REALISTIC.switching.median_s for word in draws)
    assert 0.45 < below / len(draws) < 0.55


def test_a_share_is_met_as_often_as_it_says() -> None:
    draws = [one.failure for one in chances(KEYS, command_number("a"), ALL_HEAR)]
    assert 0.17 < sum(happens(200_000, word) for word in draws) / len(draws) < 0.23
    assert all(happens(1_000_000, word) and not happens(0, word) for word in draws)


def test_a_draw_is_that_of_its_meter_and_command_whoever_else_is_asked() -> None:
    some = np.array([7, 1_500])
    alone = chances(KEYS[some], command_number("a"), [0, 0])
    together = chances(KEYS, command_number("a"), ALL_HEAR)
    assert list(alone) == [together[7], together[1_500]]
    assert chances(KEYS[some], command_number("b"), [0, 0])[0] != alone[0]


def test_a_switch_is_stuck_for_every_command_or_for_none() -> None:
    first, second = (chances(KEYS, command_number(name), ALL_HEAR) for name in "ab")
    assert [one.stuck for one in first] == [one.stuck for one in second]


def test_draws_never_change() -> None:
    """The figures are part of the data: another version must find the same devices failing."""
    chance = chances(KEYS[:1], command_number("control-1"), ALL_HEAR[:1])[0]
    assert (chance.duration, chance.stuck) == (
        2_645_395_259_999_252_900,
        11_281_663_362_251_663_704,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("failures_per_million", 1_000_001), ("opt_outs_per_million", -1), ("randomisation_s", -1)],
)
def test_a_behaviour_that_cannot_be_names_the_field_and_the_value(field: str, value: int) -> None:
    with pytest.raises(InvalidBehaviour, match=f"{field} is {value}"):
        CommandBehaviour(**{field: value})


@pytest.mark.parametrize(
    ("repeated", "message"),
    [
        ({"repeat_every_s": 60}, "are both 0, or neither"),
        ({"repeat_for_s": 60}, "are both 0, or neither"),
        ({"repeat_every_s": 61, "repeat_for_s": 60}, "every 61 s for 60 s is 0 times"),
        ({"repeat_every_s": 1, "repeat_for_s": 1_001}, "every 1 s for 1001 s is 1001 times"),
    ],
)
def test_commands_are_repeated_a_number_of_times_that_makes_sense(repeated: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidBehaviour, match=message):
        CommandBehaviour(**repeated)  # type: ignore[arg-type]


def test_durations_come_in_order() -> None:
    with pytest.raises(InvalidBehaviour, match="not 5, 4, 6"):
        Duration(5, 4, 6)


@pytest.mark.clause("61968-9:2013 Annex F")
@pytest.mark.parametrize("pattern", controls())
@pytest.mark.parametrize("behaviour", [PROMPT, REALISTIC], ids=["prompt", "realistic"])
def test_every_listed_control_is_carried_out_and_tells_of_it(pattern: str, behaviour: CommandBehaviour) -> None:
    control_type = EndDeviceControlType.parse(pattern)
    device = TestedDevice(behaviour)
    course = device.take(CommandKind.of(control_type), words={"textMessage": "text"}).course
    listed = {one.code for one in (*control_type.success_events, *control_type.failure_events)}
    assert course.event is not None
    assert course.event.code in listed
    assert (course.result is Result.SUCCEEDED) == (course.event in control_type.success_events)
    assert all(event.at >= NOON for event in course.events)


@pytest.mark.parametrize("pattern", controls())
def test_a_device_that_fails_at_everything_tells_of_it_by_the_listed_event(pattern: str) -> None:
    control_type = EndDeviceControlType.parse(pattern)
    device = TestedDevice(CommandBehaviour(failures_per_million=1_000_000))
    course = device.take(CommandKind.of(control_type), words={"textMessage": "text"}).course
    assert (course.result, course.event) == (Result.FAILED, control_type.failure_events[0])
    assert course.transitions == ()
