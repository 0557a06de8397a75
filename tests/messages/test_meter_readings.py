"""MeterReadings as a stream: what a parser finds in it is what was measured, whatever way it came."""

import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from lxml import etree
from numpy.typing import NDArray

from headend.messages.meter_readings import CHUNK_BYTES, METER_READINGS, MeterReadingsWriter
from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, FleetSpec
from simulator.readings import ReadingBlock, Series

LOAD_PROFILE = ReadingType.parse("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
REGISTER = ReadingType.parse("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0")
BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
SCHEMA = Path(__file__).parents[2] / "wsdl" / "xsd" / "MeterReadings.xsd"
PREFIXES = {"m": METER_READINGS}


@dataclass
class NumberedMeters:
    """Identities that tell their index; some may have a name of their own."""

    own_names: dict[int, bytes] = field(default_factory=dict)

    def mrids(self, indices: NDArray[np.int64]) -> list[bytes]:
        return [b"mrid-%d" % index for index in indices]

    def names(self, indices: NDArray[np.int64]) -> list[bytes]:
        return [self.own_names.get(int(index), b"M%d" % index) for index in indices]

    def usage_point_mrids(self, indices: NDArray[np.int64]) -> list[bytes]:
        return [b"usage-point-mrid-%d" % index for index in indices]

    def usage_point_names(self, indices: NDArray[np.int64]) -> list[bytes]:
        return [b"UP%d" % index for index in indices]


def quarters(count: int, start: datetime = MIDNIGHT) -> NDArray[np.int64]:
    """The ends of the first quarter-hours after `start`."""
    return np.int64(start.timestamp()) + 900 * np.arange(1, count + 1, dtype=np.int64)


def profile(stamps: int, decimals: int = 0) -> Series:
    return Series(LOAD_PROFILE, quarters(stamps), is_interval=True, decimals=decimals)


def register(stamps: int, decimals: int = 3) -> Series:
    return Series(REGISTER, quarters(stamps), is_interval=False, decimals=decimals)


def block(*values: Sequence[Sequence[int]] | NDArray[np.int64], first: int = 0) -> ReadingBlock:
    arrays_ = tuple(np.array(one, dtype=np.int64) for one in values)
    return ReadingBlock(np.arange(first, first + len(arrays_[0]), dtype=np.int64), arrays_)


def a_writer(*series: Series, **changes: Any) -> MeterReadingsWriter:
    arguments: dict[str, Any] = {
        "identities": NumberedMeters(),
        "zone": UTC,
        "reported": MIDNIGHT + timedelta(days=1),
        "source": "HES",
    }
    return MeterReadingsWriter(series, **(arguments | changes))


def text_of(writer: MeterReadingsWriter, *blocks: ReadingBlock) -> bytes:
    return b"".join(writer.chunks(blocks))


def tree_of(writer: MeterReadingsWriter, *blocks: ReadingBlock) -> etree._Element:
    return etree.fromstring(text_of(writer, *blocks), etree.XMLParser(huge_tree=True))


def texts(tree: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in tree.iterfind(path, PREFIXES)]


def outline(element: etree._Element) -> object:
    """Local names in document order, nested; text at the leaves."""
    name = etree.QName(element).localname
    if len(element):
        return [name, *(outline(part) for part in element)]
    reference = element.get("ref")
    return f"{name}: {element.text}" if reference is None else f"{name} ref={reference}"


@pytest.mark.clause("61968-9:2013, profile MeterReadings")
def test_a_meter_reading_has_its_parts_in_schema_order() -> None:
    writer = a_writer(
        register(1),
        profile(2),
        values_interval=(MIDNIGHT, MIDNIGHT + timedelta(minutes=30)),
        reason="billing",
    )
    meter_readings = tree_of(writer, block([[12_345_678]], [[25, 0]], first=7))
    names = ["Names", "name: M7", ["NameType", "name: EndDevice"]]
    usage_point_names = ["Names", "name: UP7", ["NameType", "name: UsagePoint"]]
    assert outline(meter_readings) == [
        "MeterReadings",
        [
            "MeterReading",
            [
                "IntervalBlocks",
                ["IntervalReadings", "timeStamp: 2026-11-22T00:15:00Z", "value: 25"],
                ["IntervalReadings", "timeStamp: 2026-11-22T00:30:00Z", "value: 0"],
                f"ReadingType ref={LOAD_PROFILE}",
            ],
            ["Meter", "mRID: mrid-7", names],
            [
                "Readings",
                "reason: billing",
                "reportedDateTime: 2026-11-23T00:00:00Z",
                "source: HES",
                "timeStamp: 2026-11-22T00:15:00Z",
                "value: 12345.678",
                f"ReadingType ref={REGISTER}",
            ],
            ["UsagePoint", "mRID: usage-point-mrid-7", usage_point_names],
            ["valuesInterval", "end: 2026-11-22T00:30:00Z", "start: 2026-11-22T00:00:00Z"],
        ],
    ]


@pytest.mark.clause("61968-9:2013, profile MeterReadings")
@pytest.mark.parametrize(
    "series",
    [
        pytest.param((), id="nothing"),
        pytest.param((profile(96),), id="intervals"),
        pytest.param((register(1),), id="registers"),
        pytest.param((register(3), profile(4), register(1), profile(2, decimals=3)), id="both, mixed"),
        pytest.param((profile(0), register(0)), id="no stamps"),
    ],
)
@pytest.mark.parametrize("meters", [0, 1, 40])
@pytest.mark.parametrize("values_interval", [None, (MIDNIGHT, MIDNIGHT + timedelta(days=1))], ids=["", "period"])
def test_the_contract_accepts_it(
    series: tuple[Series, ...], meters: int, values_interval: tuple[datetime, datetime] | None
) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    writer = a_writer(*series, zone=BERLIN, values_interval=values_interval)
    readings = ReadingBlock(np.arange(meters), tuple(np.full((meters, one.stamps.size), 20_000) for one in series))
    schema.assertValid(tree_of(writer, readings))


@given(data=st.data(), decimals=st.integers(0, 6), stamps=st.integers(1, 5), meters=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_a_parser_finds_the_values_that_were_given(
    data: st.DataObject, decimals: int, stamps: int, meters: int
) -> None:
    values = arrays(np.int64, (meters, stamps), elements=st.integers(0, 12_000) | st.integers(-(2**63), 2**63 - 1))
    intervals, registers = data.draw(values), data.draw(values)
    tree = tree_of(a_writer(profile(stamps, decimals), register(stamps, decimals)), block(intervals, registers))
    for path, given_values in (("IntervalBlocks/m:IntervalReadings", intervals), ("Readings", registers)):
        assert [
            [Decimal(text) for text in texts(meter, f"m:{path}/m:value")]
            for meter in tree.iterfind("m:MeterReading", PREFIXES)
        ] == [[Decimal(value).scaleb(-decimals) for value in row] for row in given_values.tolist()]


def test_a_series_without_stamps_leaves_no_trace() -> None:
    tree = tree_of(a_writer(profile(0), register(0), profile(1)), block([[]], [[]], [[5]]))
    assert [etree.QName(part).localname for part in tree[0]] == ["IntervalBlocks", "Meter", "UsagePoint"]


def test_without_a_period_there_is_no_values_interval() -> None:
    assert b"valuesInterval" not in text_of(a_writer(profile(1)), block([[5]]))


def test_no_meters_make_an_empty_element() -> None:
    tree = tree_of(a_writer(profile(1)))
    assert (tree.tag, len(tree)) == (f"{{{METER_READINGS}}}MeterReadings", 0)


@pytest.mark.parametrize(
    ("day", "count", "hours"),
    [
        pytest.param(datetime(2026, 3, 29, tzinfo=BERLIN), 92, "01:45:00+01:00 03:00:00+02:00", id="spring"),
        pytest.param(datetime(2026, 10, 25, tzinfo=BERLIN), 100, "02:45:00+02:00 02:00:00+01:00", id="autumn"),
    ],
)
def test_stamps_follow_the_clocks_of_the_zone(day: datetime, count: int, hours: str) -> None:
    series = replace(profile(1), stamps=quarters(count, day))
    tree = tree_of(a_writer(series, zone=BERLIN), block(np.zeros((1, count), dtype=np.int64)))
    stamps = texts(tree, ".//m:timeStamp")
    change = next(at for at, stamp in enumerate(stamps) if stamp.endswith(hours.split()[1]))
    assert [stamp[11:] for stamp in stamps[change - 1 : change + 1]] == hours.split()
    assert [round(datetime.fromisoformat(stamp).timestamp()) for stamp in stamps] == series.stamps.tolist()
    assert stamps[-1][:19] == f"{day + timedelta(days=1):%Y-%m-%dT%H:%M:%S}"


def test_text_from_outside_is_escaped() -> None:
    names = NumberedMeters({1: b"M<1> & \xc3\xa9"})
    writer = a_writer(profile(1), register(1), identities=names, source='H&S "1"')
    tree = tree_of(writer, block([[1], [2], [3]], [[1], [2], [3]]))
    assert texts(tree, "m:MeterReading/m:Meter/m:Names/m:name") == ["M0", "M<1> & é", "M2"]
    assert set(texts(tree, ".//m:source")) == {'H&S "1"'}


def test_another_namespace_can_be_asked_for() -> None:
    tree = tree_of(a_writer(profile(1), namespace="urn:other?a&b"), block([[1]]))
    assert {etree.QName(element).namespace for element in tree.iter()} == {"urn:other?a&b"}


@pytest.mark.parametrize("sizes", [[1] * 90, [7] * 12 + [6], [89, 1], [0, 90, 0]], ids=str)
def test_the_bytes_do_not_depend_on_the_blocks(sizes: list[int]) -> None:
    values = np.arange(90 * 96).reshape(90, 96) * 7 % 10_007  # some rows leave the table
    registers = np.arange(90).reshape(90, 1) * 10**6
    ends = np.cumsum(sizes)
    pieces = [
        block(values[end - size : end], registers[end - size : end], first=int(end - size))
        for end, size in zip(ends, sizes, strict=True)
    ]
    writer = a_writer(profile(96), register(1))
    assert text_of(writer, *pieces) == text_of(writer, block(values, registers))


def test_a_writer_can_write_two_streams_at_once() -> None:
    writer = a_writer(profile(96))
    days = [block(np.full((60, 96), value)) for value in (1, 2)]
    alone = [text_of(writer, day) for day in days]
    streams = [writer.chunks([day]) for day in days]
    together = zip(*streams, strict=True)
    assert [b"".join(chunks) for chunks in zip(*together, strict=True)] == alone


def test_the_first_text_follows_the_first_block() -> None:
    asked: list[int] = []

    def blocks() -> Iterator[ReadingBlock]:
        for first in range(3):
            asked.append(first)
            yield block([[5]], first=first)

    chunks = a_writer(profile(1)).chunks(blocks())
    assert b"<mRID>mrid-0</mRID>" in next(chunks)
    assert asked == [0]


def test_chunks_are_neither_tiny_nor_huge() -> None:
    chunks = list(a_writer(profile(96), register(1)).chunks([block(np.full((500, 96), 5), np.full((500, 1), 5))]))
    assert all(0.7 * CHUNK_BYTES < len(chunk) < 1.3 * CHUNK_BYTES for chunk in chunks[:-2])
    assert len(chunks) > 10


def test_a_long_meter_leaves_in_parts_and_reads_as_one() -> None:
    stamps = 10_000
    values = np.arange(2 * stamps).reshape(2, stamps)
    chunks = list(a_writer(profile(stamps)).chunks([block(values)]))
    assert max(map(len, chunks)) < 2 * CHUNK_BYTES
    tree = etree.fromstring(b"".join(chunks), etree.XMLParser(huge_tree=True))
    assert [list(map(int, texts(meter, ".//m:value"))) for meter in tree] == values.tolist()


@pytest.mark.parametrize(
    ("meters_a_block", "blocks", "stamps", "most_bytes"),
    [
        pytest.param(100, 20, 96, 4_000_000, id="many meters"),
        pytest.param(1, 1, 105_120, 8_000_000, id="a year of five minutes"),
    ],
)
def test_memory_is_bounded_whatever_the_size_of_the_reply(
    meters_a_block: int, blocks: int, stamps: int, most_bytes: int
) -> None:
    writer = a_writer(profile(stamps))
    text_of(writer, block(np.zeros((1, stamps), dtype=np.int64)))  # the table is made once a process
    readings = [block(np.full((meters_a_block, stamps), 5), first=first) for first in range(blocks)]
    tracemalloc.start()
    try:
        written = sum(map(len, writer.chunks(readings)))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < most_bytes < written


def test_a_block_of_another_shape_is_refused_before_any_text() -> None:
    chunks = a_writer(profile(2)).chunks([block([[1, 2, 3]])])
    with pytest.raises(ValueError, match=r"must hold values of \(meters, stamps\) \[\(1, 2\)\].*\[\(1, 3\)\]"):
        next(chunks)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"source": "H\x00"}, r"U\+0000"),
        ({"reported": MIDNIGHT.replace(tzinfo=None)}, "needs a time zone"),
    ],
)
def test_what_no_message_can_carry_is_refused_at_once(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        a_writer(profile(1), **changes)


def test_decimals_that_no_value_has_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="0 to 18 decimals"):
        a_writer(profile(1, decimals=19))


def test_the_fleet_gives_the_identities() -> None:
    fleet = Fleet(FleetSpec(meters=3, seed=1))
    tree = tree_of(a_writer(profile(1), identities=fleet), block([[1], [2]], first=1))
    meters = [fleet.meter(1), fleet.meter(2)]
    assert texts(tree, "m:MeterReading/m:Meter/m:mRID") == [meter.mrid for meter in meters]
    assert texts(tree, "m:MeterReading/m:UsagePoint/m:Names/m:name") == [meter.usage_point_name for meter in meters]
