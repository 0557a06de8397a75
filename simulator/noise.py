"""Chance as a function: a counter hash (splitmix64) that gives every draw an address.

A draw is `mix(key + purpose * PURPOSE_STEP + index * GOLDEN)`. The key stands for one meter (or for the whole
fleet), the index counts from a fixed origin, so a draw is the same alone or in bulk, in any order, in any
process. Every purpose has its own draws: a new effect moves no old number.

Only 64-bit integers appear here and in everything that energy is made of. Sums of floats depend on the layout
of arrays, and exp or sin on the processor; integers give the same digits on every machine.
"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

# The constants of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
GOLDEN: Final = 0x9E3779B97F4A7C15
MIX_1: Final = 0xBF58476D1CE4E5B9
MIX_2: Final = 0x94D049BB133111EB
# Purposes stand as far apart as this, so that no index that occurs leads from one purpose into another.
PURPOSE_STEP: Final = 0xD1B54A32D192ED03


class Purpose(IntEnum):
    """What a draw is for. The numbers are part of the data: they are never reused and never renumbered."""

    FLEET_IDENTITY = 1
    METER = 2
    CHARACTER = 3  # what sort of household this is and how much it uses
    YEAR = 4
    MONTH = 5
    DAY = 6
    HOUR = 7
    APPLIANCE = 8
    SHARED_YEAR = 9  # the shared ones are drawn from the fleet's key: all meters live under one sky
    SHARED_MONTH = 10
    WEATHER = 11
    FLOW = 12  # the key of a meter's other flows, its index being the Flow
    TEMPERATURE = 13
    SUNSHINE = 14
    CLOUDS = 15
    CLOUD_DRIFT = 16  # how late the clouds reach a meter
    AWAY = 17
    CHARGING = 18
    CHARGING_POINT = 19
    REACTIVE = 20
    BYPASS = 21
    PHASES = 40  # how a meter's load lies on its three phases
    VOLTAGE = 41
    FREQUENCY = 42
    WARMTH = 43  # of gas and water in the ground, and inside a meter
    PRESSURE = 44
    SIGNAL = 45
    DISTORTION = 46
    CALORIFIC_VALUE = 47
    METER_CLASS = 64  # of what class a meter is, drawn from the fleet's key
    LATENCY = 70
    READ_TRY = 71
    COLLECTION_PHASE = 72  # when in the round a meter's turn is
    COLLECTION = 73
    LATENESS = 74
    DARK = 75
    CLOCK_DRIFT = 76
    EVENT_COUNT = 80  # how many spontaneous events of a kind a meter has
    EVENT_INSTANT = 81
    EVENT_DURATION = 82
    DEFECT_DAY = 90  # whether a defect begins on a local day of a meter, and which
    DEFECT_SHAPE = 91  # when on that day, and how long it lasts
    DEFECT_OF_A_LIFE = 92  # what lasts for good
    COMMAND_DURATION = 100  # what follows a command, by the number of the command
    COMMAND_FAILURE = 101
    STUCK_SWITCH = 102
    CUSTOMER_CHOICE = 103
    CUSTOMER_TIME = 104
    COMMAND_RANDOMISATION = 105
    RESTORATION = 110  # which part of a node comes back first
    LAST_GASP = 111
    RESTORATION_NOTICE = 112


def mix(words: Words, scratch: Words | None = None) -> Words:
    """The finaliser of splitmix64, in place: every bit of a word comes to depend on every bit of it.

    `scratch` is memory of the same shape, for callers that mix many blocks in turn.
    """
    scratch = np.right_shift(words, 30, out=scratch)
    np.bitwise_xor(words, scratch, out=words)
    np.multiply(words, MIX_1, out=words)
    np.right_shift(words, 27, out=scratch)
    np.bitwise_xor(words, scratch, out=words)
    np.multiply(words, MIX_2, out=words)
    np.right_shift(words, 31, out=scratch)
    np.bitwise_xor(words, scratch, out=words)
    return words


def draw(key: Words, index: NDArray[np.int64]) -> Words:
    """64 random bits for each key and index (not negative); the two are broadcast against each other."""
    return mix(key + index.astype(np.uint64) * GOLDEN)


def key_from_seed(seed: int) -> Words:
    """The key of a whole fleet, of shape (1,). Seeds are 0 to 2**64 - 1."""
    return mix(np.array([seed], np.uint64) + GOLDEN)


def key_for(key: Words, purpose: Purpose) -> Words:
    """The keys of one purpose: same shape as `key`."""
    return key + (purpose * PURPOSE_STEP) % 2**64


def picked(table: Words, words: Words) -> Words:
    """The value of a table of 256 for the eight highest bits of each draw, a new array of the shape of `words`."""
    # No number is out of range: not looking whether one is saves a third of the time.
    found: Words = table.take(top_byte(words), mode="wrap")
    return found


def top_byte(words: Words) -> NDArray[np.int64]:
    """The eight highest bits, 0 to 255, ready to look a draw up in a table."""
    return np.right_shift(words, 56).view(np.int64)
