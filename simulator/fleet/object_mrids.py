"""mRIDs that carry what they name: the fleet, the kind of object, and its number.

    ffffffff-ffff-8kkk-vvvv-iiiiiiiiiiii    a UUIDv8 (RFC 9562, section 5.8)

f and v (behind the two variant bits) are a hash of the seed, so that objects of two fleets never share an
mRID; k says what sort of object it is and i is its number, in hexadecimal.
"""

from enum import IntEnum
from typing import Final

from simulator import noise
from simulator.fleet.numbered_names import NumberedNames
from simulator.fleet.topology import Level

_NUMBER_DIGITS: Final = 12


class Kind(IntEnum):
    """What an mRID names; the numbers are part of every mRID and never change."""

    METER = 1
    USAGE_POINT = 2
    TEMPLATE = 3
    SUBSTATION = Level.SUBSTATION
    FEEDER = Level.FEEDER
    TRANSFORMER = Level.TRANSFORMER


def object_mrids(fleet_key: noise.Words, kind: Kind, count: int) -> NumberedNames:
    """The mRIDs of `count` objects of a kind. 48 + 14 bits of the key tell the fleets apart."""
    identity = int(noise.mix(noise.key_for(fleet_key, noise.Purpose.FLEET_IDENTITY))[0])
    head = f"{identity >> 16:012x}"
    variant = 0x8000 | (identity & 0x3FFF)
    return NumberedNames(f"{head[:8]}-{head[8:]}-8{kind:03x}-{variant:04x}-", _NUMBER_DIGITS, count, base=16)
