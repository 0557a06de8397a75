"""The answers that somebody has told the fake MDM to give."""

import threading
from dataclasses import dataclass, replace

from headend.mdm.answer import Answer
from headend.mdm.match import Match
from headend.mdm.received import Received


@dataclass(slots=True)
class Told:
    """One answer, and to what it is given."""

    answer: Answer
    match: Match
    left: int | None
    """How often it is still to be given; None: always."""


class ToldAnswers:
    """What was told last counts first. Safe to share between threads."""

    def __init__(self, otherwise: Answer) -> None:
        """otherwise: the answer where nothing that was told fits."""
        self._otherwise = otherwise
        self._told: list[Told] = []
        self._lock = threading.Lock()

    def tell(self, answer: Answer, match: Match, times: int | None) -> None:
        """Answer so to messages that match, so many times. Raises ValueError for less than once."""
        if times is not None and times < 1:
            raise ValueError(f"an answer is given once at least, not {times} times")
        with self._lock:
            self._told.insert(0, Told(answer, match, times))

    def clear(self) -> None:
        """Forget everything that was told."""
        with self._lock:
            self._told.clear()

    @property
    def told(self) -> tuple[Told, ...]:
        """What counts first comes first; what was used up is not among it."""
        with self._lock:
            return tuple(replace(one) for one in self._told)

    def next_for(self, received: Received) -> Answer:
        """The answer to a message; one that is given so many times only is used up by that."""
        with self._lock:
            told = next((one for one in self._told if one.match.fits(received)), None)
            if told is None:
                return self._otherwise
            if told.left is not None:
                told.left -= 1
                if not told.left:
                    self._told.remove(told)
            return told.answer
