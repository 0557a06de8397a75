"""Values that were told as estimates, and have been revised since: whose, and when.

As with late values, what was revised within a quarter of an hour is told together, at its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headend.operations.readings.late_readings import TOGETHER_S, alike, last_told
from headend.operations.readings.read_meters import ReadingsRecipe
from simulator.defect import Defect
from simulator.defects import KINDS, FieldDefects
from simulator.defects.series_draft import Sort, sort_of
from simulator.fleet import Fleet
from simulator.series import Series


@dataclass(frozen=True, slots=True)
class RevisedReadings:
    """What was revised in the quarter of an hour of which `until`, in epoch seconds, is the last second."""

    until: int
    is_marked: bool
    """Whether the values carry the quality that tells them from the others of their meters."""
    meters: NDArray[np.int64]


def revised_readings(fleet: Fleet, recipe: ReadingsRecipe, after: int, until: int) -> list[RevisedReadings]:
    """What was revised in (after, until] of the values of a recipe, in the order in which it was.

    Both are the last seconds of quarters, or `after` is when the values were told first.
    """
    found: dict[tuple[int, bool], set[int]] = {}
    for meter, defect, revised in _revisions(fleet, recipe):
        told = last_told(revised) + TOGETHER_S
        if revised > after and told <= until:
            found.setdefault((told, defect.marked), set()).add(meter)
    return [
        RevisedReadings(told, is_marked, np.array(sorted(meters), np.int64))
        for (told, is_marked), meters in sorted(found.items())
    ]


def next_revision(fleet: Fleet, recipe: ReadingsRecipe, after: int) -> int | None:
    """The end of the quarter in which values of a recipe are revised next after an instant, epoch seconds."""
    revised = min((one for _, _, one in _revisions(fleet, recipe) if one > after), default=None)
    return None if revised is None else last_told(revised) + TOGETHER_S + 1


def _revisions(fleet: Fleet, recipe: ReadingsRecipe) -> Iterator[tuple[int, Defect, int]]:
    """Meters whose values are told otherwise from an instant on, by which defect, and that instant."""
    defects = FieldDefects(fleet, recipe.history)
    injected = (KINDS[one.kind].revised_at(one) for each in recipe.history.defects.values() for one in each)
    by_chance = (one.defects.revised_after_estimate for one in fleet.conditions)
    if not any(by_chance) and all(one is None for one in injected):
        return
    for meters, series in alike(fleet, recipe):
        # Only what the meter counts is estimated.
        stamped = [one for one in series if len(one.stamps) and sort_of(one.reading_type) is not Sort.OTHER]
        if not stamped:
            continue
        first = min(int((one.interval_starts() if one.is_interval else one.stamps - 1)[0]) for one in stamped)
        last = max(int(one.stamps[-1]) for one in stamped)
        for row, its_defects in defects.between(meters, first, last).items():
            for defect in its_defects:
                revised = KINDS[defect.kind].revised_at(defect)
                if revised is not None and any(_lies_in(defect, one) for one in stamped):
                    yield int(meters[row]), defect, revised


def _lies_in(defect: Defect, series: Series) -> bool:
    """Whether a value lies in a defect with all that it measures."""
    within = (series.stamps > defect.start) & (series.stamps <= defect.end)
    if series.is_interval:
        within &= series.interval_starts() >= defect.start
    return bool(within.any())
