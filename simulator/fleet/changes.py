"""What became different after a fleet was made, by key, such as the names of renamed meters.

Each change has the version since which it holds, so that a snapshot of any version goes on seeing what was so at its
moment, and making one copies nothing.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Changes(Generic[_Key, _Value]):
    """Values by key and version. Versions are made in ascending order."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[_Key, list[tuple[int, _Value]]] = {}  # oldest first

    def __len__(self) -> int:
        """How many keys ever changed, at any version."""
        return len(self._of)

    def keys(self) -> list[_Key]:
        """All keys that ever changed, at any version."""
        return list(self._of)

    def set(self, key: _Key, value: _Value, version: int) -> None:
        """From a version on, which is the latest so far, a key has a value."""
        self._of.setdefault(key, []).append((version, value))

    def at(self, key: _Key, version: int) -> _Value | None:
        """The value of a key at a version, None where nothing was changed by then."""
        for since, value in reversed(self._of.get(key, ())):
            if since <= version:
                return value
        return None


def changed_among(changes: Changes[int, _Value], meters: NDArray[np.int64], version: int) -> list[tuple[int, _Value]]:
    """The rows of meters of which something was changed by a version, and its value."""
    if not len(changes):
        return []
    values = ((row, changes.at(meter, version)) for row, meter in enumerate(meters.tolist()))
    return [(row, value) for row, value in values if value is not None]
