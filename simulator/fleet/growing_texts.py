"""Columns and texts that only ever grow: whoever looked earlier keeps what was there, at no cost.

A view of a column stays as it was while more is added behind it. Texts are found by a hash of each in constant time,
however many there are.
"""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.fleet.hashed_texts import TextColumn
from simulator.noise import Words

_Number = TypeVar("_Number", bound=np.generic)

_LEAST_ROOM: Final = 64


class GrowingColumn(Generic[_Number]):
    """Numbers of one type. Its room doubles, so a million additions copy two million numbers."""

    __slots__ = ("_count", "_room")

    def __init__(self, dtype: type[_Number]) -> None:
        self._room: NDArray[_Number] = np.empty(_LEAST_ROOM, dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> NDArray[_Number]:
        """All numbers so far; what is added later is not in it."""
        return self._room[: self._count]

    def extend(self, numbers: NDArray[_Number] | Sequence[int]) -> None:
        """Add numbers at the end."""
        end = self._count + len(numbers)
        if end > len(self._room):
            larger = np.empty(max(end, 2 * len(self._room)), self._room.dtype)
            larger[: self._count] = self.values
            self._room = larger
        self._room[self._count : end] = numbers
        self._count = end


class GrowingTexts:
    """Texts by position, each found by the form that `folded` gives it; `so_far` is what is there now."""

    __slots__ = ("_bounds", "_bytes", "_hashes", "_slots")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._bounds = GrowingColumn(np.int64)
        self._bounds.extend([0])
        self._hashes = GrowingColumn(np.uint64)
        self._slots = _no_slots(_LEAST_ROOM)

    def __len__(self) -> int:
        return len(self._hashes)

    def extend(self, texts: TextColumn) -> None:
        """Add texts at the end."""
        utf8, lengths, hashes = texts.parts()
        first = len(self)
        self._bounds.extend(len(self._bytes) + np.cumsum(lengths))
        self._bytes += utf8
        self._hashes.extend(hashes)
        if 2 * len(self) > len(self._slots):
            slots = _no_slots(2 * len(self))
            _place(slots, self._hashes.values, 0)
            self._slots = slots
        else:
            _place(self._slots, self._hashes.values, first)

    def positions(self, hashes: Words) -> NDArray[np.int64]:
        """The position of a text with each of these hashes, -1 where there is none."""
        known, last = self._hashes.values, len(self._slots) - 1
        found = np.full(len(hashes), -1, np.int64)
        rows = np.arange(len(hashes))
        at = (hashes & np.uint64(last)).view(np.int64)
        while len(rows):
            there = self._slots[at]
            is_it = there >= 0
            is_it[is_it] = known[there[is_it]] == hashes[rows[is_it]]
            found[rows[is_it]] = there[is_it]
            on = (there >= 0) & ~is_it
            rows, at = rows[on], (at[on] + 1) & last
        return found

    def so_far(self) -> "TextsSoFar":
        """The texts that are there now."""
        return TextsSoFar(self)

    def _position(self, hashed: int, known: Words) -> int | None:
        """The position of a text with a hash among the first ones, whose hashes are `known`."""
        slots = self._slots  # a larger table may take its place at any time
        last = len(slots) - 1
        at = hashed & last
        while (there := int(slots[at])) >= 0:
            if there < len(known) and int(known[there]) == hashed:
                return there
            at = (at + 1) & last
        return None


class TextsSoFar:
    """The texts that were there at a moment. Immutable: what is added later is not in it."""

    __slots__ = ("_bounds", "_texts", "hashes")

    def __init__(self, texts: GrowingTexts) -> None:
        self._texts = texts
        self._bounds = texts._bounds.values
        self.hashes: Words = texts._hashes.values

    def __len__(self) -> int:
        return len(self.hashes)

    def utf8(self, positions: NDArray[np.int64] | Sequence[int]) -> list[bytes]:
        """Texts as UTF-8."""
        places = np.asarray(positions, np.int64)
        starts, ends = self._bounds[places].tolist(), self._bounds[places + 1].tolist()
        whole = self._texts._bytes
        return [bytes(whole[start:end]) for start, end in zip(starts, ends, strict=True)]

    def position(self, hashed: int) -> int | None:
        """A position with this hash, None if there is none."""
        return self._texts._position(hashed, self.hashes)


def _no_slots(least: int) -> NDArray[np.int32]:
    """An empty table of open addressing, whose size is a power of two."""
    return np.full(1 << (least - 1).bit_length(), -1, np.int32)


def _place(slots: NDArray[np.int32], hashes: Words, first: int) -> None:
    """Put the positions from `first` on into their slots, or the nearest free ones behind; half of all stay free.

    A slot that is taken stays so: who looks something up meanwhile finds all that was there before.
    """
    last = len(slots) - 1
    waiting = np.arange(first, len(hashes), dtype=np.int32)
    at = (hashes[first:] & np.uint64(last)).view(np.int64)
    while len(waiting):
        free = slots[at] < 0
        slots[at[free]] = waiting[free]  # of several at one slot, one stays
        moves_on = slots[at] != waiting
        waiting, at = waiting[moves_on], (at[moves_on] + 1) & last
