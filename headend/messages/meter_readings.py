"""MeterReadings on the wire, written as a stream of bytes (profile MeterReadings, 61968-9:2013).

Readings never become an object tree: what is the same for all meters of a request (tags, stamps, reading
types) is text that is made once, and the identity and values of each meter are filled in between. A chunk is
half a megabyte whatever the size of the reply, and the same readings give the same bytes however they
arrive in blocks. Meters that a block says to be delivered otherwise than registered are written one by one, by
`ObservedRows`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache, partial
from itertools import chain, repeat
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from headend.messages.observed_rows import ObservedRows
from headend.messages.reading_rows import Row, SpelledRows, TabledRows
from headend.messages.stamped_rows import StampedRows
from headend.messages.xml_instants import instant_text, instant_texts
from headend.messages.xml_text import all_escaped, escaped
from simulator.decimal_text import check_decimals
from simulator.observation import ObservedSeries
from simulator.readings import ReadingBlock, Series

METER_READINGS = "http://iec.ch/TC57/2011/MeterReadings#"

CHUNK_BYTES = 524_288
"""About how much leaves at once; a page of readings takes the same.

Half of it costs a tenth more time: each chunk wakes the thread that writes to the socket. Twice as much gains nothing.
"""

STAMPS_AT_ONCE = 2_048
"""A meter too long for a chunk, such as one with a year of quarter-hours, is written in parts of so many stamps."""

# Slots of the meter template: series are counted from the first column, identities back from the last.
_MRID, _NAME, _USAGE_POINT_MRID, _USAGE_POINT_NAME = range(-4, 0)
_IDENTITY_BYTES = 32  # about what one of them takes

Rows = TabledRows | SpelledRows | StampedRows


class MeterIdentities(Protocol):
    """Who the meters are, asked in bulk: UTF-8, one text per index, none of them empty."""

    def mrids(self, indices: NDArray[np.int64], /) -> list[bytes]: ...
    def names(self, indices: NDArray[np.int64], /) -> list[bytes]: ...
    def usage_point_mrids(self, indices: NDArray[np.int64], /) -> list[bytes]: ...
    def usage_point_names(self, indices: NDArray[np.int64], /) -> list[bytes]: ...


class MeterReadingsWriter:
    """Writes the readings of a request. It holds no meters: they come in blocks, and leave at once.

    Intervals become IntervalBlocks, registers Readings, both stamped as their series says. A series without
    stamps leaves no trace. Lines end where a person who looks at a message would want them to.
    """

    def __init__(
        self,
        series: Sequence[Series],
        identities: MeterIdentities,
        zone: tzinfo,
        *,
        reported: datetime,
        source: str,
        reason: str = "inquiry",
        values_interval: tuple[datetime, datetime] | None = None,
        namespace: str = METER_READINGS,
        meter_name_type: str = "EndDevice",
        usage_point_name_type: str = "UsagePoint",
    ) -> None:
        """Everything but the meters and their values.

        zone: the fleet's, in which all instants are written. reported: aware, when the head end got the
        registers. source: the system they come from. reason: a ReadingReasonKind. values_interval: start and
        end of the period that was asked for, aware. Raises ValueError for an instant or text that XML cannot
        carry, and for decimals that a value cannot have.
        """
        self._identities = identities
        self.start_tag = b'<MeterReadings xmlns="%b">\n' % escaped(namespace)
        self.end_tag = b"</MeterReadings>"
        self._stamps = tuple(one.stamps.size for one in series)
        self._written = [position for position, stamps in enumerate(self._stamps) if stamps]
        register_head = b"<Readings><reason>%b</reason><reportedDateTime>%b</reportedDateTime><source>%b</source>" % (
            escaped(reason),
            instant_text(reported, zone).encode(),
            escaped(source),
        )
        self._texts = [
            _SeriesText.of(series[position], zone, register_head, escaped(source)) for position in self._written
        ]
        self._template_of = cache(
            partial(
                _meter_template,
                self._texts,
                escaped(meter_name_type),
                escaped(usage_point_name_type),
                b"" if values_interval is None else _interval_element(*values_interval, zone),
            )
        )
        self._template = self._template_of((True,) * len(self._texts))
        self._meter_bytes = sum(self._slot_bytes(slot) for slot in self._template)

    def chunks(self, blocks: Iterable[ReadingBlock]) -> Iterator[bytes]:
        """The MeterReadings element: its start tag, a MeterReading per meter, its end tag.

        A block is asked for when all text of the one before it has been taken, and its first text follows at
        once. Raises ValueError for a block that does not have the shape of the series.
        """
        write = self._long_meters
        if self._meter_bytes <= CHUNK_BYTES:
            write = partial(self._many_meters, [text.rows() for text in self._texts])
        start = (
            self.start_tag
        )  # leaves with the first meter, so that whatever the first block raises comes before any text
        for block in blocks:
            self._check(block)
            for text in write(block):
                yield start + text
                start = b""
        yield start + self.end_tag

    def each_meter(self, block: ReadingBlock) -> Iterator[bytes]:
        """The MeterReading of each meter of a block. Raises ValueError as `chunks` does."""
        self._check(block)
        if self._meter_bytes > CHUNK_BYTES:
            # Cut into parts as they are, the parts of a meter are put together here again.
            for meter in range(block.meters.size):
                yield b"".join(self._long_meters(_one_of(block, meter)))
            return
        for cells in self._meter_cells([text.rows() for text in self._texts], block):
            for meter_cells in cells:
                yield b"".join(meter_cells)

    def _many_meters(self, rows: Sequence[Rows], block: ReadingBlock) -> Iterator[bytes]:
        """Several meters a chunk."""
        for cells in self._meter_cells(rows, block):
            yield b"".join(chain.from_iterable(cells))

    def _meter_cells(self, rows: Sequence[Rows], block: ReadingBlock) -> Iterator[Iterator[tuple[Row, ...]]]:
        """The texts of the template's slots, by meter, for as many meters at once as make a chunk.

        Every slot of the template is a column of text, one cell a meter; cells hold until the next are asked for.
        """
        identities = self._identity_columns(block)
        at_once = CHUNK_BYTES // self._meter_bytes
        for first in range(0, block.meters.size, at_once):
            meters = slice(first, first + at_once)
            columns: list[Sequence[Row]] = [
                _rows_of(writer, block, position, meters) for writer, position in zip(rows, self._written, strict=True)
            ]
            columns += [column[meters] for column in identities]
            cells = (repeat(slot) if isinstance(slot, bytes) else columns[slot] for slot in self._template)
            every = zip(*cells, strict=False)
            yield every if not block.observed else self._with_observed(every, block, first, identities)

    def _with_observed(
        self,
        cells: Iterable[tuple[Row, ...]],
        block: ReadingBlock,
        first: int,
        identities: Sequence[Sequence[bytes]],
    ) -> Iterator[tuple[Row, ...]]:
        """The cells of meters from the row `first` on, with those of observed ones in their places."""
        for meter, registered in enumerate(cells, first):
            observed = block.observed.get(meter)
            if observed is None:
                yield registered
            else:
                yield tuple(self._observed_meter(observed, [column[meter] for column in identities]))

    def _observed_meter(self, observed: Sequence[ObservedSeries], identity: Sequence[bytes]) -> Iterator[bytes]:
        """A meter as it is delivered, in parts; a series of which nothing came leaves no trace."""
        delivered = [observed[position] for position in self._written]
        for slot in self._template_of(tuple(len(one.stamps) > 0 for one in delivered)):
            if isinstance(slot, bytes):
                yield slot
            elif slot < 0:
                yield identity[slot]
            else:
                one, rows = delivered[slot], self._texts[slot].observed
                for at in range(0, len(one.stamps), STAMPS_AT_ONCE):
                    yield rows.row(one, slice(at, at + STAMPS_AT_ONCE))

    def _long_meters(self, block: ReadingBlock) -> Iterator[bytes]:
        """Several chunks a meter: its series are cut into parts, so that no meter is ever in memory whole."""
        identities = self._identity_columns(block)
        for meter in range(block.meters.size):
            if meter in block.observed:
                yield from self._observed_meter(block.observed[meter], [column[meter] for column in identities])
                continue
            text = b""
            for slot in self._template:
                if isinstance(slot, bytes):
                    text += slot
                elif slot < 0:
                    text += identities[slot][meter]
                else:
                    position, at = self._written[slot], slice(meter, meter + 1)
                    for first in range(0, self._stamps[position], STAMPS_AT_ONCE):
                        stamps = slice(first, first + STAMPS_AT_ONCE)
                        yield text + _rows_of(self._texts[slot].rows(stamps), block, position, at, stamps)[0]
                        text = b""
            yield text

    def _identity_columns(self, block: ReadingBlock) -> list[Sequence[bytes]]:
        ask = self._identities
        return [
            all_escaped(texts(block.meters))
            for texts in (ask.mrids, ask.names, ask.usage_point_mrids, ask.usage_point_names)
        ]

    def _check(self, block: ReadingBlock) -> None:
        expected = [(block.meters.size, stamps) for stamps in self._stamps]
        found = [values.shape for values in block.values]
        if found != expected:
            raise ValueError(f"a block must hold values of (meters, stamps) {expected}, this one holds {found}")
        for meter, observed in block.observed.items():
            if len(observed) != len(expected):
                raise ValueError(f"row {meter} of a block is observed in {len(observed)} of {len(expected)} series")

    def _slot_bytes(self, slot: bytes | int) -> int:
        if isinstance(slot, bytes):
            return len(slot)
        return _IDENTITY_BYTES if slot < 0 else self._texts[slot].row_bytes


def _one_of(block: ReadingBlock, meter: int) -> ReadingBlock:
    at = slice(meter, meter + 1)
    own_stamps = tuple(None if stamps is None else stamps[at] for stamps in block.own_stamps)
    observed = {0: block.observed[meter]} if meter in block.observed else {}
    return ReadingBlock(block.meters[at], tuple(values[at] for values in block.values), own_stamps, observed)


def _rows_of(
    writer: Rows, block: ReadingBlock, position: int, meters: slice, stamps: slice = slice(None)
) -> Sequence[Row]:
    """The rows of some meters and stamps of one series of a block."""
    values = block.values[position][meters, stamps]
    if not isinstance(writer, StampedRows):
        return writer.rows(values)
    own_stamps = block.own_stamps[position] if block.own_stamps else None
    return writer.rows(values, None if own_stamps is None else own_stamps[meters, stamps])


@dataclass(frozen=True, slots=True)
class _SeriesText:
    """What stands around the values of one series."""

    is_interval: bool
    decimals: int
    stamps: NDArray[np.bytes_]
    stamped_zone: tzinfo | None  # where meters have instants of their own: the zone to write them in
    tells_time: bool
    # Of one reading: up to its stamp, from there to its value, from there to the end of its line.
    head: bytes
    middle: bytes
    tail: bytes
    # Of the whole series.
    before: bytes
    after: bytes
    observed: ObservedRows

    @classmethod
    def of(cls, series: Series, zone: tzinfo, register_head: bytes, source: bytes) -> "_SeriesText":
        check_decimals(series.decimals)
        reading_type = b'<ReadingType ref="%b"/>' % escaped(str(series.reading_type))
        is_interval = series.is_interval
        stamps = instant_texts(series.stamps, zone)
        head = (b"<IntervalReadings>" if is_interval else register_head) + b"<timeStamp>"
        middle, value_end = b"</timeStamp><value>", b"</value>"
        tail = b"</IntervalReadings>\n" if is_interval else b"%b</Readings>\n" % reading_type
        return cls(
            is_interval=is_interval,
            decimals=series.decimals,
            stamps=stamps,
            stamped_zone=zone if series.has_own_stamps or series.tells_time else None,
            tells_time=series.tells_time,
            head=head,
            middle=middle,
            tail=value_end + tail,
            before=b"<IntervalBlocks>\n" if is_interval else b"",
            after=b"%b</IntervalBlocks>\n" % reading_type if is_interval else b"",
            observed=ObservedRows(
                head=head,
                middle=middle,
                value_end=value_end,
                tail=tail,
                decimals=series.decimals,
                tells_time=series.tells_time,
                zone=zone,
                source=source,
                stamps=series.stamps,
                stamp_texts=stamps,
            ),
        )

    @property
    def row_bytes(self) -> int:
        """About what the readings of one meter take."""
        reading = len(self.head) + self.stamps.itemsize + len(self.middle) + self.decimals + 4 + len(self.tail)
        return self.stamps.size * reading

    def rows(self, stamps: slice = slice(None)) -> Rows:
        """The writer for some of the stamps. Registers are too large and too different for a table."""
        chosen = self.stamps[stamps]
        if self.stamped_zone is not None:
            around = (self.head, self.middle, self.tail)
            return StampedRows(chosen, around, self.stamped_zone, decimals=self.decimals, tells_time=self.tells_time)
        record = np.dtype([("head", f"S{len(self.head)}"), ("stamp", chosen.dtype), ("middle", f"S{len(self.middle)}")])
        openings = np.empty(chosen.shape, dtype=record)
        openings["head"], openings["stamp"], openings["middle"] = self.head, chosen, self.middle
        rows = TabledRows if self.is_interval else SpelledRows
        return rows(openings.view(f"S{record.itemsize}"), self.tail, self.decimals)


def _meter_template(
    texts: Sequence[_SeriesText],
    meter_name_type: bytes,
    usage_point_name_type: bytes,
    values_interval: bytes,
    present: tuple[bool, ...],
) -> tuple[bytes | int, ...]:
    """A MeterReading in schema order: text that all meters share, and between it the slots that each one
    fills. present: of which series there is anything.
    """
    slots: list[bytes | int] = [b"<MeterReading>\n"]
    for position, text in enumerate(texts):
        if text.is_interval and present[position]:
            slots += [text.before, position, text.after]
    slots += [b"<Meter><mRID>", _MRID, b"</mRID>", *_names(_NAME, meter_name_type), b"</Meter>\n"]
    for position, text in enumerate(texts):
        if not text.is_interval and present[position]:
            slots += [text.before, position, text.after]
    slots += [b"<UsagePoint><mRID>", _USAGE_POINT_MRID, b"</mRID>"]
    slots += [*_names(_USAGE_POINT_NAME, usage_point_name_type), b"</UsagePoint>\n"]
    slots += [values_interval, b"</MeterReading>\n"]
    return tuple(_merged(slots))


def _names(slot: int, name_type: bytes) -> list[bytes | int]:
    return [b"<Names><name>", slot, b"</name><NameType><name>%b</name></NameType></Names>" % name_type]


def _merged(slots: Iterable[bytes | int]) -> Iterator[bytes | int]:
    """The same template with neighbouring texts in one piece: fewer cells to join for each meter."""
    text = b""
    for slot in slots:
        if isinstance(slot, bytes):
            text += slot
        else:
            yield text
            yield slot
            text = b""
    yield text


def _interval_element(start: datetime, end: datetime, zone: tzinfo) -> bytes:
    """The schema has `end` before `start`."""
    return b"<valuesInterval><end>%b</end><start>%b</start></valuesInterval>\n" % (
        instant_text(end, zone).encode(),
        instant_text(start, zone).encode(),
    )
