"""Many texts in little memory: one run of bytes, and a sorted hash of each to find it again in O(log n).

A million mRIDs take about 60 MB like this, as Python strings and a dictionary they would take 200.
"""

from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from simulator.noise import Words


def text_hash(text: str) -> int:
    """64 bits of a text, the same on every machine."""
    return int.from_bytes(blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


class HashedTexts:
    """Texts by position. Each is found by the form that `folded` gives it, such as its lower case."""

    __slots__ = ("_bounds", "_bytes", "_order", "_sorted", "hashes")

    def __init__(self, texts: bytearray, bounds: "array[int]", hashes: "array[int]") -> None:
        self._bytes = bytes(texts)
        self._bounds: NDArray[np.int64] = np.array(bounds, np.int64)
        self.hashes: Words = np.array(hashes, np.uint64)
        self._order = np.argsort(self.hashes, kind="stable")
        self._sorted = self.hashes[self._order]

    def __len__(self) -> int:
        return len(self.hashes)

    def __iter__(self) -> Iterator[str]:
        return (text.decode("utf-8") for text in self.utf8(range(len(self))))

    def text(self, position: int) -> str:
        """The text at a position."""
        return self.utf8([position])[0].decode("utf-8")

    def utf8(self, positions: NDArray[np.int64] | Sequence[int]) -> list[bytes]:
        """Texts as UTF-8."""
        places = np.asarray(positions, np.int64)
        starts, ends = self._bounds[places].tolist(), self._bounds[places + 1].tolist()
        return [self._bytes[start:end] for start, end in zip(starts, ends, strict=True)]

    def position(self, hashed: int) -> int | None:
        """The first position with this hash, None if there is none."""
        wanted = np.uint64(hashed)
        at = int(np.searchsorted(self._sorted, wanted))
        if at == len(self._sorted) or self._sorted[at] != wanted:
            return None
        return int(self._order[at])

    def first_repeated(self) -> tuple[int, int] | None:
        """The earliest position whose text stood before, and where it stood first; None if all differ."""
        equal = np.flatnonzero(self._sorted[1:] == self._sorted[:-1])
        if not len(equal):
            return None
        again = int(self._order[equal + 1].min())
        first = self.position(int(self.hashes[again]))
        assert first is not None
        return again, first


class TextColumn:
    """Collects texts for HashedTexts, one by one."""

    __slots__ = ("_bounds", "_bytes", "_hashes")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._bounds = array("q", [0])
        self._hashes = array("Q")

    def append(self, text: str, folded: str) -> None:
        """Add a text that is to be found as `folded`."""
        self._bytes += text.encode("utf-8")
        self._bounds.append(len(self._bytes))
        self._hashes.append(text_hash(folded))

    def done(self) -> HashedTexts:
        """The collected texts."""
        return HashedTexts(self._bytes, self._bounds, self._hashes)
