"""Records truth as it passes: readings and sums block by block, causes and what they did at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.defects.drift import DRIFT
from simulator.fleet import Fleet
from simulator.observation import UNHEARD
from simulator.tables import Table
from simulator.truth.cause import Cause, CauseKind
from simulator.truth.causes import CauseFinder
from simulator.truth.effects import Effect
from simulator.truth.truth_blocks import TruthBlock
from simulator.truth.truth_rows import RowMaker, TruthRows, merged_truth
from simulator.truth.truth_tables import write_causes, write_effects, write_readings, write_sums
from simulator.utc_text import utc_text

_METERS_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class TruthTables:
    """Where truth is written to; see `truth_tables` for their columns. None: not wanted."""

    readings: Table
    sums: Table | None = None


class TruthRecorder:
    """Writes the truth of a window down, (start, end] in epoch seconds, as the head end sees it at `now`."""

    def __init__(self, finder: CauseFinder, now: int, *, only_differences: bool) -> None:
        self._finder = finder
        self._now = now
        self._maker = RowMaker(only_differences)

    def record(self, block: TruthBlock, names: NDArray[np.object_], tables: TruthTables) -> None:
        """Write the readings and sums of a block; `names` are those of its meters.

        The reading types come one after the other, each with its meters in their order.
        """
        rows_of: dict[str, list[tuple[TruthRows, int, int]]] = {}
        for number, part in enumerate(block.parts):
            causes = self._finder.of(part.meters)
            for position, truth in enumerate(part.truths):
                if truth.series.tells_time or not len(truth.series.stamps):
                    continue  # when a maximum was is no amount that could flow
                rows = self._maker.rows(part, truth, causes)
                rows_of.setdefault(truth.series.reading_type.mrid, []).append((rows, number, position))
                if tables.sums is not None:
                    write_sums(tables.sums, names, part, truth)
        for found in rows_of.values():
            _, number, position = found[0]
            series = block.parts[number].truths[position].series
            write_readings(tables.readings, names, series, merged_truth([rows for rows, _, _ in found]))

    def write_causes(self, meters: NDArray[np.int64] | range, causes: Table, effects: Table) -> None:
        """Write what happened to the meters that were recorded, and what it did to their readings."""
        fleet = self._finder.fleet
        observed = self._observed()
        for first in range(0, len(meters), _METERS_AT_ONCE):
            chosen = np.asarray(meters[first : first + _METERS_AT_ONCE], np.int64)
            found = self._finder.of(chosen)
            disturbed = np.flatnonzero(np.isin(chosen, sorted(observed)))
            explained = self._finder.defects(chosen[disturbed])
            written: list[Cause] = []
            for position in sorted({*found, *disturbed.tolist()}):
                meter = int(chosen[position])
                known = found.get(position, ())
                ids = {one.id for one in known}
                told = (explained.get((meter, one.id), one) for one in observed.get(meter, ()) if one.id not in ids)
                written += sorted((*known, *told), key=lambda one: (one.start, one.id))
            write_causes(causes, fleet, written)
        write_effects(effects, fleet, self._maker.effects)

    def _observed(self) -> dict[int, list[Cause]]:
        """The causes that readings themselves told, by meter."""
        found: dict[int, list[Cause]] = {}
        entries = [((meter, cause), effect) for (meter, cause, _), effect in self._maker.effects]
        for (meter, cause), group in groupby(sorted(entries, key=itemgetter(0)), key=itemgetter(0)):
            found.setdefault(meter, []).append(self._cause(self._finder.fleet, meter, cause, [one for _, one in group]))
        return found

    def _cause(self, fleet: Fleet, meter: int, cause: str, effects: Sequence[Effect]) -> Cause:
        first, last = min(one.first for one in effects), max(one.last for one in effects)
        readings, missing = sum(one.readings for one in effects), sum(one.missing for one in effects)
        name = fleet.names([meter])[0].decode()
        span = f"stamped {utc_text(first)} to {utc_text(last)}"
        if cause == UNHEARD:
            sentence = f"at {utc_text(self._now)} the head end has not heard {missing} readings of {name} {span}"
            return Cause(cause, CauseKind.LINK, meter, first, last, sentence)
        if cause == DRIFT:
            words = f"the clock of {name} drifts: {readings} readings {span} are of times some seconds off"
            return Cause(cause, CauseKind.DEFECT, meter, first, last, words)
        sentence = f"{cause} of {name}: {readings} readings {span}, {missing} of them missing"
        return Cause(cause, CauseKind.DEFECT, meter, first, last, sentence)
