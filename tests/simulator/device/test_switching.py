"""Commands to the remote switch (61968-9:2013, Annex F; design of the courses in docs/controls.md)."""

import pytest

from simulator.device import CommandBehaviour, CommandKind, Device, Duration, Result, SwitchPosition
from simulator.device.chance import Chance
from tests.support.device_stories import TestedDevice, at

TEN_MINUTES = Duration(600, 600, 600)
CONNECTED, ARMED, DISCONNECTED = SwitchPosition.CONNECTED, SwitchPosition.ARMED, SwitchPosition.DISCONNECTED


@pytest.mark.parametrize(
    ("kinds", "position", "event"),
    [
        ([CommandKind.DISCONNECT], DISCONNECTED, "31.0.68"),
        ([CommandKind.CONNECT], CONNECTED, "31.0.42"),
        ([CommandKind.DISCONNECT, CommandKind.CONNECT], CONNECTED, "31.0.42"),
        ([CommandKind.DISCONNECT, CommandKind.DISCONNECT], DISCONNECTED, "31.0.68"),
    ],
)
def test_a_switch_goes_where_it_is_told_to_and_reports_success(
    kinds: list[CommandKind], position: SwitchPosition, event: str
) -> None:
    device = TestedDevice()
    for kind in kinds:
        chapter = device.take(kind)
    assert (chapter.course.result, device.state(0).switch, device.events[-1]) == (
        Result.SUCCEEDED,
        position,
        (0, event),
    )


def test_a_slow_switch_moves_when_it_answers() -> None:
    device = TestedDevice(CommandBehaviour(switching=TEN_MINUTES))
    device.take(CommandKind.DISCONNECT)
    assert (device.state(9.9).switch, device.state(10).switch) == (CONNECTED, DISCONNECTED)


def test_a_device_answers_one_command_before_it_takes_the_next() -> None:
    device = TestedDevice(CommandBehaviour(switching=TEN_MINUTES))
    device.take(CommandKind.DISCONNECT)
    device.take(CommandKind.CONNECT, 1)
    assert device.events == [(10, "31.0.68"), (20, "31.0.42")]


def test_an_armed_switch_stays_open_until_the_button_is_pressed() -> None:
    device = TestedDevice()
    device.take(CommandKind.DISCONNECT)
    device.take(CommandKind.ARM_FOR_CLOSURE, 5)
    assert [device.state(minutes).switch for minutes in (4, 5, 5.9, 6)] == [DISCONNECTED, ARMED, ARMED, CONNECTED]
    assert device.events[1:] == [(5, "31.0.11"), (6, "31.0.42")]


def test_a_switch_that_is_armed_for_opening_opens_with_the_button() -> None:
    device = TestedDevice()
    device.take(CommandKind.ARM_FOR_OPEN)
    assert (device.state(0).armed_for, device.state(0).switch, device.state(1).switch) == (
        "open",
        CONNECTED,
        DISCONNECTED,
    )


@pytest.mark.parametrize("kind", [CommandKind.DISCONNECT, CommandKind.DISABLE_SWITCH])
def test_a_press_of_the_button_comes_to_nothing_once_the_switch_is_no_longer_armed(kind: CommandKind) -> None:
    device = TestedDevice()
    device.take(CommandKind.DISCONNECT)
    device.take(CommandKind.ARM_FOR_CLOSURE, 1)
    device.take(kind, 1.5)
    assert device.state(60).switch is DISCONNECTED
    assert (2, "31.0.42") not in device.events


def test_a_connected_switch_needs_no_arming() -> None:
    device = TestedDevice()
    device.take(CommandKind.ARM_FOR_CLOSURE)
    assert (device.events, device.state(0).armed_for) == ([(0, "31.0.11")], None)


def test_a_button_that_nobody_presses_leaves_the_switch_armed() -> None:
    device = TestedDevice(CommandBehaviour(button_never_per_million=1_000_000))
    device.take(CommandKind.DISCONNECT)
    device.take(CommandKind.ARM_FOR_CLOSURE)
    assert device.state(10_000).switch is ARMED


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        (CommandKind.CONNECT, "31.0.67"),
        (CommandKind.DISCONNECT, "31.0.84"),
        (CommandKind.ARM_FOR_CLOSURE, "31.0.226"),
        (CommandKind.ARM_FOR_OPEN, "31.0.222"),
    ],
)
def test_a_disabled_switch_refuses_with_the_event_of_failure(kind: CommandKind, failure: str) -> None:
    device = TestedDevice()
    device.take(CommandKind.DISABLE_SWITCH)
    course = device.take(kind, 1).course
    assert (course.result, course.why, device.events[-1]) == (Result.FAILED, "the switch is disabled", (1, failure))
    assert device.state(1).switch is CONNECTED


def test_an_enabled_switch_obeys_again() -> None:
    device = TestedDevice()
    device.take(CommandKind.DISABLE_SWITCH)
    device.take(CommandKind.ENABLE_SWITCH, 1)
    device.take(CommandKind.DISCONNECT, 2)
    assert (device.state(0.5).switch_enabled, device.state(2).switch) == (False, DISCONNECTED)


STUCK = CommandBehaviour(stuck_switches_per_million=1_000_000)


def test_a_stuck_switch_fails_and_stays_where_it_is() -> None:
    device = TestedDevice(STUCK)
    course = device.take(CommandKind.DISCONNECT).course
    assert (course.result, course.why, device.state(0).switch) == (Result.FAILED, "the switch is stuck", CONNECTED)


def test_a_stuck_switch_that_is_where_it_should_be_succeeds() -> None:
    assert TestedDevice(STUCK).take(CommandKind.CONNECT).course.result is Result.SUCCEEDED


@pytest.mark.parametrize(
    ("on", "off"),
    [
        (CommandKind.ENABLE_CAPACITY_LIMIT, CommandKind.DISABLE_CAPACITY_LIMIT),
        (CommandKind.ENABLE_EMERGENCY_CAPACITY_LIMIT, CommandKind.DISABLE_EMERGENCY_CAPACITY_LIMIT),
    ],
)
def test_a_supply_limit_holds_until_it_is_disabled_and_leaves_the_other_one_alone(
    on: CommandKind, off: CommandKind
) -> None:
    device = TestedDevice()
    device.take(on)
    device.take(off, 10)
    limits = [(state.capacity_limit, state.emergency_capacity_limit) for state in map(device.state, (5, 10))]
    assert sorted(limits[0]) == [False, True]
    assert limits[1] == (False, False)


def test_a_supply_limit_with_a_duration_ends_by_itself() -> None:
    device = TestedDevice()
    device.take(CommandKind.ENABLE_CAPACITY_LIMIT, duration_s=300)
    assert (device.state(4.9).capacity_limit, device.state(5).capacity_limit) == (True, False)


def test_a_device_without_power_is_not_attempted_and_reports_nothing() -> None:
    device = TestedDevice(device=Device(unpowered=((at(-5), at(5)),)))
    course = device.take(CommandKind.DISCONNECT).course
    assert (course.result, course.events, course.transitions) == (Result.NOT_ATTEMPTED, (), ())
    assert device.take(CommandKind.DISCONNECT, 5).course.result is Result.SUCCEEDED


def test_a_device_that_does_not_hear_a_command_fails_without_an_event() -> None:
    device = TestedDevice()
    course = device.take(CommandKind.DISCONNECT, chance=Chance(heard_after_s=None)).course
    assert (course.result, course.event, device.events) == (Result.FAILED, None, [])
