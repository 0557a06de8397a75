"""Which head ends and fake MDMs of this process run at the moment: whom a failed test may ask what happened.

Light, and so is the plugin that looks here: nothing of a head end is imported for it.
"""

import threading
from collections.abc import Iterable
from typing import Protocol

Section = tuple[str, str]


class Witness(Protocol):
    """Something that can tell what happened."""

    def tell(self) -> Iterable[Section]:
        """Sections of a report: title and text."""
        ...


class Running:
    """Witnesses, in the order in which they came. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._here: list[Witness] = []
        self._left: list[Section] = []

    def came(self, witness: Witness) -> None:
        """It runs now."""
        with self._lock:
            self._here.append(witness)

    def went(self, witness: Witness, *, in_trouble: bool = False) -> None:
        """It ends now; in_trouble: by an exception, so that what it knows is to be kept for the report."""
        left = _told_by(witness) if in_trouble else []
        with self._lock:
            self._here = [one for one in self._here if one is not witness]
            self._left += left

    def told(self) -> list[Section]:
        """What all of them tell, and those that went in trouble."""
        with self._lock:
            here, left = list(self._here), list(self._left)
        return [*left, *(section for witness in here for section in _told_by(witness))]

    def forget(self) -> None:
        """A test is over: what was left for its report is of no use any more."""
        with self._lock:
            self._left.clear()


def _told_by(witness: Witness) -> list[Section]:
    try:
        return list(witness.tell())
    except Exception as error:  # a report must not fail because of what it reports on
        return [(f"{witness!r}", f"could not tell what happened: {error!r}")]


RUNNING = Running()
