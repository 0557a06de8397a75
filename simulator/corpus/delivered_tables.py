"""What a head end delivers beside plain values: qualities, and readings that come twice or at odd stamps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.observation import ObservedSeries
from simulator.tables import Column, Instants, Kind, Numbers, Table, Texts
from simulator.truth import SeriesTruth, TruthBlock

_METER: Final = Column("meter", Kind.TEXT, "name of the meter")
_READING_TYPE: Final = Column("reading_type", Kind.TEXT, "what is measured, as 18 numbers")
_TIME: Final = Column("time", Kind.INSTANT, "stamp of the reading, UTC: the end of an interval")

QUALITY_COLUMNS: Final = (
    _METER,
    _READING_TYPE,
    _TIME,
    Column("quality", Kind.TEXT, "a ReadingQualityType that the reading carries"),
    Column("said", Kind.INSTANT, "when that was said of it, UTC"),
)
EXTRA_COLUMNS: Final = (
    _METER,
    _READING_TYPE,
    _TIME,
    Column("value", Kind.NUMBER, "of a reading that is delivered once more, or whose stamp is none of the series"),
)


@dataclass(frozen=True, slots=True)
class DeliveredTables:
    """Tables for what the rows of a day have no place for; both are empty where the field is ideal."""

    qualities: Table
    extras: Table

    def write(self, names: NDArray[np.object_], block: TruthBlock) -> None:
        """Append what a block has of it; `names` are those of its meters."""
        for part in block.parts:
            for truth in part.truths:
                for row, observed in sorted(truth.observed.items()):
                    name: bytes = names[part.positions[row]]
                    self._write_qualities(name, truth, observed)
                    self._write_extras(name, truth, row, observed)

    def _write_qualities(self, name: bytes, truth: SeriesTruth, observed: ObservedSeries) -> None:
        said = list(_said(observed))
        if not said:
            return
        self.qualities.write(
            Texts([name] * len(said)),
            Texts([truth.series.reading_type.mrid.encode()] * len(said)),
            Instants(np.array([stamp for stamp, _, _ in said], np.int64)),
            Texts([code.encode() for _, code, _ in said]),
            Instants(np.array([instant for _, _, instant in said], np.int64)),
        )

    def _write_extras(self, name: bytes, truth: SeriesTruth, row: int, observed: ObservedSeries) -> None:
        if truth.series.has_own_stamps:
            return  # an extreme is told again at every stamp until there is a new one
        extra = truth.extra(row)
        # The last reading of a stamp is the one that counts, as in the series' own table.
        _, from_behind = np.unique(observed.stamps[::-1], return_index=True)
        again = np.ones(len(extra), np.bool_)
        again[len(extra) - 1 - from_behind] = False
        places = np.flatnonzero(extra | again)
        if not len(places):
            return
        self.extras.write(
            Texts([name] * len(places)),
            Texts([truth.series.reading_type.mrid.encode()] * len(places)),
            Instants(observed.stamps[places]),
            Numbers(observed.values[places], truth.series.decimals),
        )


def _said(observed: ObservedSeries) -> Iterator[tuple[int, str, int]]:
    for position, qualities in sorted(observed.qualities.items()):
        for one in qualities:
            yield int(observed.stamps[position]), one.type.code, one.instant
