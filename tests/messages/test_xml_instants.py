"""Instants on the wire always carry their zone; those that come in may lack it."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.messages.xml_instants import instant_text, instant_texts, parse_instant

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
ZONES = [
    ZoneInfo(key)
    for key in (
        "UTC",
        "Europe/Berlin",
        "Europe/London",
        "America/St_Johns",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    )
]
QUARTER_S = 900
NAIVE = datetime.fromisoformat("2026-11-22T00:15:00")


def epoch_s(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("instant", "zone", "text"),
    [
        pytest.param("2026-11-22T00:15:00Z", ZoneInfo("UTC"), "2026-11-22T00:15:00Z", id="UTC is Z"),
        pytest.param("2026-11-22T00:15:00Z", UTC, "2026-11-22T00:15:00Z", id="plain UTC too"),
        pytest.param("2026-11-22T00:15:00Z", BERLIN, "2026-11-22T01:15:00+01:00", id="winter"),
        pytest.param("2026-07-22T00:15:00Z", BERLIN, "2026-07-22T02:15:00+02:00", id="summer"),
        pytest.param(
            "2026-01-22T00:15:00Z", ZoneInfo("Europe/London"), "2026-01-22T00:15:00+00:00", id="London winter"
        ),
        pytest.param(
            "2026-01-22T00:15:00Z",
            ZoneInfo("America/St_Johns"),
            "2026-01-21T20:45:00-03:30",
            id="half an hour, to the west",
        ),
        pytest.param("1890-01-01T00:00:00Z", BERLIN, "1890-01-01T00:53:00+00:53", id="local mean time"),
    ],
)
def test_an_instant_is_written_as_its_zone_spells_it(instant: str, zone: tzinfo, text: str) -> None:
    assert instant_text(datetime.fromisoformat(instant), zone) == text


def test_seconds_since_the_epoch_are_an_instant_too() -> None:
    assert instant_text(np.int64(0), BERLIN) == "1970-01-01T01:00:00+01:00"


@pytest.mark.parametrize(("microsecond", "text"), [(0, "00:15:00Z"), (500_000, "00:15:00.5Z"), (1, "00:15:00.000001Z")])
def test_a_fraction_is_written_only_where_there_is_one(microsecond: int, text: str) -> None:
    assert instant_text(datetime(2026, 11, 22, 0, 15, 0, microsecond, UTC), UTC) == f"2026-11-22T{text}"


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match=r"needs a time zone, 2026-11-22T00:15:00 has none"):
        instant_text(NAIVE, UTC)


def test_the_hour_that_summer_skips_is_skipped_in_the_texts() -> None:
    stamps = epoch_s("2026-03-29T00:30:00Z") + QUARTER_S * np.arange(4)
    assert [text[11:].decode() for text in instant_texts(stamps, BERLIN).tolist()] == [
        "01:30:00+01:00",
        "01:45:00+01:00",
        "03:00:00+02:00",
        "03:15:00+02:00",
    ]


def test_the_hour_that_winter_repeats_differs_in_its_offset() -> None:
    stamps = epoch_s("2026-10-25T00:45:00Z") + QUARTER_S * np.arange(3)
    assert [text[11:].decode() for text in instant_texts(stamps, BERLIN).tolist()] == [
        "02:45:00+02:00",
        "02:00:00+01:00",
        "02:15:00+01:00",
    ]


def test_a_change_of_half_an_hour_is_met_to_the_quarter() -> None:
    stamps = epoch_s("2026-04-04T14:45:00Z") + QUARTER_S * np.arange(2)
    assert [text[11:].decode() for text in instant_texts(stamps, LORD_HOWE).tolist()] == [
        "01:45:00+11:00",
        "01:30:00+10:30",
    ]


@pytest.mark.parametrize("zone", ZONES, ids=str)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_many_instants_read_as_each_alone(zone: ZoneInfo, data: st.DataObject) -> None:
    stamps = np.array(data.draw(st.lists(st.integers(-3_000_000_000, 7_000_000_000), max_size=20)), dtype=np.int64)
    assert [text.decode() for text in instant_texts(stamps, zone).tolist()] == [
        instant_text(stamp, zone) for stamp in stamps
    ]


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_all_instants_of_a_zone_are_equally_long(zone: ZoneInfo) -> None:
    year = epoch_s("2026-01-01T00:00:00Z") + 6 * 3600 * np.arange(1460)
    assert len({len(text) for text in instant_texts(year, zone).tolist()}) == 1


@pytest.mark.parametrize("stamp", [-62_135_596_801, 253_402_300_800], ids=["year 0", "year 10000"])
def test_an_instant_outside_the_years_of_a_message_is_refused(stamp: int) -> None:
    with pytest.raises(ValueError, match="between the years 0001 and 9999"):
        instant_texts(np.array([0, stamp]), UTC)
    with pytest.raises(ValueError, match="between the years 0001 and 9999"):
        instant_text(stamp, UTC)


@pytest.mark.clause("XML Schema part 2, 3.2.7")
@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2026-11-22T00:15:00Z", datetime(2026, 11, 22, 0, 15, tzinfo=UTC), id="Z"),
        pytest.param("2026-11-22T01:15:00+01:00", datetime(2026, 11, 22, 0, 15, tzinfo=UTC), id="offset"),
        pytest.param("2026-11-21T20:45:00-03:30", datetime(2026, 11, 22, 0, 15, tzinfo=UTC), id="to the west"),
        pytest.param("2026-11-22T01:15:00", datetime(2026, 11, 22, 0, 15, tzinfo=UTC), id="without zone"),
        pytest.param("\n 2026-11-22T00:15:00Z\t", datetime(2026, 11, 22, 0, 15, tzinfo=UTC), id="white space"),
        pytest.param("2026-11-22T00:15:00.25Z", datetime(2026, 11, 22, 0, 15, 0, 250_000, UTC), id="fraction"),
        pytest.param(
            "2026-11-22T00:15:00.1234567Z", datetime(2026, 11, 22, 0, 15, 0, 123_456, UTC), id="long fraction"
        ),
        pytest.param("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC), id="end of the day"),
        pytest.param("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="passed twice"),
        pytest.param("2026-03-29T02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), id="skipped"),
    ],
)
def test_a_date_time_is_read_as_an_instant(text: str, instant: datetime) -> None:
    assert parse_instant(text, BERLIN) == instant
    assert parse_instant(text, BERLIN).tzinfo is UTC


@pytest.mark.clause("XML Schema part 2, 3.2.7")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "expected a form such as", id="empty"),
        pytest.param("2026-11-22", "expected a form such as", id="only a date"),
        pytest.param("2026-11-22 00:15:00Z", "expected a form such as", id="blank for T"),
        pytest.param("2026-11-22T00:15Z", "expected a form such as", id="without seconds"),
        pytest.param("2026-11-22T00:15:00z", "expected a form such as", id="small z"),
        pytest.param("2026-11-22T00:15:00+0100", "expected a form such as", id="offset without colon"),
        pytest.param("٢٠٢٦-11-22T00:15:00Z", "expected a form such as", id="digits of another script"),
        pytest.param("2026-13-22T00:15:00Z", "month", id="month 13"),
        pytest.param("2026-02-29T00:15:00Z", "day", id="no leap year"),
        pytest.param("2026-11-22T24:00:01Z", "hour", id="after the end of the day"),
        pytest.param("2026-11-22T00:15:60Z", "second", id="leap second"),
        pytest.param("2026-11-22T00:15:00+14:01", "zone", id="offset too wide"),
        pytest.param("2026-11-22T00:15:00+01:60", "zone", id="minutes of the offset"),
        pytest.param("-0001-11-22T00:15:00Z", "year", id="before the common era"),
        pytest.param("12026-11-22T00:15:00Z", "year", id="five digits"),
        pytest.param("9999-12-31T24:00:00Z", "year", id="past the last day"),
    ],
)
def test_what_is_no_instant_is_refused_with_the_part_that_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as refusal:
        parse_instant(text, BERLIN)
    assert repr(text) in str(refusal.value)


@pytest.mark.parametrize("zone", [*ZONES, timezone(timedelta(hours=-14))], ids=str)
@given(instant=st.datetimes(NAIVE.replace(year=1600), NAIVE.replace(year=9000), timezones=st.just(UTC)))
@settings(max_examples=30, deadline=None)
def test_what_is_written_is_read_again(zone: tzinfo, instant: datetime) -> None:
    assert parse_instant(instant_text(instant, zone), BERLIN) == instant
