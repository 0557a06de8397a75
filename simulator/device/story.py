"""All commands at one device together: what it does when one is carried out after the other.

The future of a device is a function of what has happened to it and of the commands that it still has to do with. When
a command comes or goes, it is told anew; nothing has to be put right by hand.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from simulator.device.aspect import Aspect, Transition, covers
from simulator.device.behaviour import CommandBehaviour, shift_s
from simulator.device.chance import Chance
from simulator.device.command import Command, CommandKind
from simulator.device.course import Course, Device, DeviceEvent, Result, Situation, Withdrawal
from simulator.device.demand_reset import reset_demand
from simulator.device.firmware import not_updated, update_firmware
from simulator.device.home_network import (
    allow_network,
    cancel_text,
    create_price,
    display_text,
    operate_pairing_window,
)
from simulator.device.load_control import (
    cancel_all_load_events,
    cancel_load_event,
    schedule_load_event,
    start_load_control,
    stop_load_control,
)
from simulator.device.switching import allow_switching, arm, limit_supply, switch

COURSES: Final[Mapping[CommandKind, Callable[[Situation], Course]]] = MappingProxyType(
    {
        CommandKind.CONNECT: switch,
        CommandKind.DISCONNECT: switch,
        CommandKind.ARM_FOR_CLOSURE: arm,
        CommandKind.ARM_FOR_OPEN: arm,
        CommandKind.ENABLE_SWITCH: allow_switching,
        CommandKind.DISABLE_SWITCH: allow_switching,
        CommandKind.ENABLE_CAPACITY_LIMIT: limit_supply,
        CommandKind.DISABLE_CAPACITY_LIMIT: limit_supply,
        CommandKind.ENABLE_EMERGENCY_CAPACITY_LIMIT: limit_supply,
        CommandKind.DISABLE_EMERGENCY_CAPACITY_LIMIT: limit_supply,
        CommandKind.START_LOAD_CONTROL: start_load_control,
        CommandKind.STOP_LOAD_CONTROL: stop_load_control,
        CommandKind.SCHEDULE_LOAD_EVENT: schedule_load_event,
        CommandKind.CANCEL_LOAD_EVENT: cancel_load_event,
        CommandKind.CANCEL_ALL_LOAD_EVENTS: cancel_all_load_events,
        CommandKind.RESET_DEMAND: reset_demand,
        CommandKind.DISPLAY_TEXT: display_text,
        CommandKind.CANCEL_TEXT: cancel_text,
        CommandKind.CREATE_PRICE: create_price,
        CommandKind.OPEN_PAIRING_WINDOW: operate_pairing_window,
        CommandKind.CLOSE_PAIRING_WINDOW: operate_pairing_window,
        CommandKind.ENABLE_NETWORK: allow_network,
        CommandKind.DISABLE_NETWORK: allow_network,
        CommandKind.UPDATE_FIRMWARE: update_firmware,
    }
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is left of one command's course once later commands have had their say."""

    command: Command
    course: Course
    transitions: tuple[Transition, ...]
    events: tuple[DeviceEvent, ...]
    begins: datetime
    """When the device is told; of what it plans by itself, when that takes effect."""
    ends: datetime
    """When the last of it is over."""
    reaches: datetime
    """Up to this instant the command may still matter: until then it has to be told with the others."""
    withdrawn: datetime | None = None
    """When all that this one had planned was taken back, by another command or by the customer."""


def course(situation: Situation) -> Course:
    """The course of one command. A device without power is not attempted; one that does not hear it says nothing,
    unless the command was repeated: then the head end tells that it has given the device up.
    """
    if _is_in_vain(situation.behaviour, situation.chance):
        return _given_up(situation)
    if covers(situation.device.unpowered, situation.begins):
        return situation.not_attempted("the device has no power")
    if situation.chance.heard_after_s is None:
        return Course(Result.FAILED, situation.begins, None, why="the device does not answer")
    return COURSES[situation.command.kind](situation)


def told(
    past: Iterable[Transition],
    commands: Sequence[tuple[Command, Chance]],
    device: Device,
    behaviour: CommandBehaviour,
) -> list[Chapter]:
    """The chapters of commands, in the order in which the device gets them.

    past: transitions of commands that are over, in order. commands: in the order in which they were accepted; one that
    begins earlier is carried out earlier, and the device answers one before it takes the next.
    """
    lasting = list(past)
    chapters: list[Chapter] = []
    needs: list[tuple[int, int]] = []
    free: datetime | None = None
    due = [(_due(command, behaviour, chance), command, chance) for command, chance in commands]
    for sent, command, chance in sorted(due, key=lambda one: one[0]):
        wanted = _reaching_device(sent, behaviour, chance)
        begins = wanted if free is None else max(free, wanted)
        if free is not None and free > wanted:
            needs.append((len(chapters), len(chapters) - 1))
        if begins == free:  # told without this one, the one before would take its doing for the past
            needs.append((len(chapters) - 1, len(chapters)))
        known = sorted([*lasting, *(one for chapter in chapters for one in chapter.transitions)], key=_instant)
        its_course = course(Situation(command, begins, device, known, behaviour, chance))
        if not _is_in_vain(behaviour, chance):
            free = its_course.answered  # who never heard of it keeps no other command waiting
        for withdrawal in its_course.withdrawals:
            for number, chapter in enumerate(chapters):
                rest = _without(chapter, withdrawal)
                if rest is not chapter:
                    chapters[number] = rest
                    needs.append((number, len(chapters)))
        transitions, events = its_course.transitions, its_course.events
        starts = its_course.starts if command.kind.is_planned_by_device else begins
        over = its_course.reaches
        chapters.append(
            Chapter(command, its_course, transitions, events, starts, over, over, withdrawn=its_course.declined)
        )
    return _reaching(chapters, needs) if needs else chapters


def _reaching(chapters: list[Chapter], needs: Sequence[tuple[int, int]]) -> list[Chapter]:
    """The chapters, each reaching as far as every one that cannot be told without it.

    needs: a chapter, and one that it needs: whom it waited for, who followed in the same instant, or who put an end to
    what it had planned.
    """
    reaches = [one.reaches for one in chapters]
    changed = True
    while changed:
        changed = False
        for number, needed in needs:
            if reaches[needed] < reaches[number]:
                reaches[needed], changed = reaches[number], True
    return [replace(one, reaches=reach) for one, reach in zip(chapters, reaches, strict=True)]


def transitions_of(past: Iterable[Transition], chapters: Iterable[Chapter]) -> list[Transition]:
    """All transitions of a device, in order."""
    return sorted([*past, *(one for chapter in chapters for one in chapter.transitions)], key=_instant)


def _is_in_vain(behaviour: CommandBehaviour, chance: Chance) -> bool:
    """Whether a command is repeated and never heard."""
    return chance.heard_after_s is None and behaviour.repetitions > 0


def _given_up(situation: Situation) -> Course:
    why = f"the device did not answer, though it was told {1 + situation.behaviour.repetitions} times"
    if situation.command.kind is CommandKind.UPDATE_FIRMWARE:
        return not_updated(situation, Aspect.COMMAND, why)
    return situation.failed(Aspect.COMMAND, situation.begins, why)


def _reaching_device(sent: datetime, behaviour: CommandBehaviour, chance: Chance) -> datetime:
    """When the device has the command, or is given up."""
    heard_after_s = chance.heard_after_s
    return sent + timedelta(seconds=behaviour.repeat_for_s if heard_after_s is None else heard_after_s)


def _due(command: Command, behaviour: CommandBehaviour, chance: Chance) -> datetime:
    """When a command is sent: as it says, or randomly later if it wants that."""
    if not command.parameters.randomise_start or command.kind.is_planned_by_device:
        return command.begins
    return command.begins + timedelta(seconds=shift_s(behaviour.randomisation_s, chance.randomisation))


def _instant(transition: Transition) -> datetime:
    return transition.at


def _without(chapter: Chapter, withdrawal: Withdrawal) -> Chapter:
    """What a withdrawal leaves of a chapter; the chapter itself if that is all of it."""
    if withdrawal.control is not None and withdrawal.control != chapter.command.control:
        return chapter

    def stays(aspect: Aspect, at: datetime) -> bool:
        return aspect is not withdrawal.aspect or at <= withdrawal.after

    transitions = tuple(one for one in chapter.transitions if stays(one.thread or one.aspect, one.at))
    events = tuple(one for one in chapter.events if stays(one.aspect, one.at))
    if len(transitions) == len(chapter.transitions) and len(events) == len(chapter.events):
        return chapter
    return replace(
        chapter,
        transitions=transitions,
        events=events,
        ends=min(chapter.ends, max(withdrawal.after, chapter.course.answered)),
        withdrawn=withdrawal.after if chapter.transitions and not transitions else chapter.withdrawn,
    )
