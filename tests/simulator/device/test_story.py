"""Commands that follow each other: whatever their order, the story of a device holds together."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.device import (
    REALISTIC,
    Aspect,
    Chance,
    Chapter,
    Command,
    CommandBehaviour,
    CommandKind,
    Device,
    Duration,
    Result,
    Transition,
    open_windows,
    switch_transitions,
    told,
    transitions_of,
)
from tests.support.device_stories import TestedDevice, at, command

LIVELY = CommandBehaviour(
    switching=Duration(0, 30, 300),
    load_control=Duration(0, 10, 60),
    home_network=Duration(0, 10, 60),
    button=Duration(60, 600, 6_000),
    firmware_download=Duration(60, 600, 6_000),
    firmware_replacement=Duration(60, 120, 600),
    randomisation_s=600,
    failures_per_million=100_000,
    stuck_switches_per_million=100_000,
    opt_outs_per_million=100_000,
)

WORDS = st.integers(0, 2**64 - 1)
CHANCES = st.builds(Chance, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS)


@st.composite
def command_lists(draw: st.DrawFn) -> list[tuple[Command, Chance]]:
    """Up to eight commands in the order of their acceptance, some of them for later."""
    minutes, found = 0, []
    stuck = draw(WORDS)
    for number in range(draw(st.integers(1, 8))):
        minutes += draw(st.sampled_from([0, 0, 1, 7, 60]))
        later = draw(st.sampled_from([0, 0, 0, 5, 90]))
        given: dict[str, Any] = {
            "start": draw(st.none() | st.integers(0, 240).map(at)),
            "duration_s": draw(st.none() | st.integers(0, 7_200)),
            "randomise_start": draw(st.booleans()),
            "randomise_end": draw(st.booleans()),
            "confirmation_required": draw(st.booleans()),
            "words": {"version": str(number), "textMessage": "text"},
        }
        kind = draw(st.sampled_from(CommandKind))
        found.append((command(kind, minutes + later, str(number), **given), replace(draw(CHANCES), stuck=stuck)))
    return found


BEHAVIOURS = st.sampled_from([CommandBehaviour(), LIVELY, REALISTIC])


def story(commands: list[tuple[Command, Chance]], behaviour: CommandBehaviour) -> list[Chapter]:
    return told((), commands, Device(), behaviour)


@given(command_lists(), BEHAVIOURS)
def test_windows_without_supply_are_in_order_and_apart(
    commands: list[tuple[Command, Chance]], behaviour: CommandBehaviour
) -> None:
    windows = open_windows(transitions_of((), story(commands, behaviour)))
    for number, (start, end) in enumerate(windows):
        assert end is None or start < end
        if number:
            before = windows[number - 1][1]
            assert before is not None
            assert before <= start


@given(command_lists(), BEHAVIOURS)
def test_windows_and_transitions_of_the_switch_tell_the_same(
    commands: list[tuple[Command, Chance]], behaviour: CommandBehaviour
) -> None:
    transitions = transitions_of((), story(commands, behaviour))
    again = switch_transitions(open_windows(transitions))
    assert open_windows(again) == open_windows(transitions)


@given(command_lists(), BEHAVIOURS)
def test_nothing_happens_before_its_command_begins(
    commands: list[tuple[Command, Chance]], behaviour: CommandBehaviour
) -> None:
    for chapter in story(commands, behaviour):
        begins = chapter.command.begins
        assert all(one.at >= begins for one in (*chapter.transitions, *chapter.events))
        assert chapter.course.done >= begins


@given(command_lists(), BEHAVIOURS)
def test_a_command_tells_one_result_and_after_it_only_what_follows(
    commands: list[tuple[Command, Chance]], behaviour: CommandBehaviour
) -> None:
    for chapter in story(commands, behaviour):
        assert (chapter.course.event is None) == (chapter.course.result is Result.NOT_ATTEMPTED)
        assert [one.type for one in chapter.course.events].count(chapter.course.event) >= (
            chapter.course.event is not None
        )
        assert bool(chapter.course.why) == (chapter.course.result is not Result.SUCCEEDED)


@given(command_lists(), BEHAVIOURS)
def test_a_command_reaches_as_far_as_anything_that_it_does(
    commands: list[tuple[Command, Chance]], behaviour: CommandBehaviour
) -> None:
    for chapter in story(commands, behaviour):
        instants = [one.at for one in (*chapter.transitions, *chapter.events)]
        instants += [one.until for one in chapter.transitions if one.until is not None]
        assert all(instant <= chapter.reaches for instant in instants)


@given(command_lists(), BEHAVIOURS)
def test_a_later_command_leaves_what_was_before_it_as_it_was(
    commands: list[tuple[Command, Chance]], behaviour: CommandBehaviour
) -> None:
    *before, (last, _) = commands
    earlier, all_told = story(before, behaviour), story(commands, behaviour)

    def up_to_then(chapters: list[Chapter]) -> list[object]:
        return [
            one
            for chapter in chapters
            if chapter.command.control != last.control
            for one in (*chapter.transitions, *chapter.events)
            if one.at < last.begins
        ]

    assert up_to_then(all_told) == up_to_then(earlier)


@settings(max_examples=300)
@given(command_lists(), BEHAVIOURS)
def test_a_story_that_goes_on_from_what_is_over_is_the_same_story(
    commands: list[tuple[Command, Chance]], behaviour: CommandBehaviour
) -> None:
    """What is over by now need not be told again: its transitions are enough."""
    chapters = story(commands, behaviour)
    now = max(one.begins for one, _ in commands)
    over = [one for one in chapters if one.reaches <= now]
    live = {one.command.control for one in chapters} - {one.command.control for one in over}
    past = transitions_of((), over)
    again = told(past, [one for one in commands if one[0].control in live], Device(), behaviour)

    def ahead(some: list[Chapter]) -> list[tuple[object, ...]]:
        return sorted(
            (one.at, str(one)) for chapter in some for one in (*chapter.transitions, *chapter.events) if one.at > now
        )

    assert ahead(again) == ahead(chapters)


def test_a_scheduled_connect_ends_an_interruption_that_was_commanded_after_it() -> None:
    device = TestedDevice()
    device.take(CommandKind.CONNECT, 60)
    device.take(CommandKind.DISCONNECT, 10)
    assert open_windows(transitions_of((), device.chapters)) == [(at(10), at(60))]


def test_a_scheduled_command_finds_the_device_as_it_is_then() -> None:
    device = TestedDevice()
    device.take(CommandKind.DISCONNECT, 60)
    device.take(CommandKind.DISABLE_SWITCH, 10)
    assert device.events == [(10, "31.0.66"), (60, "31.0.84")]


def test_who_ends_something_is_told_again_as_long_as_that_would_have_lasted() -> None:
    device = TestedDevice()
    device.take(CommandKind.DISCONNECT)
    device.take(CommandKind.ARM_FOR_CLOSURE, 1)
    device.take(CommandKind.CONNECT, 1.5)
    assert device.chapters[-1].reaches == at(2)


def test_a_transition_holds_until_the_next_or_until_its_end() -> None:
    device = TestedDevice(past=(Transition(Aspect.DISPLAY, at(0), {"textMessage": "a"}, at(10)),))
    device.take(CommandKind.DISPLAY_TEXT, 5, words={"textMessage": "b"}, duration_s=60)
    assert [device.state(minutes).display for minutes in (4, 5, 6, 9)] == [
        {"textMessage": "a"},
        {"textMessage": "b"},
        None,
        None,
    ]
