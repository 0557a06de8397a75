"""Rows of text for readings that are not as they were registered: some missing, some twice, some with qualities.

The second path of the bulk writer. Every reading is a text of its own, so it is an order of magnitude slower than
`TabledRows`, and it is taken by the meters that something happened to, and by no others.
"""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from headend.messages.xml_instants import instant_text, instant_texts
from simulator.cim.reading_quality_type import METERING_SYSTEM
from simulator.decimal_text import decimal_texts
from simulator.local_time import Instants
from simulator.observation import ObservedSeries, ReadingQuality


@dataclass(frozen=True, slots=True)
class ObservedRows:
    """Writes the readings of one series, whatever they are."""

    head: bytes  # of one reading: up to its stamp
    middle: bytes  # from there to its value
    value_end: bytes  # what closes the value; qualities follow it (profile MeterReadings)
    tail: bytes  # from there to the end of its line
    decimals: int
    tells_time: bool  # values are epoch seconds
    zone: tzinfo
    source: bytes  # who sets the qualities of the metering system, escaped
    # Stamps that are usual, ascending, with their texts.
    stamps: Instants
    stamp_texts: NDArray[np.bytes_]

    def row(self, observed: ObservedSeries, at: slice = slice(None)) -> bytes:
        """The readings of a meter, or some of them."""
        values = observed.values[at]
        stamps = self._stamp_texts(observed.stamps[at]).tolist()
        spelled = instant_texts(values, self.zone) if self.tells_time else decimal_texts(values, self.decimals)
        head, middle, end = self.head, self.middle, self.value_end + self.tail
        if not observed.qualities:
            return b"".join(
                head + stamp + middle + value + end for stamp, value in zip(stamps, spelled.tolist(), strict=True)
            )
        first = at.indices(len(observed.stamps))[0]
        lines = [
            head + stamp + middle + value + end
            if position not in observed.qualities
            else head + stamp + middle + value + self.value_end + self._qualities(observed.qualities[position])
            for position, (stamp, value) in enumerate(zip(stamps, spelled.tolist(), strict=True), first)
        ]
        return b"".join(lines)

    def _stamp_texts(self, stamps: Instants) -> NDArray[np.bytes_]:
        if len(self.stamps):
            places = np.searchsorted(self.stamps, stamps)
            np.minimum(places, len(self.stamps) - 1, out=places)
            if (self.stamps[places] == stamps).all():
                texts: NDArray[np.bytes_] = self.stamp_texts[places]
                return texts
        return instant_texts(stamps, self.zone)

    def _qualities(self, qualities: tuple[ReadingQuality, ...]) -> bytes:
        texts = [
            b'<ReadingQualities>%b<timeStamp>%b</timeStamp><ReadingQualityType ref="%b"/></ReadingQualities>'
            % (
                # A mark of the meter itself has no system as its source.
                b"<source>%b</source>" % self.source if quality.type.system == METERING_SYSTEM else b"",
                instant_text(quality.instant, self.zone).encode(),
                quality.type.code.encode(),
            )
            for quality in qualities
        ]
        return b"".join(texts) + self.tail
