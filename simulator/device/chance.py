"""The draws of a command at a device: by the meter's key and the command's number, so the same however often asked."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator import noise
from simulator.noise import Purpose, Words


@dataclass(frozen=True, slots=True)
class Chance:
    """64 random bits for each question that a course may ask, and what becomes of the message."""

    duration: int = 0
    failure: int = 0
    stuck: int = 0
    customer: int = 0
    """Whether he does what he is asked for."""
    customer_time: int = 0
    randomisation: int = 0
    heard_after_s: int | None = 0
    """When the command reaches the device, from when it is sent on, by repetition if need be; None: it does not."""


NO_CHANCE: Final = Chance()

_PURPOSES: Final = (
    Purpose.COMMAND_DURATION,
    Purpose.COMMAND_FAILURE,
    Purpose.STUCK_SWITCH,
    Purpose.CUSTOMER_CHOICE,
    Purpose.CUSTOMER_TIME,
    Purpose.COMMAND_RANDOMISATION,
)


def command_number(mrid: str) -> int:
    """The number under which a command's draws are found: 62 bits of a hash of its mRID."""
    return int.from_bytes(hashlib.blake2b(mrid.encode(), digest_size=8).digest(), "big") >> 2


def chances(keys: Words, number: int, heard_after_s: Sequence[int | None]) -> Sequence[Chance]:
    """The draws of one command at meters with these keys, (meters,), and when each of them hears it."""
    address = np.array([number], np.int64)
    once = np.zeros(1, np.int64)  # a switch that is stuck is so for every command
    columns = [
        noise.draw(noise.key_for(keys, purpose), once if purpose is Purpose.STUCK_SWITCH else address).tolist()
        for purpose in _PURPOSES
    ]
    return [Chance(*row) for row in zip(*columns, heard_after_s, strict=True)]
