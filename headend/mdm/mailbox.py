"""What was received, in order."""

import threading
from collections import deque
from dataclasses import replace

from headend.mdm.match import Match
from headend.mdm.received import Received
from headend.mdm.words import in_words

_TOLD_OF = 20
"""So many of the last messages are named where the awaited one did not come."""


class NotReceived(AssertionError):
    """What was awaited did not come in time; the message says what came instead. A test that waits has failed."""


class Mailbox:
    """Keeps messages. Safe to share between threads."""

    def __init__(self, most_kept: int) -> None:
        """most_kept: older messages make way for new ones."""
        self._changed = threading.Condition()
        self._received: deque[Received] = deque(maxlen=most_kept)
        self._count = 0

    def put(self, received: Received) -> Received:
        """Keep a message, number it, and wake whoever waits; gives it with its number."""
        with self._changed:
            self._count += 1
            numbered = replace(received, number=self._count)
            self._received.append(numbered)
            self._changed.notify_all()
            return numbered

    def clear(self) -> None:
        """Forget all messages; numbers go on."""
        with self._changed:
            self._received.clear()

    @property
    def received(self) -> tuple[Received, ...]:
        """Everything so far, whatever became of it."""
        with self._changed:
            return tuple(self._received)

    def wait_for(self, match: Match, count: int, timeout_s: float) -> Received:
        """The message that makes `count` of them, as soon as it is there. Raises NotReceived after `timeout_s`."""
        if count < 1:
            raise ValueError(f"one message at least is waited for, not {count}")
        fitting: list[Received] = []
        seen = 0

        def find() -> bool:
            # Numbers only grow, so that nothing is looked at twice, however long the wait and however much comes.
            nonlocal seen
            for one in reversed(self._newer_than(seen)):
                seen = one.number
                if match.fits(one):
                    fitting.append(one)
            return len(fitting) >= count

        with self._changed:
            if self._changed.wait_for(find, timeout_s):
                return fitting[count - 1]
            raise NotReceived(self._instead(match, count, len(fitting), timeout_s))

    def _newer_than(self, number: int) -> list[Received]:
        """Messages with a greater number, the newest first."""
        newer = []
        for one in reversed(self._received):
            if one.number <= number:
                break
            newer.append(one)
        return newer

    def _instead(self, match: Match, count: int, found: int, timeout_s: float) -> str:
        came = [f"  {one.number}. {in_words(one)}" for one in self._received][-_TOLD_OF:]
        left_out = len(self._received) - len(came)
        wanted = f"{match}" if count == 1 else f"{count} times {match} (there were {found})"
        lines = [f"nothing came within {timeout_s:g} s that is {wanted}; received:"]
        lines += [f"  ({left_out} earlier ones)"] if left_out else []
        return "\n".join([*lines, *(came or ["  nothing at all"])])
