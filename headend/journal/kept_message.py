"""What is kept of a body while it passes: its beginning, its length, and a digest where it is longer."""

import hashlib
from typing import Final

from headend.journal.entry import Message

MOST_KEPT: Final = 64 * 1024
"""Bytes of a body that are kept unless the settings say otherwise."""


class KeptMessage:
    """Takes a body piece by piece, in the memory of its beginning."""

    __slots__ = ("_digest", "_is_whole", "_kept", "_length", "_most_digested", "_room")

    def __init__(self, most_bytes: int, most_digested: int | None = None) -> None:
        """most_bytes: so much is kept. most_digested: what is longer than this gets no digest; None: all get one."""
        self._most_digested = most_digested
        self._room = most_bytes
        self._kept: list[bytes] = []
        self._is_whole = True
        self._length = 0
        self._digest: hashlib._Hash | None = None

    def take(self, piece: bytes) -> None:
        """The next piece has passed."""
        size = len(piece)
        self._length += size
        if self._is_whole and size <= self._room:
            self._kept.append(piece)
            self._room -= size
            return
        if self._is_whole:
            # Only what is not kept whole is worth a digest: most bodies never come here.
            self._is_whole = False
            self._digest = hashlib.sha256(b"".join(self._kept))
            self._kept.append(piece[: self._room])
        if self._digest is not None:
            if self._most_digested is not None and self._length > self._most_digested:
                self._digest = None
            else:
                self._digest.update(piece)

    @property
    def length(self) -> int:
        """Bytes so far."""
        return self._length

    def message(self) -> Message:
        """What is kept."""
        body = self._kept[0] if len(self._kept) == 1 else b"".join(self._kept)
        return Message(body, self._length, None if self._digest is None else self._digest.hexdigest())
