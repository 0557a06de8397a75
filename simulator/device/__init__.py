"""What a device does when it is told to: commands, their courses, and the state that they leave behind.

aspect.py        facts with instants: transitions, of which the latest one that has begun holds
command.py       what can be commanded (the controls of Annex F, and firmware)
behaviour.py     how long devices and people take, and how often they fail
chance.py        the draws of a command at a device
course.py        what one command does at one device
switching.py, load_control.py, home_network.py, demand_reset.py, firmware.py    the courses, by subject
story.py         all commands of a device together
state.py         the state at an instant
"""

from simulator.device.aspect import OPEN, Aspect, Transition, covers, open_windows, switch_transitions
from simulator.device.behaviour import AT_ONCE, PROMPT, REALISTIC, CommandBehaviour, Duration, InvalidBehaviour
from simulator.device.chance import NO_CHANCE, Chance, chances, command_number
from simulator.device.command import Command, CommandKind, Parameters
from simulator.device.course import POSITION, Course, Device, DeviceEvent, Result
from simulator.device.state import DeviceState, state_at
from simulator.device.story import Chapter, told, transitions_of
from simulator.device.switch_position import SwitchPosition

__all__ = [
    "AT_ONCE",
    "NO_CHANCE",
    "OPEN",
    "POSITION",
    "PROMPT",
    "REALISTIC",
    "Aspect",
    "Chance",
    "Chapter",
    "Command",
    "CommandBehaviour",
    "CommandKind",
    "Course",
    "Device",
    "DeviceEvent",
    "DeviceState",
    "Duration",
    "InvalidBehaviour",
    "Parameters",
    "Result",
    "SwitchPosition",
    "Transition",
    "chances",
    "command_number",
    "covers",
    "open_windows",
    "state_at",
    "switch_transitions",
    "told",
    "transitions_of",
]
