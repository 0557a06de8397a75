"""Texts of objects in runs, each run with a way of its own to write them: a template's names, an imported list."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from simulator.fleet.numbered_names import NumberedNames, Offsets

Write = Callable[[Offsets], list[bytes]]
"""UTF-8 of the objects at offsets in their run."""


class SectionedTexts:
    """Texts by position. A run ends where the next begins."""

    __slots__ = ("_firsts", "_writers")

    def __init__(self, runs: Sequence[tuple[int, Write]]) -> None:
        """`runs` are where each begins and how it is written; the first begins at 0."""
        self._firsts = np.array([first for first, _ in runs], np.int64)
        self._writers = [write for _, write in runs]

    @classmethod
    def numbered(cls, runs: Iterable[tuple[int, NumberedNames]]) -> "SectionedTexts":
        """Runs of names that count. Such as go on in each other become one: most templates name by position."""
        merged: list[tuple[int, NumberedNames]] = []
        for first, names in runs:
            if merged and merged[-1][1].goes_on_in(names):
                merged[-1] = (merged[-1][0], merged[-1][1].joined_with(names))
            else:
                merged.append((first, names))
        return cls([(first, names.names) for first, names in merged])

    def then(self, first: int, write: Write) -> "SectionedTexts":
        """These, and one more run behind them."""
        return SectionedTexts([*zip(self._firsts.tolist(), self._writers, strict=True), (first, write)])

    def utf8(self, positions: Offsets) -> list[bytes]:
        """The texts of many objects."""
        if not len(positions):
            return []
        if len(self._writers) == 1:
            return self._writers[0](positions)
        places = np.asarray(positions, np.int64)
        # side="right" lands behind equal starts, so runs without objects hold none.
        sections = np.searchsorted(self._firsts, places, side="right") - 1
        present: list[int] = np.unique(sections).tolist()
        if len(present) == 1:
            return self._writers[present[0]](places - self._firsts[present[0]])
        texts = np.empty(len(places), object)
        for section in present:
            rows = np.flatnonzero(sections == section)
            texts[rows] = self._writers[section](places[rows] - self._firsts[section])
        found: list[bytes] = texts.tolist()
        return found
