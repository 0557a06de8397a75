"""What happened on a tour, as values: told on the console while it happens, and once more in the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from headend.client import Exchange
from headend.mdm import Received


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence for the reader."""

    text: str


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A message that was sent, and its answer."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that the head end sent to the receiver."""

    received: Received


@dataclass(frozen=True, slots=True)
class Tabled:
    """A few facts side by side."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Charted:
    """A load profile: values in the order of time."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """Lines of a message with remarks on some of them."""

    lines: tuple[str, ...]
    remarks: tuple[tuple[int, str], ...]
    """Line, counted from 1, and what is said of it."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that had to be so."""

    what: str
    passed: bool
    expected: str
    got: str

    def __str__(self) -> str:
        if self.passed:
            return f"{self.what}: {self.got}" if self.got else self.what
        return f"{self.what}: expected {self.expected}, got {self.got}" if self.expected else f"{self.what}: {self.got}"


Entry = Said | Exchanged | Heard | Tabled | Charted | Quoted | Check


@dataclass(slots=True)
class Chapter:
    """One step of the tour and what it has to tell, in order."""

    title: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Check))

    @property
    def passed(self) -> bool:
        """Whether something was checked, and all of it was so."""
        return bool(self.checks) and all(check.passed for check in self.checks)


class Account:
    """Takes down what happens, chapter by chapter."""

    def __init__(self, tell_title: Callable[[str], None], tell: Callable[[Entry], None]) -> None:
        """tell_title, tell: what a chapter's title and each entry are passed on to, as soon as they are known."""
        self.chapters: list[Chapter] = []
        self._tell_title = tell_title
        self._tell = tell

    def begin(self, title: str) -> Chapter:
        """Open the chapter that all further entries belong to."""
        chapter = Chapter(title)
        self.chapters.append(chapter)
        self._tell_title(title)
        return chapter

    def say(self, text: str) -> None:
        """A sentence."""
        self._add(Said(text))

    def exchanged(self, exchange: Exchange) -> None:
        """A message that was sent, and its answer."""
        self._add(Exchanged(exchange))

    def heard(self, received: Received) -> None:
        """A message that the receiver got."""
        self._add(Heard(received))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A few facts side by side."""
        self._add(Tabled(tuple(columns), tuple(map(tuple, rows))))

    def chart(self, label: str, values: Sequence[float]) -> None:
        """A load profile."""
        self._add(Charted(label, tuple(values)))

    def quote(self, lines: Sequence[str], remarks: Sequence[tuple[int, str]]) -> None:
        """A message with remarks on some of its lines."""
        self._add(Quoted(tuple(lines), tuple(remarks)))

    def check(self, what: str, got: object, expected: object) -> None:
        """That `got` equals `expected`."""
        self._add(Check(what, got == expected, _shown(expected), _shown(got)))

    def holds(self, what: str, so: bool) -> None:
        """That something is so, where there is no value to show."""
        self._add(Check(what, so, "", "" if so else "it is not so"))

    def failed(self, what: str, expected: str, got: str) -> None:
        """Something that could not even be compared."""
        self._add(Check(what, False, expected, got))

    @property
    def passed(self) -> bool:
        """Whether there is a chapter, and every one passed."""
        return bool(self.chapters) and all(chapter.passed for chapter in self.chapters)

    def _add(self, entry: Entry) -> None:
        self.chapters[-1].entries.append(entry)
        self._tell(entry)


def _shown(value: object) -> str:
    """A value for people: what is in a collection, side by side."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, tuple | list | set):
        return ", ".join(map(_shown, value)) or "none"
    return str(value)
