"""Magic meter names: a meter whose name has one of these words gets its nasty ordering without any call.

As the test numbers of card payments: who can name meters (MeterConfig, a list of one's own, the prefix of a template)
can have every case in one fleet. A word counts where it begins the name or follows something that is no letter or
digit, and ends the name or is followed by `-`: LATE-1 and TOWN-LATE-1 are late, TEMPLATE-1 is not.
"""

import re
from collections.abc import Iterable
from threading import Lock
from typing import Final

from headend.operations.mischief import Leaving
from headend.operations.orderings import USUAL_DELAY_S, Chosen, OrderingKind, is_for
from headend.store import UnitOfWork
from simulator.fleet import Fleet

MAGIC_NAMES: Final = {
    "NEVER-REPLIES": OrderingKind.NEVER,
    "EVENT-ONLY": OrderingKind.EVENT_ONLY,
    "REPLY-ONLY": OrderingKind.REPLY_ONLY,
    "LATE": OrderingKind.LATE,
    "BEFORE-ACKNOWLEDGEMENT": OrderingKind.BEFORE_ACKNOWLEDGEMENT,
    "WRONG-CORRELATION": OrderingKind.WRONG_CORRELATION,
    "TWICE-WITH-ANOTHER-ID": OrderingKind.TWICE_WITH_ANOTHER_ID,
    "TWICE": OrderingKind.TWICE,
    "PARTIAL-FIRST": OrderingKind.PARTIAL_FIRST,
    "SWAPPED": OrderingKind.SWAPPED,
}
"""By word; of two that begin alike the longer one comes first."""

MAGIC_NOUNS: Final = frozenset(
    {"MeterReadings", "EndDeviceEvents", "EndDeviceControls", "MeterReadSchedule", "MeterServiceRequests"}
)
"""Where names are magic. Not in master data, so that such a meter can be created like any other."""

_MAGIC: Final = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(MAGIC_NAMES)})(?=-|$)")


def kind_of_name(name: str) -> OrderingKind | None:
    """What a meter's name asks for."""
    found = _MAGIC.search(name)
    return None if found is None else MAGIC_NAMES[found.group(1)]


_OF_CALLS: Final = OrderingKind.BEFORE_ACKNOWLEDGEMENT


def chosen_by_name(names: Iterable[str], leaving: Leaving) -> Chosen | None:
    """What the names in something that leaves do to it; of several the first in the order of the alphabet.

    A client is told that its asynchronous request was received, whatever becomes of the reply.
    """
    if leaving.noun not in MAGIC_NOUNS:
        return None
    for name in sorted(names):
        kind = kind_of_name(name)
        if kind is not None and is_for(kind, leaving) and (kind is _OF_CALLS or not leaving.is_acknowledgement):
            return Chosen(kind, f"the name {name}", USUAL_DELAY_S.get(kind, 0.0))
    return None


class MagicMeters:
    """Whether a fleet may have meters with magic names: where it has none, nobody has to look for them.

    Safe to share between threads. What clients name is taken from the log of the fleet, each entry once.
    """

    def __init__(self, base: Fleet) -> None:
        self._base = base
        self._in_base: bool | None = None
        self._lock = Lock()
        self._seen = 0
        self._in_log = False

    def may_be(self, work: UnitOfWork) -> bool:
        """Whether any meter was ever called so, as a unit of work sees it."""
        first, last = work.fleet_changes.bounds()
        with self._lock:
            if self._in_base is None:
                self._in_base = _has_magic(self._base)
            if last < self._seen or first > self._seen + 1 or not last:  # the log begins anew after a reset
                self._seen, self._in_log = 0, False
            if last > self._seen:
                entries = list(work.fleet_changes.since(self._seen))
                self._in_log |= any(change.name is not None and kind_of_name(change.name) for _, change in entries)
                self._seen = last
            return self._in_base or self._in_log


def _has_magic(fleet: Fleet) -> bool:
    """Names that count are magic by their prefix; a list is looked through."""
    if any(kind_of_name(placed.names.name(0)) for placed in fleet.layout.templates if placed.names.count):
        return True
    imported = fleet.spec.imported
    return imported is not None and any(map(kind_of_name, imported.names))
