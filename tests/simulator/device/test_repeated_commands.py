"""A command that a device does not hear is told again until it does, or until the head end gives the device up."""

import pytest

from simulator.device import NO_CHANCE, Chance, CommandBehaviour, CommandKind, Result
from simulator.device.aspect import Aspect
from tests.support.device_stories import TestedDevice, at

REPEATED = CommandBehaviour(repeat_every_s=300, repeat_for_s=3_600)
HEARD_LATE = Chance(heard_after_s=600)
NEVER_HEARD = Chance(heard_after_s=None)


@pytest.fixture
def device() -> TestedDevice:
    return TestedDevice(REPEATED)


def test_a_command_begins_when_the_device_hears_it(device: TestedDevice) -> None:
    chapter = device.take(CommandKind.DISCONNECT, chance=HEARD_LATE)
    assert (chapter.begins, chapter.course.result) == (at(10), Result.SUCCEEDED)
    assert device.events == [(10, "31.0.68")]
    assert [device.state(minutes).switch.value for minutes in (9, 10)] == ["connected", "disconnected"]


def test_who_was_told_in_vain_is_given_up_and_that_is_told(device: TestedDevice) -> None:
    chapter = device.take(CommandKind.DISCONNECT, chance=NEVER_HEARD)
    assert (chapter.begins, chapter.course.result, chapter.transitions) == (at(60), Result.FAILED, ())
    assert chapter.course.why == "the device did not answer, though it was told 13 times"
    assert device.events == [(60, "31.0.84")]


def test_a_firmware_update_that_nobody_heard_of_has_failed(device: TestedDevice) -> None:
    device.take(CommandKind.UPDATE_FIRMWARE, chance=NEVER_HEARD, words={"version": "2.0"})
    assert device.events == [(60, "11.0.85")]


def test_the_device_gets_commands_in_the_order_in_which_they_were_sent(device: TestedDevice) -> None:
    device.take(CommandKind.DISCONNECT, chance=HEARD_LATE)
    device.take(CommandKind.CONNECT, 5, chance=NO_CHANCE)
    assert device.events == [(10, "31.0.68"), (10, "31.0.42")]
    assert device.state(10).switch.value == "connected"


def test_a_command_that_is_never_heard_keeps_no_other_one_waiting(device: TestedDevice) -> None:
    device.take(CommandKind.DISCONNECT, chance=NEVER_HEARD)
    device.take(CommandKind.CONNECT, 5, chance=NO_CHANCE)
    assert device.events == [(5, "31.0.42"), (60, "31.0.84")]


def test_nothing_that_comes_later_takes_back_that_a_device_was_given_up(device: TestedDevice) -> None:
    device.take(CommandKind.DISPLAY_TEXT, chance=NEVER_HEARD, words={"textMessage": "text"})
    device.take(CommandKind.CANCEL_TEXT, 30)
    given_up = [event for chapter in device.chapters for event in chapter.events if event.aspect is Aspect.COMMAND]
    assert [(event.at, event.type.code) for event in given_up] == [(at(60), "3.13.112.87")]


def test_where_commands_are_not_repeated_the_device_has_failed_at_once() -> None:
    device = TestedDevice()
    assert device.take(CommandKind.DISCONNECT, chance=NEVER_HEARD).begins == at(0)
    assert device.events == []
