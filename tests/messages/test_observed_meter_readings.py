"""Readings that are not delivered as they were registered: missing, doubled, in disorder, with qualities."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta

import numpy as np
import pytest
from lxml import etree

from headend.messages.meter_readings import CHUNK_BYTES, MeterReadingsWriter
from headend.messages.mixed_meter_readings import MixedReadingsWriter
from simulator.cim.reading_quality_type import ReadingQualityType
from simulator.observation import ObservedSeries, ReadingQuality
from simulator.readings import MixedBlock, ReadingBlock
from tests.messages.test_meter_readings import (
    BERLIN,
    MIDNIGHT,
    PREFIXES,
    SCHEMA,
    NumberedMeters,
    a_writer,
    block,
    outline,
    profile,
    quarters,
    register,
    text_of,
    texts,
    tree_of,
)

pytestmark = pytest.mark.clause("61968-9:2013, profile MeterReadings")

VALUES = ".//m:IntervalReadings/m:value"


def quality(code: str, stamp: int = 0) -> ReadingQuality:
    return ReadingQuality(ReadingQualityType.parse(code), int(quarters(stamp + 1)[stamp]))


def observed(
    stamps: Sequence[int], values: Sequence[int], qualities: Mapping[int, tuple[ReadingQuality, ...]] | None = None
) -> ObservedSeries:
    """Readings at the given quarter-hours, counted from 0."""
    return ObservedSeries(quarters(200)[list(stamps)], np.array(values, np.int64), qualities or {})


def with_observed(readings: ReadingBlock, rows: Mapping[int, tuple[ObservedSeries, ...]]) -> ReadingBlock:
    return replace(readings, observed=rows)


def test_a_row_that_is_observed_takes_the_place_of_what_was_registered() -> None:
    readings = with_observed(block([[1, 2], [3, 4], [5, 6]]), {1: (observed([1], [40]),)})
    tree = tree_of(a_writer(profile(2)), readings)
    assert [texts(meter, VALUES) for meter in tree] == [["1", "2"], ["40"], ["5", "6"]]


def test_readings_leave_in_the_order_in_which_they_are_delivered() -> None:
    tree = tree_of(a_writer(profile(3)), with_observed(block([[1, 2, 3]]), {0: (observed([2, 0, 0], [3, 1, 1]),)}))
    assert texts(tree, ".//m:timeStamp") == ["2026-11-22T00:45:00Z", "2026-11-22T00:15:00Z", "2026-11-22T00:15:00Z"]
    assert texts(tree, VALUES) == ["3", "1", "1"]


def test_a_meter_of_which_nothing_came_is_there_without_an_interval_block() -> None:
    nothing = observed([], [])
    tree = tree_of(a_writer(profile(2), register(1)), with_observed(block([[1, 2]], [[3]]), {0: (nothing, nothing)}))
    assert [etree.QName(part).localname for part in tree[0]] == ["Meter", "UsagePoint"]


def test_qualities_of_an_interval_follow_its_value() -> None:
    marks = {0: (quality("1.4.2"), quality("2.5.256"))}
    tree = tree_of(a_writer(profile(1)), with_observed(block([[7]]), {0: (observed([0], [7], marks),)}))
    assert outline(tree.find(".//m:IntervalReadings", PREFIXES)) == [
        "IntervalReadings",
        "timeStamp: 2026-11-22T00:15:00Z",
        "value: 7",
        ["ReadingQualities", "timeStamp: 2026-11-22T00:15:00Z", "ReadingQualityType ref=1.4.2"],
        ["ReadingQualities", "source: HES", "timeStamp: 2026-11-22T00:15:00Z", "ReadingQualityType ref=2.5.256"],
    ]


def test_qualities_of_a_register_stand_between_its_value_and_its_reading_type() -> None:
    marks = {0: (quality("2.4.1"),)}
    tree = tree_of(a_writer(register(1, 0)), with_observed(block([[7]]), {0: (observed([0], [7], marks),)}))
    parts = [etree.QName(part).localname for part in tree.find(".//m:Readings", PREFIXES)]
    assert parts == ["reason", "reportedDateTime", "source", "timeStamp", "value", "ReadingQualities", "ReadingType"]


def test_the_contract_accepts_rows_of_every_sort() -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    writer = a_writer(profile(3), register(2), zone=BERLIN, values_interval=(MIDNIGHT, MIDNIGHT + timedelta(days=1)))
    marks = {0: (quality("2.8.0"), quality("1.2.32")), 1: (quality("2.0.0"),)}
    rows = {
        0: (observed([0, 2], [1, 2], marks), observed([1], [5], {0: (quality("2.4.1"),)})),
        1: (observed([], []), observed([0, 0, 1], [1, 1, 2])),
        3: (observed([2, 1, 0], [1, 2, 3]), observed([], [])),
    }
    readings = with_observed(block(np.ones((5, 3)), np.ones((5, 2))), rows)
    schema.assertValid(tree_of(writer, readings))


@pytest.mark.parametrize("quarters_a_meter", [96, 10_000], ids=["many meters a chunk", "many chunks a meter"])
def test_delivered_as_registered_reads_as_on_the_fast_path(quarters_a_meter: int) -> None:
    values = np.arange(2 * quarters_a_meter).reshape(2, quarters_a_meter)
    series = profile(quarters_a_meter)
    writer = a_writer(series)
    as_registered = with_observed(block(values), {1: (ObservedSeries(series.stamps, values[1]),)})
    assert outline(tree_of(writer, as_registered)) == outline(tree_of(writer, block(values)))


def test_qualities_keep_to_their_readings_where_a_meter_leaves_in_parts() -> None:
    stamps = 10_000
    series = profile(stamps)
    marks = {position: (quality("2.8.0"),) for position in (0, 2_047, 2_048, 9_999)}
    readings = with_observed(
        block(np.zeros((1, stamps))), {0: (ObservedSeries(series.stamps, np.arange(stamps), marks),)}
    )
    chunks = list(a_writer(series).chunks([readings]))
    tree = etree.fromstring(b"".join(chunks), etree.XMLParser(huge_tree=True))
    marked = [one for one in tree.iter("{*}IntervalReadings") if one.find("{*}ReadingQualities") is not None]
    assert [one.findtext("{*}value") for one in marked] == ["0", "2047", "2048", "9999"]
    assert max(map(len, chunks)) < 2 * CHUNK_BYTES


def test_the_bytes_do_not_depend_on_the_blocks() -> None:
    values = np.arange(60 * 96).reshape(60, 96)
    changed = {row: (observed([0, 5], [row, 1], {1: (quality("2.8.0"),)}),) for row in range(0, 60, 7)}
    writer = a_writer(profile(96))
    alone = [
        with_observed(block(values[row : row + 1], first=row), {0: changed[row]} if row in changed else {})
        for row in range(60)
    ]
    assert text_of(writer, *alone) == text_of(writer, with_observed(block(values), changed))


def test_meters_of_a_mixed_fleet_can_be_observed() -> None:
    writers = [a_writer(profile(2)), a_writer(register(1, 0))]
    parts = (
        (0, np.array([0, 2]), with_observed(block([[1, 2], [3, 4]]), {1: (observed([1], [40]),)})),
        (1, np.array([1]), with_observed(block([[9]], first=5), {0: (observed([0], [8], {0: (quality("2.4.1"),)}),)})),
    )
    tree = etree.fromstring(b"".join(MixedReadingsWriter(writers).chunks([MixedBlock(3, parts)])))
    assert [texts(meter, ".//m:value") for meter in tree] == [["1", "2"], ["8"], ["40"]]


def test_instants_of_their_own_and_values_that_are_times_are_written_as_such() -> None:
    series = replace(register(1, 0), has_own_stamps=True, tells_time=True)
    own = ObservedSeries(np.array([12_345]), np.array([86_400]))
    tree = tree_of(a_writer(series), with_observed(block([[0]]), {0: (own,)}))
    assert texts(tree, ".//m:Readings/m:timeStamp") == ["1970-01-01T03:25:45Z"]
    assert texts(tree, ".//m:Readings/m:value") == ["1970-01-02T00:00:00Z"]


def test_a_row_that_leaves_out_a_series_is_refused() -> None:
    readings = with_observed(block([[1]], [[2]]), {0: (observed([0], [1]),)})
    with pytest.raises(ValueError, match="row 0 of a block is observed in 1 of 2 series"):
        text_of(a_writer(profile(1), register(1)), readings)


def test_observed_rows_are_written_at_more_than_a_hundred_thousand_readings_a_second() -> None:
    meters, stamps = 200, 96
    series = profile(stamps)
    marks = {3: (quality("2.8.0"),)}
    rows = {row: (ObservedSeries(series.stamps[1:], np.arange(1, stamps), marks),) for row in range(meters)}
    readings = with_observed(block(np.zeros((meters, stamps))), rows)
    writer = MeterReadingsWriter([series], NumberedMeters(), UTC, reported=MIDNIGHT, source="HES")
    started = time.perf_counter()
    text_of(writer, readings)
    assert meters * stamps / (time.perf_counter() - started) > 100_000
