"""The fleet: how many meters there are, what each is called, and back from a name to the meter.

A meter is an index, 0 to meters - 1. Everything about its identity is arithmetic on that index, so a fleet of
ten million costs nothing until somebody reads it.

    mRID        ffffffff-ffff-8kkk-vvvv-iiiiiiiiiiii    a UUIDv8 (RFC 9562, section 5.8)
    name        M00000042, its usage point UP00000042

f and v (behind the two variant bits) are a hash of the seed, so that meters of two fleets never share an
mRID; k says what sort of object it is and i is its index, in hexadecimal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.local_time import FIRST_YEAR, LAST_YEAR, LocalCalendar
from simulator.profiles import RESIDENTIAL, Profile

Indices = NDArray[np.int64] | Sequence[int]  # a range is a sequence, too

MOST_METERS: Final = 100_000_000  # names have eight digits
_NAME_DIGITS: Final = 8
_INDEX_DIGITS: Final = 12
_DIGITS: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
_FEW: Final = 64  # up to so many identifiers the array form saves nothing: it takes 50 us for one
_METER_PREFIX: Final = "M"
_USAGE_POINT_PREFIX: Final = "UP"


class InvalidFleet(ValueError):
    """A fleet that cannot be; the message says which setting is wrong."""


class _Kind(IntEnum):
    """What an mRID names; the numbers are part of every mRID and never change."""

    METER = 1
    USAGE_POINT = 2


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """Everything that determines a fleet. Raises InvalidFleet, or UnknownZone for the zone."""

    meters: int
    seed: int = 1
    zone: str = "UTC"  # IANA name; where days begin, and the offset on the wire
    installed: date = date(2020, 1, 1)  # at its first local instant every register stood at zero

    def __post_init__(self) -> None:
        if not 0 <= self.meters <= MOST_METERS:
            raise InvalidFleet(f"a fleet has 0 to {MOST_METERS} meters, not {self.meters}")
        if not 0 <= self.seed < 2**64:
            raise InvalidFleet(f"a seed is 0 to 2**64 - 1, not {self.seed}")
        if not FIRST_YEAR < self.installed.year < LAST_YEAR:
            raise InvalidFleet(
                f"meters are installed in the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}, not on {self.installed}"
            )
        LocalCalendar(self.zone)


@dataclass(frozen=True, slots=True)
class Meter:
    """One end device and the usage point where it is mounted."""

    index: int
    mrid: str
    name: str
    usage_point_mrid: str
    usage_point_name: str


class Fleet:
    """The meters of a FleetSpec. Immutable, constant in size, and the same in every process."""

    __slots__ = ("_key", "_meter_uuid", "_usage_point_uuid", "calendar", "installed", "profile", "spec")

    def __init__(self, spec: FleetSpec) -> None:
        self.spec = spec
        self.calendar = LocalCalendar(spec.zone)
        self.installed = self.calendar.start_of(spec.installed)  # epoch seconds
        self.profile: Profile = RESIDENTIAL
        self._key = noise.key_from_seed(spec.seed)
        identity = int(noise.mix(noise.key_for(self._key, noise.Purpose.FLEET_IDENTITY))[0])
        self._meter_uuid = _uuid_prefix(identity, _Kind.METER)
        self._usage_point_uuid = _uuid_prefix(identity, _Kind.USAGE_POINT)

    def __len__(self) -> int:
        return self.spec.meters

    @property
    def key(self) -> noise.Words:
        """The key of what all meters share, such as the weather; shape (1,)."""
        return self._key

    def keys(self, indices: Indices) -> noise.Words:
        """The key of each meter (meters,); all that a meter measures follows from it."""
        return noise.draw(noise.key_for(self._key, noise.Purpose.METER), np.asarray(indices, np.int64))

    def meter(self, index: int) -> Meter:
        """The meter at an index. IndexError if the fleet has no such meter."""
        if not 0 <= index < self.spec.meters:
            raise IndexError(f"no meter {index} in a fleet of {self.spec.meters}")
        return Meter(
            index=index,
            mrid=f"{self._meter_uuid}{index:0{_INDEX_DIGITS}x}",
            name=f"{_METER_PREFIX}{index:0{_NAME_DIGITS}d}",
            usage_point_mrid=f"{self._usage_point_uuid}{index:0{_INDEX_DIGITS}x}",
            usage_point_name=f"{_USAGE_POINT_PREFIX}{index:0{_NAME_DIGITS}d}",
        )

    # From an identifier to the index. Letters of a UUID count the same in both cases (RFC 9562, section 4).

    def index_of_mrid(self, text: str) -> int | None:
        """The index of the meter with this mRID, None if this fleet has none."""
        return self._index(text.lower(), self._meter_uuid, _INDEX_DIGITS, 16)

    def index_of_usage_point_mrid(self, text: str) -> int | None:
        """The index of the meter at the usage point with this mRID, None if this fleet has none."""
        return self._index(text.lower(), self._usage_point_uuid, _INDEX_DIGITS, 16)

    def index_of_name(self, text: str) -> int | None:
        """The index of the meter with this name, None if this fleet has none."""
        return self._index(text, _METER_PREFIX, _NAME_DIGITS, 10)

    def index_of_usage_point_name(self, text: str) -> int | None:
        """The index of the meter at the usage point with this name, None if this fleet has none."""
        return self._index(text, _USAGE_POINT_PREFIX, _NAME_DIGITS, 10)

    def _index(self, text: str, prefix: str, width: int, base: int) -> int | None:
        digits = text.removeprefix(prefix)
        if len(text) != len(prefix) + width or len(digits) != width:
            return None
        # isalnum keeps out what int() would forgive: blanks, signs and underscores; isascii other scripts'
        # digits.
        if not (digits.isascii() and digits.isalnum()):
            return None
        try:
            index = int(digits, base)
        except ValueError:
            return None
        return index if index < self.spec.meters else None

    # In bulk, as ASCII bytes for the wire: ten thousand in a few milliseconds.

    def mrids(self, indices: Indices) -> list[bytes]:
        """The mRIDs of meters."""
        return _numbered(self._meter_uuid, indices, _INDEX_DIGITS, 16)

    def names(self, indices: Indices) -> list[bytes]:
        """The names of meters."""
        return _numbered(_METER_PREFIX, indices, _NAME_DIGITS, 10)

    def usage_point_mrids(self, indices: Indices) -> list[bytes]:
        """The mRIDs of the usage points of meters."""
        return _numbered(self._usage_point_uuid, indices, _INDEX_DIGITS, 16)

    def usage_point_names(self, indices: Indices) -> list[bytes]:
        """The names of the usage points of meters."""
        return _numbered(_USAGE_POINT_PREFIX, indices, _NAME_DIGITS, 10)


def _uuid_prefix(identity: int, kind: _Kind) -> str:
    """The first 24 characters of an mRID. 48 + 14 bits of `identity` tell the fleets apart."""
    head = f"{identity >> 16:012x}"
    variant = 0x8000 | (identity & 0x3FFF)
    return f"{head[:8]}-{head[8:]}-8{kind:03x}-{variant:04x}-"


def _numbered(prefix: str, indices: Indices, width: int, base: int) -> list[bytes]:
    """`prefix` and the index with leading zeros, for each index."""
    if len(indices) <= _FEW:
        digits = f"0{width}{'x' if base == 16 else 'd'}"
        return [f"{prefix}{index:{digits}}".encode("ascii") for index in map(int, indices)]
    rest = np.array(indices, np.uint64)
    text = np.empty((len(rest), len(prefix) + width), np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), np.uint8)
    for column in range(text.shape[1] - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, base)
        text[:, column] = _DIGITS[digit]
    ascii_bytes: list[bytes] = text.view(f"S{text.shape[1]}").ravel().tolist()
    return ascii_bytes
