"""Truth as rows, each reading with the causes of its being other than what flowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.observation import ObservedSeries
from simulator.truth.cause import Cause, CauseKind
from simulator.truth.effects import Effects, adds_up
from simulator.truth.truth_blocks import SeriesTruth, TruthPart, Values

LIST_SEPARATOR: Final = b";"

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class TruthRows:
    """Readings of some meters, in their order and then that of time; all arrays are (rows,).

    A reading that was delivered with a stamp that its series does not have has nothing that flowed or was registered.
    """

    positions: Values  # of the meter in its block
    starts: Values  # epoch seconds; of what is no interval, the stamp
    ends: Values  # epoch seconds
    flowed: Values
    registered: Values
    reported: Values
    delivered: Values  # how often; 0: missing
    on_grid: Mask
    qualities: list[bytes]  # codes of the reading that was delivered, separated by ;
    causes: list[bytes]  # ids, separated by ;

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes the rows of truths; what each cause did is added up in `effects`."""

    only_differences: bool
    effects: Effects = field(default_factory=Effects)

    def rows(self, part: TruthPart, truth: SeriesTruth, causes: Mapping[int, Sequence[Cause]]) -> TruthRows:
        """The rows of one series of a part; `causes` are those of its meters, by row."""
        shape = truth.registered.shape
        chosen = np.full(shape, not self.only_differences)
        cause_texts = np.full(shape, b"", np.object_)
        quality_texts = np.full(shape, b"", np.object_)
        extras: list[tuple[int, ObservedSeries, Mask]] = []
        for row in sorted({*causes, *truth.observed}):
            reading = _RowJudge(truth, row, int(part.meters[row]))
            cause_texts[row], quality_texts[row], differs = reading.judged(causes.get(row, ()), self.effects)
            chosen[row] |= differs
            if row in truth.observed and (extra := truth.extra(row)).any():
                extras.append((row, truth.observed[row], extra))
        rows, columns = np.nonzero(chosen)
        series = truth.series
        starts = series.interval_starts() if series.is_interval else series.stamps
        made = TruthRows(
            part.positions[rows],
            starts[columns],
            series.stamps[columns],
            truth.flowed[chosen],
            truth.registered[chosen],
            truth.reported[chosen],
            np.ones(len(rows), np.int64) if truth.delivered is None else truth.delivered[chosen],
            np.ones(len(rows), np.bool_),
            quality_texts[chosen].tolist(),
            cause_texts[chosen].tolist(),
        )
        return _with_extras(made, part, extras) if extras else made


class _RowJudge:
    """One series of one meter to which something happened."""

    def __init__(self, truth: SeriesTruth, row: int, meter: int) -> None:
        self._meter = meter
        self._series = truth.series
        self._flowed, self._registered, self._reported = truth.flowed[row], truth.registered[row], truth.reported[row]
        ones = np.ones(self._registered.shape, np.int64)
        self._delivered = ones if truth.delivered is None else truth.delivered[row]
        self._stamps = self._series.stamps
        self._observed = truth.observed.get(row)

    def judged(
        self, causes: Sequence[Cause], effects: Effects
    ) -> tuple[NDArray[np.object_], NDArray[np.object_], Mask]:
        """The causes and qualities (stamps,) of its readings as texts, and which of them are not simply what flowed."""
        cause_texts = np.full(self._registered.shape, b"", np.object_)
        quality_texts = cause_texts.copy()
        differs = (self._flowed != self._registered) | (self._registered != self._reported) | (self._delivered != 1)
        told: Mask = np.zeros(differs.shape, np.bool_)  # whose difference from what was registered has its cause
        for cause in causes:
            self._add(cause_texts, cause.id, self._touched(cause))
            self._account(effects, cause.id, self._touched(cause), past=cause.kind is CauseKind.BYPASS, told=None)
        if self._observed is not None:
            for cause_id, touched in self._observed_causes(self._observed).items():
                self._add(cause_texts, cause_id, touched)
                self._account(effects, cause_id, touched, past=False, told=told)
                differs |= touched
            for position, qualities in self._observed.qualities.items():
                codes = LIST_SEPARATOR.join(one.type.code.encode() for one in qualities)
                column = self._stamps == self._observed.stamps[position]
                quality_texts[column] = codes
                differs |= column
        return cause_texts, quality_texts, differs

    def _touched(self, cause: Cause) -> Mask:
        """Which readings a cause has to do with."""
        if cause.kind is CauseKind.BYPASS:
            past: Mask = self._flowed != self._registered
            return past
        if self._series.is_interval:
            return (self._stamps > cause.start) & (self._series.interval_starts() < cause.until)
        return (self._stamps > cause.start) & (self._stamps <= cause.until)

    def _observed_causes(self, observed: ObservedSeries) -> dict[str, Mask]:
        found: dict[str, Mask] = {}
        for stamp, ids in observed.causes.items():
            for cause_id in ids:
                found.setdefault(cause_id, np.zeros(self._stamps.shape, np.bool_))[self._stamps == stamp] = True
        return found

    @staticmethod
    def _add(texts: NDArray[np.object_], cause_id: str, touched: Mask) -> None:
        word = cause_id.encode()
        texts[touched] = [text + LIST_SEPARATOR + word if text else word for text in texts[touched].tolist()]

    def _account(self, effects: Effects, cause_id: str, touched: Mask, *, past: bool, told: Mask | None) -> None:
        if not touched.any():
            return
        effect = effects.of(self._meter, cause_id, self._series)
        stamps = self._stamps[touched]
        missing = touched & (self._delivered == 0)
        effect.first = int(stamps.min()) if effect.readings == 0 else min(effect.first, int(stamps.min()))
        effect.last = max(effect.last, int(stamps.max()))
        effect.readings += int(touched.sum())
        effect.missing += int(missing.sum())
        if not adds_up(self._series):
            return
        if past:
            effect.unregistered += int((self._flowed - self._registered)[touched].sum())
        if told is not None:  # of several causes the first is charged, so that amounts add up
            charged = touched & ~told
            effect.unreported += int(self._registered[charged & missing].sum())
            effect.misreported += int((self._registered - self._reported)[charged & ~missing].sum())
            told |= touched


def _with_extras(made: TruthRows, part: TruthPart, extras: Sequence[tuple[int, ObservedSeries, Mask]]) -> TruthRows:
    """With the readings that stand at stamps of their own."""
    positions, stamps, values, qualities, causes = [], [], [], [], []
    for row, observed, extra in extras:
        for place in np.flatnonzero(extra).tolist():
            stamp = int(observed.stamps[place])
            positions.append(int(part.positions[row]))
            stamps.append(stamp)
            values.append(int(observed.values[place]))
            qualities.append(LIST_SEPARATOR.join(one.type.code.encode() for one in observed.qualities.get(place, ())))
            causes.append(LIST_SEPARATOR.join(one.encode() for one in observed.causes.get(stamp, ())))
    nothing, ends = np.zeros(len(stamps), np.int64), np.array(stamps, np.int64)
    together = _joined(
        made,
        TruthRows(
            np.array(positions, np.int64),
            ends,
            ends,
            nothing,
            nothing,
            np.array(values, np.int64),
            nothing + 1,
            np.zeros(len(stamps), np.bool_),
            qualities,
            causes,
        ),
    )
    return _ordered(together, np.lexsort((together.ends, together.positions)))


def merged_truth(parts: Sequence[TruthRows]) -> TruthRows:
    """The rows of different meters of one block as if they had been made together."""
    together = parts[0]
    for part in parts[1:]:
        together = _joined(together, part)
    return together if len(parts) == 1 else _ordered(together, np.argsort(together.positions, kind="stable"))


def _joined(one: TruthRows, other: TruthRows) -> TruthRows:
    arrays = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in _ARRAYS}
    return TruthRows(**arrays, qualities=one.qualities + other.qualities, causes=one.causes + other.causes)


def _ordered(rows: TruthRows, order: Values) -> TruthRows:
    arrays = {name: getattr(rows, name)[order] for name in _ARRAYS}
    qualities, causes = ([texts[place] for place in order.tolist()] for texts in (rows.qualities, rows.causes))
    return TruthRows(**arrays, qualities=qualities, causes=causes)


_ARRAYS: Final = ("positions", "starts", "ends", "flowed", "registered", "reported", "delivered", "on_grid")
