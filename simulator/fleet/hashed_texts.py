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
    return int.from_bytes(_digest(text.encode("utf-8")), "little")


def _digest(utf8: bytes) -> bytes:
    return blake2b(utf8, digest_size=8).digest()


class HashedTexts:
    """Texts by position. Each is found by the form that `folded` gives it, such as its lower case."""

    __slots__ = ("_bounds", "_bytes", "_order", "_sorted", "hashes")

    def __init__(self, texts: bytes, lengths: NDArray[np.int64], hashes: Words) -> None:
        """UTF-8 of all texts, the length of each, and the hash that it is found by."""
        self._bytes = texts
        self._bounds = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=self._bounds[1:])
        self.hashes = hashes
        self._order = np.argsort(hashes, kind="stable")
        self._sorted = hashes[self._order]

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

    def picked(self, positions: NDArray[np.int64]) -> "HashedTexts":
        """Some of the texts, in this order."""
        chosen = b"".join(self.utf8(positions))
        return HashedTexts(chosen, np.diff(self._bounds)[positions], self.hashes[positions])

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
    """Collects texts for HashedTexts, many at a time."""

    __slots__ = ("_bytes", "_digests", "_lengths")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._lengths = array("q")
        self._digests = bytearray()

    def extend(self, texts: Sequence[str], folded: Sequence[str]) -> None:
        """Add texts that are to be found as `folded`."""
        encoded = [text.encode("utf-8") for text in texts]
        self._bytes += b"".join(encoded)
        self._lengths.extend(map(len, encoded))
        keys = encoded if folded is texts else [text.encode("utf-8") for text in folded]
        self._digests += b"".join(map(_digest, keys))

    def parts(self) -> tuple[bytes, NDArray[np.int64], Words]:
        """UTF-8 of all collected texts, the length of each, and the hash that it is found by."""
        hashes = np.frombuffer(bytes(self._digests), "<u8").astype(np.uint64, copy=False)
        return bytes(self._bytes), np.array(self._lengths, np.int64), hashes

    def done(self) -> HashedTexts:
        """The collected texts."""
        return HashedTexts(*self.parts())
