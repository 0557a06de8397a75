"""Which meters have which defects: those that come by chance, and those that somebody has put there.

By chance one word a meter and local day says whether a defect begins on it, and which; only those that are met cost
more. What lasts for good comes once in a meter's life at most, by one word a meter: else every read would have to look
back over all its days.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.defect import Defect
from simulator.defect_rates import LIFE_DAYS, WHOLE, DefectRates
from simulator.defects.defect_kind import DefectKind
from simulator.defects.kinds import KINDS, a_defect
from simulator.defects.meter_defects import MeterDefects
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet
from simulator.links import clock_error_s, drifting
from simulator.local_time import DAY_S, Instants
from simulator.noise import Purpose
from simulator.series import Series
from simulator.supply import Disturbed, Supply

_HALF: Final = 32
_MOST_WORDS: Final = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class FieldDefects:
    """The defects of the meters of a fleet: the disturbances that an observation asks."""

    fleet: Fleet
    history: FieldHistory = UNDISTURBED  # with the defects that somebody has put there

    @property
    def is_empty(self) -> bool:
        """Whether no reading of any meter is touched."""
        return not self.history.defects and all(
            one.defects.is_none and not one.communication.drifting for one in self.fleet.conditions
        )

    def touching(self, meters: NDArray[np.int64], series: Sequence[Series]) -> dict[int, MeterDefects]:
        """See `simulator.observation.Disturbances`."""
        stamped = [one for one in series if len(one.stamps)]
        if not stamped:
            return {}
        first = min(int((one.interval_starts() if one.is_interval else one.stamps - 1)[0]) for one in stamped)
        last = max(int(one.stamps[-1]) for one in stamped)
        defects = {
            row: concerned
            for row, found in self.between(meters, first, last).items()
            if (concerned := [one for one in found if any(KINDS[one.kind].concerns(one, each) for each in stamped)])
        }
        supplies = self._supplies(meters, first, last) if any(one.is_interval for one in stamped) else {}
        clocks = set(np.flatnonzero(drifting(self.fleet, meters)).tolist())
        return {
            row: MeterDefects(
                defects.get(row, ()),
                self.fleet.calendar,
                supplies.get(row),
                partial(self._clock_error_s, int(meters[row])) if row in clocks else None,
            )
            for row in sorted({*defects, *supplies, *clocks})
        }

    def _supplies(self, meters: NDArray[np.int64], first: int, last: int) -> dict[int, Disturbed]:
        """By row, the supply of meters that tell by a mark that they had none in (first, last]."""
        telling = np.array([one.defects.power_marks for one in self.fleet.conditions])
        if not telling.any():
            return {}
        tells = telling[self.fleet.conditions_of(meters)]
        return {
            row: group
            for group in Supply(self.fleet, self.history).disturbed(meters)
            if any(start < last and (end is None or end > first) for start, end in group.unsupplied)
            for row in group.rows[tells[group.rows]].tolist()
        }

    def _clock_error_s(self, meter: int, instants: Instants) -> NDArray[np.int64]:
        errors: NDArray[np.int64] = clock_error_s(self.fleet, np.array([meter]), instants)[0]
        return errors

    def between(self, meters: NDArray[np.int64], first: int, last: int) -> dict[int, list[Defect]]:
        """By row, the defects that may touch what is stamped in (first, last], epoch seconds."""
        found: dict[int, list[Defect]] = {}
        for row, defect in self._all(meters, first, last):
            begins, ends = KINDS[defect.kind].reach(defect)
            if begins < last and first < ends:
                found.setdefault(row, []).append(defect)
        return found

    def _all(self, meters: NDArray[np.int64], first: int, last: int) -> Iterable[tuple[int, Defect]]:
        injected = self.history.defects
        if injected:
            for row in np.flatnonzero(np.isin(meters, np.array(list(injected), np.int64))).tolist():
                for defect in injected[int(meters[row])]:
                    yield row, defect
        every = [one.defects for one in self.fleet.conditions]
        if not any(one.comes_by_itself for one in every):
            return
        positions = self.fleet.conditions_of(meters)
        for position, rates in enumerate(every):
            rows = np.flatnonzero(positions == position)
            if len(rows) and rates.comes_by_itself:
                yield from self._by_chance(rates, meters, rows, first, last)

    def _by_chance(
        self, rates: DefectRates, meters: NDArray[np.int64], rows: NDArray[np.int64], first: int, last: int
    ) -> Iterable[tuple[int, Defect]]:
        spans, lives = _Wheel.of(rates, lasting=False), _Wheel.of(rates, lasting=True)
        keys = self.fleet.keys(meters[rows])
        installed = self.fleet.installed_of(meters[rows])
        if spans.kinds:
            yield from self._of_days(spans, rates.marked, rows, keys, installed, first, last)
        if lives.kinds:
            words = noise.mix(noise.key_for(keys, Purpose.DEFECT_OF_A_LIFE))
            hits = np.flatnonzero((words >> _HALF) < lives.limit)
            for hit in hits.tolist():
                kind = lives.kind(int(words[hit]))
                start = int(installed[hit]) + DAY_S + _part(int(words[hit]), LIFE_DAYS * DAY_S)
                yield int(rows[hit]), a_defect(kind.name, start, start + 1, marked=rates.marked)

    def _of_days(
        self,
        wheel: "_Wheel",
        marked: bool,
        rows: NDArray[np.int64],
        keys: noise.Words,
        installed: NDArray[np.int64],
        first: int,
        last: int,
    ) -> Iterable[tuple[int, Defect]]:
        earliest = max(first - wheel.reach_s, self.fleet.installed)
        if last < earliest:
            return
        days = self.fleet.calendar.days(earliest, last)
        begin, end = days.locate(np.array([earliest, last])).tolist()
        numbers = days.first + np.arange(begin, end + 1)
        own = noise.key_for(keys, Purpose.DEFECT_DAY)
        at_once = max(1, _MOST_WORDS // len(numbers))
        for low in range(0, len(rows), at_once):
            words = noise.draw(own[low : low + at_once, np.newaxis], numbers[np.newaxis, :])
            for hit, column in zip(*np.nonzero((words >> _HALF) < wheel.limit), strict=True):
                day = int(numbers[column])
                kind = wheel.kind(int(words[hit, column]))
                shape_key = noise.key_for(keys[low + hit : low + hit + 1], Purpose.DEFECT_SHAPE)
                (shape,) = noise.draw(shape_key, np.array([day])).tolist()
                midnight = days.midnight(day)
                start = midnight + _part(shape, days.midnight(day + 1) - midnight)
                shortest_s, longest_s = kind.usual_s
                length_s = shortest_s + _part(shape >> _HALF, longest_s - shortest_s + 1)
                if start > installed[low + hit] + DAY_S:  # an estimate needs a day before it
                    yield int(rows[low + hit]), a_defect(kind.name, start, start + length_s, marked=marked)


@dataclass(frozen=True, slots=True)
class _Wheel:
    """Kinds by their chances: the upper half of a word falls on one of them, or behind all."""

    kinds: tuple[DefectKind, ...]
    bounds: tuple[int, ...]  # where the chance of each ends, of 2**32
    reach_s: int  # no defect of these reaches further

    @property
    def limit(self) -> int:
        """Words whose upper half is below it mean a defect."""
        return self.bounds[-1]

    def kind(self, word: int) -> DefectKind:
        """The kind that a word below the limit falls on."""
        upper = word >> _HALF
        return self.kinds[bisect_right(self.bounds, upper)]

    @classmethod
    @cache
    def of(cls, rates: DefectRates, *, lasting: bool) -> "_Wheel":
        """The kinds that last for good, or those that do not."""
        kinds, bounds, reach_s, sum_ = [], [], 0, 0
        for name, kind in KINDS.items():
            rate = rates.of_kinds()[name] * (LIFE_DAYS if lasting else 1)
            if not rate or kind.lasts_for_good is not lasting:
                continue
            sum_ += rate
            kinds.append(kind)
            bounds.append(min(sum_, WHOLE) * 2**_HALF // WHOLE)
            reach_s = max(reach_s, kind.usual_s[1] + DAY_S)  # a day: what a clock may have been wrong
        return cls(tuple(kinds), tuple(bounds), reach_s)


def _part(word: int, whole: int) -> int:
    """0 to whole - 1, by the lower half of a word."""
    share: int = ((word & (2**_HALF - 1)) * whole) >> _HALF
    return share
