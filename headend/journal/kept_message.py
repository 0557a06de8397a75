"""What is kept of a body while it passes: its beginning, its length, and a digest where it is longer."""

import hashlib
from typing import Final

from headend.journal.entry import Message

MOST_KEPT: Final = 64 * 1024
"""Bytes of a body that are kept unless the settings say otherwise."""


class KeptMessage:
    """Takes a body piece by piece, in the memory of its beginning."""

    __slots__ = ("_digest", "_kept", "_length", "_most", "_room")

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._room = most_bytes
        self._kept: list[bytes] = []
        self._length = 0
        self._digest: hashlib._Hash | None = None

    def take(self, piece: bytes) -> None:
        """The next piece has passed."""
        size = len(piece)
        self._length += size
        if self._digest is not None:
            self._digest.update(piece)
        elif size <= self._room:
            self._kept.append(piece)
            self._room -= size
        else:
            # Only what is not kept whole is worth a digest: most bodies never come here.
            self._digest = hashlib.sha256(b"".join(self._kept))
            self._digest.update(piece)
            self._kept.append(piece[: self._room])
            self._room = 0

    @property
    def length(self) -> int:
        """Bytes so far."""
        return self._length

    def message(self) -> Message:
        """What is kept."""
        body = self._kept[0] if len(self._kept) == 1 else b"".join(self._kept)
        return Message(body, self._length, None if self._digest is None else self._digest.hexdigest())
