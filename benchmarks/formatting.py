"""How fast readings become bytes, values given: `python -m benchmarks.formatting`.

First the ways that were compared before `headend.messages.reading_rows` was written, on the readings alone; then the
whole MeterReadings element, identities included, for the shapes of request that matter. One core, best of five.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from headend.messages.meter_readings import MeterReadingsWriter
from headend.messages.reading_rows import TABLED_VALUES, TabledRows
from headend.messages.xml_instants import instant_texts
from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, FleetSpec
from simulator.readings import ReadingBlock, Series

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
LOAD_PROFILE = ReadingType.parse("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
REGISTER = ReadingType.parse("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0")
CLOSING = b"</value></IntervalReadings>\n"
METERS, STAMPS = 10_000, 96
METERS_A_CHUNK = 24

Values = NDArray[np.int64]
Way = Callable[[list[bytes], Values], Iterator[bytes]]


def chunks_of(values: Values) -> Iterator[Values]:
    for first in range(0, len(values), METERS_A_CHUNK):
        yield values[first : first + METERS_A_CHUNK]


def text_template(openings: list[bytes], values: Values) -> Iterator[bytes]:
    template = "".join((opening + b"%d" + CLOSING).decode() for opening in openings)
    for chunk in chunks_of(values):
        yield "".join([template % tuple(row) for row in chunk.tolist()]).encode()


def bytes_template(openings: list[bytes], values: Values) -> Iterator[bytes]:
    template = b"".join(opening + b"%d" + CLOSING for opening in openings)
    for chunk in chunks_of(values):
        yield b"".join([template % tuple(row) for row in chunk.tolist()])


def numpy_text(openings: list[bytes], values: Values) -> Iterator[bytes]:
    before = [openings[0], *(CLOSING + opening for opening in openings[1:])]
    for chunk in chunks_of(values):
        rows = chunk.astype("S20").tolist()
        yield b"".join([text for row in rows for pair in zip(before, row, strict=True) for text in pair])


def object_table(openings: list[bytes], values: Values) -> Iterator[bytes]:
    table = np.empty(TABLED_VALUES, dtype=object)
    table[:] = [b"%d" % value for value in range(TABLED_VALUES)]
    pieces = np.empty((METERS_A_CHUNK, 2 * len(openings)), dtype=object)
    pieces[:, 0::2] = [openings[0], *(CLOSING + opening for opening in openings[1:])]
    for chunk in chunks_of(values):
        pieces[: len(chunk), 1::2] = table[chunk]
        yield b"".join(pieces[: len(chunk)].ravel().tolist())


def tabled_rows(openings: list[bytes], values: Values) -> Iterator[bytes]:
    rows = TabledRows(np.array(openings), CLOSING, 0)
    for chunk in chunks_of(values):
        yield b"".join(rows.rows(chunk))


@dataclass(frozen=True, slots=True)
class Request:
    """A shape of request: so many meters with one series."""

    name: str
    meters: int
    series: Series
    values: Values

    def blocks(self) -> Iterator[ReadingBlock]:
        """As the simulator hands them out: some 65,536 values each."""
        at_once = max(1, 65_536 // self.values.shape[1])
        for first in range(0, self.meters, at_once):
            values = self.values[first : first + at_once]
            yield ReadingBlock(np.arange(first, first + len(values), dtype=np.int64), (values,))

    def chunks(self, fleet: Fleet) -> Iterator[bytes]:
        writer = MeterReadingsWriter([self.series], fleet, UTC, reported=MIDNIGHT, source="bench")
        return writer.chunks(self.blocks())


def quarters(count: int) -> NDArray[np.int64]:
    return np.int64(MIDNIGHT.timestamp()) + 900 * np.arange(1, count + 1, dtype=np.int64)


def requests() -> Iterator[Request]:
    draws = np.random.default_rng(1)

    def household(meters: int, stamps: int) -> Values:
        return draws.gamma(1.2, 90, size=(meters, stamps)).astype(np.int64)

    def registers(meters: int, stamps: int) -> Values:
        return draws.integers(10**6, 10**8, size=(meters, stamps))

    def profile(stamps: int, decimals: int = 0) -> Series:
        return Series(LOAD_PROFILE, quarters(stamps), is_interval=True, decimals=decimals)

    def register(stamps: int) -> Series:
        return Series(REGISTER, quarters(stamps), is_interval=False, decimals=3)

    yield Request("day of quarter-hours, Wh", METERS, profile(STAMPS), household(METERS, STAMPS))
    yield Request("the same, kWh", METERS, profile(STAMPS, 3), household(METERS, STAMPS))
    yield Request("the same, beyond the table", 2_000, profile(STAMPS), household(2_000, STAMPS) + TABLED_VALUES)
    yield Request("year of quarter-hours", 10, profile(35_040), household(10, 35_040))
    yield Request("one register", 1_000_000, register(1), registers(1_000_000, 1))
    yield Request("month of daily registers", 10_000, register(31), registers(10_000, 31))
    yield Request("one meter, day of quarter-hours", 1, profile(STAMPS), household(1, STAMPS))
    yield Request("one meter, one register", 1, register(1), registers(1, 1))


@dataclass(frozen=True, slots=True)
class Measured:
    seconds: float
    first_chunk_ms: float
    megabytes: float


def measured(chunks: Callable[[], Iterator[bytes]]) -> Measured:
    """The best of five runs; what is written is counted and dropped."""
    runs = []
    for _ in range(5):
        started, first, size = perf_counter(), 0.0, 0
        for chunk in chunks():
            first = first or perf_counter() - started
            size += len(chunk)
        runs.append(Measured(perf_counter() - started, first * 1e3, size / 1e6))
    return min(runs, key=lambda run: run.seconds)


def main() -> None:
    values = np.random.default_rng(1).gamma(1.2, 90, size=(METERS, STAMPS)).astype(np.int64)
    stamps = instant_texts(quarters(STAMPS), UTC).tolist()
    openings = [b"<IntervalReadings><timeStamp>%b</timeStamp><value>" % stamp for stamp in stamps]
    ways: list[Way] = [text_template, bytes_template, numpy_text, object_table, tabled_rows]
    print(f"{METERS} meters x {STAMPS} readings, no identities")
    for way in ways:
        run = measured(partial(way, openings, values))
        print(f"  {way.__name__:34} {METERS * STAMPS / run.seconds / 1e6:7.1f} M readings/s")
    print("whole element")
    for request in requests():
        fleet = Fleet(FleetSpec(meters=request.meters))
        run = measured(partial(request.chunks, fleet))
        print(
            f"  {request.name:34} {request.values.size / run.seconds / 1e6:7.2f} M readings/s "
            f"{request.meters / run.seconds:11,.0f} meters/s {run.megabytes:7.1f} MB, "
            f"first chunk after {run.first_chunk_ms:.2f} ms"
        )


if __name__ == "__main__":
    main()
