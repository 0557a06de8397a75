"""What happened to meters that their readings must be judged by: bypasses, open switches, times not mounted, outages.

The causes of disturbed readings (`simulator.observation`) are told by the readings themselves; see `truth_rows`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.bypass import bypasses_among
from simulator.defects import FieldDefects, explain
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.fleet.object_mrids import Kind
from simulator.outages import Node
from simulator.supply import Supply
from simulator.truth.cause import Cause, CauseKind, span_words
from simulator.windows import FOR_EVER


@dataclass(frozen=True, slots=True)
class CauseFinder:
    """Finds what happened to meters in (start, end], epoch seconds."""

    fleet: Fleet
    history: FieldHistory
    start: int
    end: int

    def of(self, meters: NDArray[np.int64]) -> dict[int, tuple[Cause, ...]]:
        """By position among `meters`, for those to which something happened; in the order of time."""
        found: dict[int, list[Cause]] = {}
        for position, cause in (*self._bypasses(meters), *self._interruptions(meters), *self._outages(meters)):
            if cause.start < self.end and cause.until > self.start:
                found.setdefault(position, []).append(cause)
        return {
            position: tuple(sorted(causes, key=lambda one: (one.start, one.id)))
            for position, causes in sorted(found.items())
        }

    def defects(self, meters: NDArray[np.int64]) -> dict[tuple[int, str], Cause]:
        """By meter and id, what may be wrong with the data; readings alone tell which of it touched them."""
        by_row = FieldDefects(self.fleet, self.history).between(meters, self.start, self.end)
        return {
            (int(meters[row]), one.id): Cause(
                one.id, CauseKind.DEFECT, int(meters[row]), one.start, one.end, explain(one, UTC)
            )
            for row, defects in by_row.items()
            for one in defects
        }

    def _bypasses(self, meters: NDArray[np.int64]) -> Iterator[tuple[int, Cause]]:
        bypasses = bypasses_among(self.fleet, meters)
        installed = self.fleet.installed_of(meters[bypasses.rows])
        since = np.maximum(bypasses.since, installed)
        for row, start, taken in zip(bypasses.rows.tolist(), since.tolist(), bypasses.taken.tolist(), strict=True):
            meter = int(meters[row])
            sentence = (
                f"{span_words(start, None)} {taken} of 256 parts ({taken * 1000 // 256 / 10} %) of what flows to the "
                f"customer go past {self._name(meter)}, which counts the rest"
            )
            yield row, Cause("bypass", CauseKind.BYPASS, meter, start, None, sentence)

    def _interruptions(self, meters: NDArray[np.int64]) -> Iterator[tuple[int, Cause]]:
        for group in Supply(self.fleet, self.history).disturbed(meters):
            for row in group.rows.tolist():
                meter = int(meters[row])
                for number, (start, end) in enumerate(group.switched, 1):
                    words = f"{span_words(start, end)} the switch of {self._name(meter)} was open: nothing flowed"
                    yield row, Cause(f"switch-{number}", CauseKind.SWITCH, meter, start, end, words)
                for number, (start, end) in enumerate(group.unmounted, 1):
                    words = f"{span_words(start, end)} {self._name(meter)} hung at no usage point: nothing flowed"
                    yield row, Cause(f"not-mounted-{number}", CauseKind.NOT_MOUNTED, meter, start, end, words)

    def _outages(self, meters: NDArray[np.int64]) -> Iterator[tuple[int, Cause]]:
        # In an order of their own, so that an outage has one number for all meters, however they come in blocks.
        outages = sorted(
            self.history.outages,
            key=lambda one: (one.start, FOR_EVER if one.end is None else one.end, one.node.kind, one.node.number),
        )
        for number, outage in enumerate(outages, 1):
            where = self._node_words(outage.node)
            for row, windows in enumerate(outage.windows(self.fleet, meters)):
                if not windows:
                    continue
                spans = ", ".join(span_words(start, end) for start, end in windows)
                meter = int(meters[row])
                sentence = f"{spans} {self._name(meter)} had no power, with all of {where}: nothing flowed"
                yield (
                    row,
                    Cause(f"outage-{number}", CauseKind.OUTAGE, meter, windows[0][0], windows[-1][1], sentence),
                )

    def _name(self, meter: int) -> str:
        return self.fleet.names([meter])[0].decode()

    def _node_words(self, node: Node) -> str:
        if node.kind is Kind.METER:
            return f"meter {self._name(node.number)}"
        if node.kind is Kind.USAGE_POINT:
            return f"usage point {self.fleet.usage_point(node.number).name}"
        return f"{node.kind.name.lower()} {self.fleet.groups.at(node.kind, node.number).name}"
