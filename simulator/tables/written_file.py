"""Bytes are counted and hashed as they are written, so that nobody has to read a file again for its manifest."""

import hashlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What a manifest says of one file."""

    path: str  # relative to the manifest, with slashes on every system
    rows: int
    size_bytes: int
    sha256: str


class Target(Protocol):
    """Where bytes go: an open file, or whatever takes its place."""

    def write(self, data: bytes, /) -> object:
        """Take all of these bytes."""
        ...

    def flush(self) -> None:
        """Hand on what still waits."""
        ...

    def close(self) -> None:
        """All is written."""
        ...


class HashingStream:
    """Passes bytes on. It can be written like a file, from its start to its end."""

    __slots__ = ("_hash", "_target", "closed", "closes_target", "size_bytes")

    def __init__(self, target: Target, *, closes_target: bool) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.closes_target = closes_target
        self.size_bytes = 0
        self.closed = False

    def write(self, text: bytes) -> int:
        """Append bytes; all of them are taken."""
        self._hash.update(text)
        self._target.write(text)
        self.size_bytes += len(text)
        return len(text)

    def tell(self) -> int:
        """Where the next byte goes, which Parquet notes in its footer."""
        return self.size_bytes

    def flush(self) -> None:
        """Hand on what still waits."""
        self._target.flush()

    def close(self) -> None:
        """All is written."""
        if self.closed:
            return
        self.closed = True
        if self.closes_target:
            self._target.close()
        else:
            self._target.flush()

    @property
    def sha256(self) -> str:
        """Of all that was written."""
        return self._hash.hexdigest()
