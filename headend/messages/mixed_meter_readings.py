"""MeterReadings of meters that do not all deliver the same: a writer for each assortment of series, one message.

Meters come in the order in which they were asked for, whatever they deliver.
"""

from collections.abc import Iterable, Iterator, Sequence

from headend.messages.meter_readings import MeterReadingsWriter
from simulator.readings import MixedBlock


class MixedReadingsWriter:
    """Writes blocks whose meters belong to several assortments."""

    def __init__(self, writers: Sequence[MeterReadingsWriter]) -> None:
        """One writer for each assortment, in their order; at least one."""
        self._writers = writers

    def chunks(self, blocks: Iterable[MixedBlock]) -> Iterator[bytes]:
        """The MeterReadings element, as `MeterReadingsWriter.chunks`; a block is a chunk."""
        start = self._writers[0].start_tag
        for block in blocks:
            texts = [b""] * block.size
            for number, rows, readings in block.parts:
                for row, text in zip(rows.tolist(), self._writers[number].each_meter(readings), strict=True):
                    texts[row] = text
            yield start + b"".join(texts)
            start = b""
        yield start + self._writers[0].end_tag
