"""Which of some meters were without supply, and when: a history as it looks from the meters.

    dead            the line is dead: an outage of a node that feeds the meter
    unmounted       the meter hangs at no usage point, as before it was mounted and after it was exchanged
    powerless       one or the other: the meter does not work
    switched        the meter's own switch is open; its line side may well have power
    unsupplied      nothing flows: any of these

Meters with equal windows are one group, so that a feeder that failed as a whole is computed as a whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from simulator.field_history import Cause, FieldHistory, Interruption
from simulator.fleet import Fleet
from simulator.fleet.feeding import Feeding
from simulator.local_time import Instants
from simulator.outages import Outage
from simulator.windows import FOR_EVER, Window, inside, union


@dataclass(frozen=True, slots=True, eq=False)
class Disturbed:
    """Meters that lived through the same; all windows in ascending order."""

    rows: NDArray[np.int64]  # where its meters stand among those that were asked about
    dead: tuple[Window, ...]  # disjoint
    unmounted: tuple[Window, ...]  # disjoint
    powerless: tuple[Window, ...]  # disjoint
    switched: tuple[Window, ...]  # one for each time that the switch was opened
    unsupplied: tuple[Window, ...]  # disjoint
    outages: tuple[Outage, ...]  # all that hit these meters


class Supply:
    """The supply of a fleet's meters under a history; made once for any number of blocks of meters."""

    __slots__ = ("_fleet", "_history", "_interrupted")

    def __init__(self, fleet: Fleet, history: FieldHistory) -> None:
        self._fleet = fleet
        self._history = history
        self._interrupted = np.array(sorted(history.interruptions), np.int64)

    def disturbed(self, meters: NDArray[np.int64]) -> tuple[Disturbed, ...]:
        """The groups of those meters (fleet indices) that ever were without supply; nothing of the others."""
        if not len(self._interrupted) and not self._history.outages:
            return ()
        return tuple(self._groups(meters))

    def powerless(self, meters: NDArray[np.int64], instant: int) -> NDArray[np.bool_]:
        """Which of those meters have no power at an instant (epoch seconds), (meters,)."""
        found = np.zeros(len(meters), np.bool_)
        for group in self.disturbed(meters):
            found[group.rows] = inside(group.powerless, np.array([instant]))[0]
        return found

    def mounted(self, meters: NDArray[np.int64], instants: Instants) -> NDArray[np.bool_]:
        """Whether each of those meters hung at a usage point at an instant of its own; both (n,), as is the result."""
        found = np.ones(len(meters), np.bool_)
        for row in np.flatnonzero(np.isin(meters, self._interrupted)).tolist():
            found[row] = not any(
                one.cause is Cause.NOT_MOUNTED
                and one.start <= instants[row] < (FOR_EVER if one.end is None else one.end)
                for one in self._history.interruptions[int(meters[row])]
            )
        return found

    def demand_resets(self, meters: NDArray[np.int64]) -> Mapping[int, Sequence[int]]:
        """When commands reset the maximum demand of those meters (fleet indices), by their rows."""
        resets = self._history.demand_resets
        if not resets:
            return {}
        rows = np.flatnonzero(np.isin(meters, np.fromiter(resets, np.int64, len(resets)))).tolist()
        return {row: resets[int(meters[row])] for row in rows}

    def _groups(self, meters: NDArray[np.int64]) -> Iterator[Disturbed]:
        patterns, ways, outages = self._outages(meters)
        single = np.flatnonzero(np.isin(meters, self._interrupted))
        lists: dict[tuple[int, tuple[Interruption, ...]], list[int]] = {}
        for row in single.tolist():
            # Meters that were switched by one command share their windows and are computed together.
            own = tuple(self._history.interruptions[int(meters[row])])
            lists.setdefault((int(patterns[row]), own), []).append(row)
        for both, rows in lists.items():
            yield self._group(np.array(rows, np.int64), ways[both[0]], both[1], outages[both[0]])
        patterns[single] = 0
        for pattern in np.unique(patterns[patterns > 0]).tolist():
            yield self._group(np.flatnonzero(patterns == pattern), ways[pattern], (), outages[pattern])

    def _outages(
        self, meters: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], list[tuple[Window, ...]], list[tuple[Outage, ...]]]:
        """Which pattern of outages each meter lived through (0: none), and of each its windows and its outages."""
        patterns = np.zeros(len(meters), np.int64)
        ways: list[tuple[Window, ...]] = [()]
        outages: list[tuple[Outage, ...]] = [()]
        fed = Feeding(self._fleet, meters)
        for outage in self._history.outages:
            course = outage.course_of(fed)
            hit = np.flatnonzero(course >= 0)
            if not len(hit):
                continue
            courses = outage.courses
            width = len(courses)
            pairs, patterns[hit] = np.unique(patterns[hit] * width + course[hit], return_inverse=True)
            patterns[hit] += len(ways)
            ways += [(*ways[pair // width], *courses[pair % width]) for pair in pairs.tolist()]
            outages += [(*outages[pair // width], outage) for pair in pairs.tolist()]
        return patterns, ways, outages

    @staticmethod
    def _group(
        rows: NDArray[np.int64], dead: tuple[Window, ...], own: tuple[Interruption, ...], outages: tuple[Outage, ...]
    ) -> Disturbed:
        windows = [(one.start, one.end) for one in own]
        switched = sorted(((one.start, one.end) for one in own if one.cause is Cause.SWITCH), key=itemgetter(0))
        unmounted = [(one.start, one.end) for one in own if one.cause is Cause.NOT_MOUNTED]
        return Disturbed(
            rows=rows,
            dead=union(dead),
            unmounted=union(unmounted),
            powerless=union((*dead, *unmounted)),
            switched=tuple(switched),
            unsupplied=union((*dead, *windows)),
            outages=outages,
        )
