"""One MeterReadings message of meters with different series: the same text as each would have alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from headend.messages.mixed_meter_readings import MixedReadingsWriter
from simulator.cim.reading_type import ReadingType
from simulator.readings import MixedBlock, ReadingBlock, Series
from tests.messages.test_meter_readings import a_writer, profile, quarters, register, text_of

SMALL, LONG = 3, 20_000
START, END = b'<MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#">\n', b"</MeterReadings>"


def values(meters: int, stamps: int) -> NDArray[np.int64]:
    return np.arange(meters * stamps, dtype=np.int64).reshape(meters, stamps) * 7


@pytest.mark.parametrize("stamps", [SMALL, LONG])
def test_a_message_of_one_assortment_reads_like_a_plain_one(stamps: int) -> None:
    readings = ReadingBlock(np.arange(2), (values(2, stamps), values(2, stamps)))
    series = (profile(stamps), register(stamps))
    mixed = MixedBlock(2, ((0, np.arange(2), readings),))
    text = b"".join(MixedReadingsWriter([a_writer(*series)]).chunks([mixed]))
    assert text == text_of(a_writer(*series), readings)


def test_meters_stand_in_the_order_of_the_block_whatever_they_deliver() -> None:
    first = ReadingBlock(np.array([4, 6]), (values(2, SMALL),))
    second = ReadingBlock(np.array([5]), (values(1, 1),))
    mixed = MixedBlock(3, ((0, np.array([0, 2]), first), (1, np.array([1]), second)))
    text = b"".join(MixedReadingsWriter([a_writer(profile(SMALL)), a_writer(register(1))]).chunks([mixed]))
    places = [text.index(b"<name>M%d</name>" % meter) for meter in (4, 5, 6)]
    assert places == sorted(places)
    assert (text.count(b"<IntervalReadings>"), text.count(b"<Readings>")) == (2 * SMALL, 1)


def test_meters_without_series_leave_no_trace() -> None:
    readings = ReadingBlock(np.array([8]), (values(1, SMALL),))
    mixed = MixedBlock(3, ((0, np.array([1]), readings),))
    writers = [a_writer(profile(SMALL)), a_writer()]
    assert b"".join(MixedReadingsWriter(writers).chunks([mixed])) == text_of(writers[0], readings)


def test_no_meters_make_an_empty_element() -> None:
    assert b"".join(MixedReadingsWriter([a_writer()]).chunks([])) == START + END


def test_stamps_of_its_own_are_written_for_each_meter() -> None:
    peak = Series(
        ReadingType.parse("11.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0"), quarters(1), False, 3, has_own_stamps=True
    )
    stamps = quarters(2).reshape(2, 1)
    text = text_of(a_writer(peak), ReadingBlock(np.arange(2), (values(2, 1),), (stamps,)))
    assert text.index(b"2026-11-22T00:15:00Z") < text.index(b"2026-11-22T00:30:00Z")
