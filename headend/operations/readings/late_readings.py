"""Values that were missing when they were due, and have come since: whose, and when.

What came within a quarter of an hour is told together, at its end. A quarter begins with its first second and ends
before the first of the next, so that what is done to the field in the second in which it was told is not lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from headend.operations.fleet.meter_targets import Indices
from headend.operations.readings.read_meters import ReadingsRecipe
from simulator.collected import collected_between
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of
from simulator.meter_kinds import kind_of
from simulator.series import Series

TOGETHER_S: Final = 900
"""The length of a quarter."""

_VALUES_AT_ONCE: Final = 4_194_304

Masks = list[NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class LateReadings:
    """What was missing at `after` and no more at `until`, the last second of a quarter; both in epoch seconds."""

    after: int
    until: int
    meters: NDArray[np.int64]


def last_told(now: int) -> int:
    """The last second of the last quarter that is over at an instant: so far late values have been told."""
    return now // TOGETHER_S * TOGETHER_S - 1


def is_complete(fleet: Fleet, recipe: ReadingsRecipe, now: int) -> bool:
    """Whether no value of a recipe is missing at `now`."""
    parts = alike(fleet, recipe)
    return not any(_rows(_Search(fleet, recipe, series).missing(meters, now)).any() for meters, series in parts)


def late_readings(fleet: Fleet, recipe: ReadingsRecipe, after: int, until: int) -> list[LateReadings]:
    """What came in (after, until] of the values of a recipe, in the order in which it did.

    until: `last_told` of some instant, later than `after`.
    """
    found: dict[int, list[NDArray[np.int64]]] = {}
    for meters, series in alike(fleet, recipe):
        search = _Search(fleet, recipe, series)
        missing = search.missing(meters, after)
        rows = _rows(missing)
        if not rows.any():
            continue
        whose, missing = meters[rows], [mask[rows] for mask in missing]
        for told, late in search.late(whose, missing, search.missing(whose, until), after, until):
            found.setdefault(told, []).append(late)
    return [
        LateReadings(max(after, told - TOGETHER_S), told, np.sort(np.concatenate(parts)))
        for told, parts in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True)
class _Search:
    fleet: Fleet
    recipe: ReadingsRecipe
    series: Sequence[Series]

    def missing(self, meters: NDArray[np.int64], now: int) -> Masks:
        return collected_between(self.fleet, self.recipe.history, now, now).missing(meters, self.series)

    def late(
        self, meters: NDArray[np.int64], missing: Masks, still: Masks, after: int, until: int
    ) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """By halves: most meters have nothing late, and those that have, mostly at once."""
        came = _rows([before & ~now for before, now in zip(missing, still, strict=True)])
        if not came.any():
            return
        meters, missing, still = meters[came], [one[came] for one in missing], [one[came] for one in still]
        first, last = last_told(after + 1) + TOGETHER_S, until
        if first >= last:
            yield until, meters
            return
        middle = last_told((first + last) // 2 + 1)
        then = self.missing(meters, middle)
        yield from self.late(meters, missing, then, after, middle)
        yield from self.late(meters, then, still, middle, until)


def _rows(masks: Masks) -> NDArray[np.bool_]:
    """Which meters have any."""
    found: NDArray[np.bool_] = np.logical_or.reduce([mask.any(axis=1) for mask in masks])
    return found


def alike(fleet: Fleet, recipe: ReadingsRecipe) -> Iterator[tuple[NDArray[np.int64], Sequence[Series]]]:
    """The meters of a recipe, some at a time, with the series that they have; none where these have no stamp."""
    for number, series in enumerate(recipe.assortments):
        stamps = sum(len(one.stamps) for one in series)
        if not stamps:
            continue
        for meters in _parts(recipe.meters, max(1, _VALUES_AT_ONCE // stamps)):
            if len(recipe.assortments) > 1:
                meters = meters[np.array(recipe.of_kind, np.int64)[kind_of(fleet, meters)] == number]
            if len(meters):
                yield meters, series


def _parts(meters: Indices, size: int) -> Iterator[NDArray[np.int64]]:
    for first in range(0, len(meters), size):
        yield indices_of(meters[first : first + size])
