"""Keeps every exchange of a run, those that we begin and those that the head end begins."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from headend.conformance.answer import Answer
from headend.journal import Direction, Entry, Message

_MOST_KEPT_BYTES = 1 << 20


def kept(data: bytes) -> Message:
    """A message; of a very long one its beginning."""
    return Message(data[:_MOST_KEPT_BYTES], len(data))


@dataclass(frozen=True, slots=True)
class Came:
    """A message that the head end sent by itself."""

    entry: Entry
    data: bytes
    correlation_id: str | None
    message_id: str | None


class Recorder:
    """Numbers exchanges in the order of their beginnings. Safe to share between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._begun = 0
        self._out: list[Entry] = []
        self._came: list[Came] = []

    def number(self) -> int:
        """A number for an exchange that begins now."""
        with self._changed:
            self._begun += 1
            return self._begun

    def sent(self, entry: Entry) -> None:
        """Keep an exchange that we began."""
        with self._changed:
            self._out.append(entry)

    def received(self, entry: Entry, data: bytes) -> None:
        """Keep a message that came, with its whole text."""
        answer = Answer(entry, 0, data)
        came = Came(entry, data, answer.header("CorrelationID"), answer.header("MessageID"))
        with self._changed:
            self._came.append(came)
            self._changed.notify_all()

    @property
    def position(self) -> int:
        """How many messages have come so far."""
        with self._changed:
            return len(self._came)

    def came_since(self, position: int) -> tuple[Came, ...]:
        """The messages that came after so many."""
        with self._changed:
            return tuple(self._came[position:])

    def wait_for(self, position: int, fits: Any, count: int, timeout_s: float) -> tuple[Came, ...]:
        """The messages since a position that fit, as soon as there are `count`, else what there is after the time."""

        def found() -> tuple[Came, ...]:
            return tuple(one for one in self._came[position:] if fits(one))

        with self._changed:
            self._changed.wait_for(lambda: len(found()) >= count, timeout_s)
            return found()

    def entries(self) -> tuple[Entry, ...]:
        """Everything, in the order of beginnings."""
        with self._changed:
            everything: Iterable[Entry] = [*self._out, *(one.entry for one in self._came)]
            return tuple(sorted(everything, key=lambda one: one.number))


__all__ = ["Came", "Direction", "Recorder", "kept"]
