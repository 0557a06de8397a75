"""Names that count: a prefix and a number with leading zeros, from the object to its name and back in O(1).

mRIDs are of the same kind: a prefix that says which fleet and which sort of object, and the number in
hexadecimal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Offsets = NDArray[np.int64] | Sequence[int]  # a range is a sequence, too

_DIGITS: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
_FEW: Final = 64  # up to so many names the array form saves nothing: it takes 50 us for one


@dataclass(frozen=True, slots=True)
class NumberedNames:
    """The names of `count` objects; the first has the number `start`. Prefixes are ASCII."""

    prefix: str
    digits: int
    count: int
    start: int = 0
    base: int = 10  # or 16, in lower case

    def name(self, offset: int) -> str:
        """The name of the object at an offset, which must be one."""
        return f"{self.prefix}{self.start + offset:{self._form()}}"

    def names(self, offsets: Offsets) -> list[bytes]:
        """The names of many objects, as ASCII: ten thousand in a few milliseconds."""
        if len(offsets) <= _FEW:
            form, start = self._form(), self.start
            return [f"{self.prefix}{start + offset:{form}}".encode("ascii") for offset in map(int, offsets)]
        rest = np.array(offsets, np.uint64)
        if self.start:
            rest += np.uint64(self.start)
        text = np.empty((len(rest), len(self.prefix) + self.digits), np.uint8)
        text[:, : len(self.prefix)] = np.frombuffer(self.prefix.encode("ascii"), np.uint8)
        for column in range(text.shape[1] - 1, len(self.prefix) - 1, -1):
            rest, digit = np.divmod(rest, self.base)
            text[:, column] = _DIGITS[digit]
        ascii_bytes: list[bytes] = text.view(f"S{text.shape[1]}").ravel().tolist()
        return ascii_bytes

    def offset(self, text: str) -> int | None:
        """The offset of the object with this name, None if it is none of these names."""
        digits = text.removeprefix(self.prefix)
        if len(text) != len(self.prefix) + self.digits or len(digits) != self.digits:
            return None
        # isalnum keeps out what int() would forgive: blanks, signs and underscores; isascii other scripts'
        # digits.
        if not (digits.isascii() and digits.isalnum()):
            return None
        try:
            offset = int(digits, self.base) - self.start
        except ValueError:
            return None
        return offset if 0 <= offset < self.count else None

    def shared_with(self, other: "NumberedNames") -> str | None:
        """A name that both give, None if there is none: M1 with three digits and M with four do, at M1000."""
        short, long = sorted((self, other), key=lambda names: len(names.prefix))
        between = long.prefix.removeprefix(short.prefix)
        if len(short.prefix) + short.digits != len(long.prefix) + long.digits:
            return None
        if not long.prefix.startswith(short.prefix) or not (between == "" or between.isdecimal()):
            return None
        lead = int(between or "0") * 10**long.digits
        first = max(short.start, lead + long.start)
        last = min(short.start + short.count, lead + long.start + long.count) - 1
        return short.name(first - short.start) if first <= last else None

    def goes_on_in(self, other: "NumberedNames") -> bool:
        """Whether the other's first name is the one after the last of these."""
        return self == replace(other, count=self.count, start=self.start) and other.start == self.start + self.count

    def joined_with(self, other: "NumberedNames") -> "NumberedNames":
        """These and then the other's, in which they must go on."""
        return replace(self, count=self.count + other.count)

    def _form(self) -> str:
        return f"0{self.digits}{'x' if self.base == 16 else 'd'}"
