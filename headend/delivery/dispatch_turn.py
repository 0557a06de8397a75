"""One process at a time sends what is in an SQLite file.

Its writers take turns, so two processes that send are no faster than one, only in each other's way. Which one it is, is
decided by a lock on a file beside the database: the kernel gives it to one process, and takes it back in the moment in
which that one ends, however it ends. A lease in a row would have to be renewed, and waited for after a kill.

The other processes ring where they have queued something: they write into that file, and the one that sends looks at
it often. A missed bell costs no more than the usual poll.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, Protocol

_RING_BYTES: Final = 40


class DispatchTurn(Protocol):
    """Whether this process is to send. Safe to share between threads."""

    @property
    def is_ours(self) -> bool:
        """Whether it is; once it is, it stays so until `give_up`."""
        ...

    def take(self) -> bool:
        """Try to get it; whether it is ours now."""
        ...

    def give_up(self) -> None:
        """Let another process have it."""
        ...

    def ring(self) -> None:
        """Tell whoever has it that there is something to send."""
        ...

    def was_rung(self) -> bool:
        """Whether another process has rung since this was last asked."""
        ...


class EverybodysTurn:
    """Of a database on which all processes may send side by side."""

    is_ours: Final = True

    def take(self) -> bool:
        """See DispatchTurn."""
        return True

    def give_up(self) -> None:
        """See DispatchTurn."""

    def ring(self) -> None:
        """See DispatchTurn. The others look by themselves, and need not: whoever queues also sends."""

    def was_rung(self) -> bool:
        """See DispatchTurn."""
        return False


class LockedFile:
    """The turn of whoever holds the lock on a file."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened before `take`: a lock belongs to an open file, and forks would share it."""
        self._path = path
        self._descriptor: int | None = None
        self._is_ours = False
        self._heard = b""
        self._rings = count()

    @property
    def is_ours(self) -> bool:
        """See DispatchTurn."""
        return self._is_ours

    def take(self) -> bool:
        """See DispatchTurn. Raises OSError where the file cannot be used."""
        if self._is_ours:
            return True
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        with suppress(BlockingIOError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._is_ours = True
        return self._is_ours

    def give_up(self) -> None:
        """See DispatchTurn. The file stays: who deletes it may delete that of the next one."""
        self._is_ours = False
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)

    def ring(self) -> None:
        """See DispatchTurn."""
        descriptor = self._descriptor
        if descriptor is not None and not self._is_ours:
            with suppress(OSError):  # the disk is full: the next poll will do
                os.pwrite(descriptor, f"{os.getpid()} {next(self._rings)}".ljust(_RING_BYTES).encode(), 0)

    def was_rung(self) -> bool:
        """See DispatchTurn."""
        descriptor = self._descriptor
        if descriptor is None:
            return False
        with suppress(OSError):
            heard = os.pread(descriptor, _RING_BYTES, 0)
            if heard != self._heard:
                self._heard = heard
                return True
        return False


def dispatch_turn(file: Path | None) -> DispatchTurn:
    """That of a database: `file` is the one it stands in, None where a server has it."""
    if file is None:
        return EverybodysTurn()
    real = file.resolve()  # by whatever name a process knows it
    return LockedFile(real.with_name(f"{real.name}-dispatcher"))
