"""The journal: every exchange that was recorded, in a store that several processes share.

for entry in head_end.journal.entries(operation="CreateEndDeviceControls", result="FAILED"):
    print(entry.number, entry.response.body)
head_end.journal.wait_for(direction=Direction.OUT, noun="EndDeviceEvents", meter="M00000003")
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from headend.journal.background_writer import BackgroundWriter
from headend.journal.entry import Entry
from headend.journal.kept_entry import KeptEntry, from_store, to_store
from headend.journal.kept_message import MOST_KEPT
from headend.journal.match import ANY, Identities, Match
from headend.journal.words import in_words
from headend.store import ExchangeStore, JournalBounds
from headend.store.exchange_store import PIECE
from simulator.clock import Clock

POLL_S: Final = 0.05
"""How soon a wait sees what another process has written."""
DEFAULT_TIMEOUT_S: Final = 10.0
_PAGE: Final = 50
"""Entries that are fetched at once: with bodies as long as are kept, some megabytes."""
_NUMBERS: Final = 2**63
"""Databases count no further."""
_TOLD_OF: Final = 20
"""So many of the last exchanges are named where the awaited one did not come."""


class Recorder(Protocol):
    """Whatever takes exchanges as they end."""

    def record(self, entry: Entry) -> None:
        """Keep an exchange. Costs next to nothing, and raises nothing."""
        ...


class NotRecorded(AssertionError):
    """What was awaited did not come in time; the message says what came instead. A test that waits has failed."""


class JournalOff(LookupError):
    """Nothing is recorded, so there is nothing to wait for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept; the oldest goes first. Every bound holds."""

    entries: int = 50_000
    bytes: int = 256 * 1024 * 1024
    """Of all entries together."""
    age: timedelta = timedelta(days=7)
    """By the machine's clock."""
    body_bytes: int = MOST_KEPT
    """Of each body; of a longer one the beginning, its length and a digest."""


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """How full the journal is."""

    is_on: bool
    entries: int = 0
    bytes: int = 0
    first: int | None = None
    last: int | None = None
    dropped: int = 0
    """Exchanges since it was cleared that are missing, since the store could not keep up."""
    waiting: int = 0
    """Exchanges of this process that are not written yet."""


class Journal:
    """Keeps exchanges and finds them. Safe to share between threads; every look sees what this process has recorded."""

    def __init__(
        self,
        open_store: Callable[[], ExchangeStore],
        machine: Clock,
        kept: Kept | None = None,
        *,
        is_on: bool = True,
        identities: Identities = lambda text: (text,),
    ) -> None:
        """open_store: called when the first exchange is written or somebody looks. identities: of meters, for searches
        by name or mRID. Raises nothing; everything else here raises StoreError where the store cannot be used.
        """
        self._open_store = open_store
        self._machine = machine
        self.kept = kept or Kept()
        self.is_on = is_on
        """Whether anything is recorded."""
        self._identities = identities
        self._opening = threading.Lock()
        self._opened: ExchangeStore | None = None
        self._writer = BackgroundWriter(self._write)
        self._changed = threading.Condition()
        self._generation = 0

    def open(self) -> None:
        """Open the store now, so that what is wrong with it is said at the start."""
        if self.is_on:
            _ = self._store

    def close(self) -> None:
        """Write what is left, then give the store back."""
        self._writer.stop()
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def record(self, entry: Entry) -> None:
        """Keep an exchange; see Recorder."""
        if self.is_on:
            self._writer.put(entry)

    def flush(self) -> bool:
        """Wait until everything that this process recorded is in the store; False where that takes seconds."""
        return self._writer.flush()

    def entries(
        self,
        match: Match | None = None,
        /,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
        **criteria: Any,
    ) -> tuple[Entry, ...]:
        """What was recorded, in order: all of it, or what matches; criteria are the fields of Match.

        after, before: bounds for numbers. limit: at most so many, the first ones of the order.
        """
        found = self.find(_match(match, criteria), after=after, before=before, limit=limit, newest_first=newest_first)
        return tuple(one.entry for one in found)

    def find(
        self,
        match: Match = ANY,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[KeptEntry]:
        """The same, with what each entry is found by."""
        if not self.is_on:
            return []
        self.flush()
        selection = match.selection(self._identities, after, before)
        return [from_store(one) for one in self._store.find(selection, limit=limit, newest_first=newest_first)]

    def pages(self, match: Match = ANY, *, after: int = 0) -> Iterator[KeptEntry]:
        """What matches, in order, fetched piece by piece: all of it in the memory of a piece."""
        page = self.find(match, after=after, limit=_PAGE)
        while page:
            yield from page
            page = self.find(match, after=page[-1].entry.number, limit=_PAGE)

    def entry(self, number: int) -> KeptEntry:
        """The entry of a number. Raises LookupError."""
        stored = None
        if self.is_on and 0 < number < _NUMBERS:
            self.flush()
            stored = self._store.get(number)
        if stored is None:
            raise LookupError(f"the journal has no entry {number}")
        return from_store(stored)

    def wait_for(
        self,
        match: Match | None = None,
        /,
        *,
        count: int = 1,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        after: int = 0,
        **criteria: Any,
    ) -> Entry:
        """The first entry that matches, as soon as it is there; it may have come before. With `count`, the last of so
        many. Only numbers above `after` count.

        Raises NotRecorded after `timeout_s` of the machine's time, which tells what came instead; JournalOff.
        """
        return self.wait(_match(match, criteria), count=count, timeout_s=timeout_s, after=after)[-1].entry

    def wait(self, match: Match, *, count: int, timeout_s: float, after: int = 0) -> list[KeptEntry]:
        """The first `count` entries that match; see wait_for."""
        if count < 1:
            raise ValueError(f"one exchange at least is waited for, not {count}")
        if not self.is_on:
            raise JournalOff("nothing is recorded here: the setting journal is off")
        found: list[KeptEntry] = []
        seen = after
        with self._alarm(timeout_s) as is_over, self._writer.in_a_hurry():
            while True:
                generation, was_over = self._generation, is_over.is_set()
                self._writer.flush()
                if (last := self._store.last_number()) > seen:
                    # Numbers only grow, so that nothing is looked at twice, however long the wait.
                    selection = match.selection(self._identities, seen, last + 1)
                    found += map(from_store, self._store.find(selection, limit=count - len(found)))
                    seen = last
                if len(found) >= count:
                    return found
                if was_over:
                    raise NotRecorded(self._instead(match, count, len(found), timeout_s, after))
                self._wait_for_news(generation, is_over)

    def clear(self) -> None:
        """Forget all entries, also those that other processes have not written yet; numbers go on."""
        if self.is_on:
            self.flush()
            self._store.clear(self._machine.now())

    def forget_old(self) -> int:
        """Forget a piece of what is out of bounds; how many entries. More may be left where it is a whole piece."""
        # Nobody has to have looked: a journal that no process has opened is of an earlier run, or of none.
        return self._opened.forget(self._bounds()) if self._opened is not None else 0

    @property
    def status(self) -> JournalStatus:
        """How full it is."""
        if not self.is_on:
            return JournalStatus(False)
        self.flush()
        state = self._store.state()
        waiting = self._writer.waiting
        return JournalStatus(True, state.entries, state.size, state.first, state.last, state.dropped, waiting)

    @property
    def _store(self) -> ExchangeStore:
        with self._opening:
            if self._opened is None:
                self._opened = self._open_store()
            return self._opened

    def _write(self, entries: Sequence[Entry], dropped: int) -> None:
        store = self._store
        is_too_full = store.add([to_store(one) for one in entries], dropped, self._bounds())
        with self._changed:
            self._generation += 1
            self._changed.notify_all()
        while is_too_full:
            is_too_full = store.forget(self._bounds()) >= PIECE and not self._writer.is_pressed

    def _bounds(self) -> JournalBounds:
        return JournalBounds(self.kept.entries, self.kept.bytes, self._machine.now() - self.kept.age)

    def _wait_for_news(self, generation: int, is_over: threading.Event) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._generation != generation or is_over.is_set(), POLL_S)

    @contextmanager
    def _alarm(self, seconds: float) -> Iterator[threading.Event]:
        """Rings after so many seconds, whatever the machine's clock shows: tests let that stand still."""
        is_over = threading.Event()

        def ring() -> None:
            is_over.set()
            with self._changed:
                self._changed.notify_all()

        timer = threading.Timer(seconds, ring)
        timer.daemon = True
        timer.start()
        try:
            yield is_over
        finally:
            timer.cancel()

    def _instead(self, match: Match, count: int, found: int, timeout_s: float, after: int) -> str:
        latest = self._store.find(ANY.selection(self._identities, after), limit=_TOLD_OF + 1, newest_first=True)
        came = [f"  {one.number}. {in_words(from_store(one))}" for one in reversed(latest[:_TOLD_OF])]
        wanted = f"{match}" if count == 1 else f"{count} times {match} (there were {found})"
        since = f" after number {after}" if after else ""
        lines = [f"nothing was recorded within {timeout_s:g} s{since} that is {wanted}; there is:"]
        lines += ["  (earlier ones)"] if len(latest) > _TOLD_OF else []
        return "\n".join([*lines, *(came or ["  nothing at all"])])


def _match(match: Match | None, criteria: dict[str, Any]) -> Match:
    if match is not None and criteria:
        raise TypeError("give a Match or its fields, not both")
    return match or Match(**criteria)
