"""Reading meters: what GetMeterReadings selects, and what it answers (61968-9:2013, clause 5.3)."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from headend.compose import HeadEnd
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import intervals, meters, registers
from tests.support.reply import Reply
from tests.support.soap_requests import ENERGY, LOAD_PROFILE, get_meter_readings

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.3")

METER = "M00000003"
DAY = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")
QUARTER = timedelta(minutes=15)


def utc(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def stamps(reply: Reply) -> list[datetime]:
    return [reading.stamp for reading in intervals(reply)]


def mrid(head_end: HeadEnd, index: int) -> str:
    return head_end.fleet.meter(index).mrid


# Which meters.


def test_a_meter_is_named_by_its_name_or_its_mrid(quiet_head_end: InProcessHeadEnd) -> None:
    by_name = quiet_head_end.read(METER)
    by_mrid = quiet_head_end.read(mrids=[mrid(quiet_head_end.head_end, 3)])
    assert meters(by_name) == meters(by_mrid) == [METER]
    assert registers(by_name) == registers(by_mrid)


def test_letters_of_an_mrid_count_the_same_in_both_cases(quiet_head_end: InProcessHeadEnd) -> None:
    assert meters(quiet_head_end.read(mrids=[mrid(quiet_head_end.head_end, 3).upper()])) == [METER]


def test_a_meter_is_named_by_its_usage_point(quiet_head_end: InProcessHeadEnd) -> None:
    assert meters(quiet_head_end.read(usage_points=["UP00000003"])) == [METER]


def test_a_usage_point_is_named_by_its_mrid(quiet_head_end: InProcessHeadEnd) -> None:
    usage_point = quiet_head_end.head_end.fleet.meter(3).usage_point_mrid
    profile = f"<UsagePoint><mRID>{usage_point}</mRID></UsagePoint>"
    assert meters(quiet_head_end.read(profile=profile)) == [METER]


def test_several_meters_come_in_the_order_of_the_request_and_each_once(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read("M00000009", "M00000002", "M00000009", usage_points=["UP00000002", "UP00000005"])
    assert meters(reply) == ["M00000009", "M00000002", "M00000005"]


def test_no_target_means_every_meter(quiet_head_end: InProcessHeadEnd) -> None:
    assert meters(quiet_head_end.read()) == [f"M{index:08d}" for index in range(1000)]


def test_an_answer_names_meter_and_usage_point_by_mrid_and_name(quiet_head_end: InProcessHeadEnd) -> None:
    reading = quiet_head_end.read(METER).payload[0]
    meter = quiet_head_end.head_end.fleet.meter(3)
    assert reading.findtext("{*}Meter/{*}mRID") == meter.mrid
    assert reading.findtext("{*}UsagePoint/{*}mRID") == meter.usage_point_mrid
    assert reading.findtext("{*}UsagePoint/{*}Names/{*}name") == "UP00000003"


def test_an_unknown_meter_among_known_ones_gives_partial_with_an_error_for_it(
    quiet_head_end: InProcessHeadEnd,
) -> None:
    reply = quiet_head_end.read("M00000001", "nobody", "M00000002")
    assert (reply.result, meters(reply)) == ("PARTIAL", ["M00000001", "M00000002"])
    unknown, complete = reply.errors
    assert (unknown.code, unknown.level, unknown.object_id) == ("2.4", "FATAL", "nobody")
    assert (complete.code, complete.level) == ("0.2", "INFORM")


UNKNOWN = {
    "a meter by name": ("<EndDevice><Names><name>x</name></Names></EndDevice>", "2.4", "EndDevice name 'x'"),
    "a meter by mRID": ("<EndDevice><mRID>x</mRID></EndDevice>", "2.4", "EndDevice mRID 'x'"),
    "a meter without any name": ("<EndDevice/>", "2.4", "EndDevice without mRID and Names"),
    "a usage point": ("<UsagePoint><mRID>x</mRID></UsagePoint>", "2.12", "UsagePoint mRID 'x'"),
    "a group of devices": ("<EndDeviceGroup><mRID>x</mRID></EndDeviceGroup>", "2.15", "EndDeviceGroup mRID 'x'"),
    "a group of usage points": ("<UsagePointGroup><mRID>x</mRID></UsagePointGroup>", "2.15", "UsagePointGroup mRID"),
    "a transformer tank": ("<TransformerTank><mRID>x</mRID></TransformerTank>", "2.15", "TransformerTank mRID 'x'"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_request_for_nothing_that_is_known_fails_and_names_each(quiet_head_end: InProcessHeadEnd, name: str) -> None:
    profile, code, details = UNKNOWN[name]
    reply = quiet_head_end.read(profile=profile)
    assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", [code], False)
    assert reply.said.startswith(details)


def test_two_names_of_different_meters_in_one_reference_do_not_hold_together(
    quiet_head_end: InProcessHeadEnd,
) -> None:
    names = "<Names><name>M00000001</name></Names><Names><name>M00000002</name></Names>"
    reply = quiet_head_end.read(profile=f"<EndDevice>{names}</EndDevice>")
    assert (reply.result, reply.codes) == ("FAILED", ["2.29"])
    assert "'M00000001' and name 'M00000002' are different objects" in reply.said


# Which readings.


def test_no_period_means_the_latest_registers(quiet_head_end: InProcessHeadEnd) -> None:
    (reading,) = registers(quiet_head_end.read(METER))
    assert (reading.reading_type, reading.stamp, reading.reason) == (ENERGY, NOON, "inquiry")
    assert reading.value > 0


def test_a_period_brings_intervals_and_the_registers_at_midnight(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, period=DAY)
    assert {reading.reading_type for reading in intervals(reply)} == {LOAD_PROFILE}
    assert [(reading.reading_type, reading.stamp, reading.reason) for reading in registers(reply)] == [
        (ENERGY, utc(1), "billing")
    ]


def test_a_period_excludes_its_start_and_includes_its_end(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, period=DAY)
    assert stamps(reply) == [utc(28, 0, 15, month=2) + QUARTER * number for number in range(96)]
    assert stamps(reply)[-1] == utc(1)


def test_neighbouring_periods_share_no_interval_and_miss_none(quiet_head_end: InProcessHeadEnd) -> None:
    cuts = ["2026-02-28T00:00:00Z", "2026-02-28T07:30:00Z", "2026-02-28T18:00:00Z", "2026-03-01T00:00:00Z"]
    parts = [stamps(quiet_head_end.read(METER, period=pair)) for pair in itertools.pairwise(cuts)]
    assert [stamp for part in parts for stamp in part] == stamps(quiet_head_end.read(METER, period=DAY))


def test_the_offset_of_a_period_is_minded(quiet_head_end: InProcessHeadEnd) -> None:
    shifted = quiet_head_end.read(METER, period=("2026-02-28T01:00:00+01:00", "2026-02-28T19:00:00-05:00"))
    assert intervals(shifted) == intervals(quiet_head_end.read(METER, period=DAY))


def test_nothing_is_told_of_the_future(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, period=("2026-03-02T11:00:00Z", "2026-03-03T00:00:00Z"))
    assert stamps(reply) == [utc(2, 11, 15), utc(2, 11, 30), utc(2, 11, 45), utc(2, 12)]


def test_a_period_may_be_without_end(quiet_head_end: InProcessHeadEnd) -> None:
    open_end = "<TimeSchedule><scheduleInterval><start>2026-03-02T11:30:00Z</start></scheduleInterval></TimeSchedule>"
    named = f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>"
    assert stamps(quiet_head_end.read(profile=named + open_end)) == [utc(2, 11, 45), utc(2, 12)]


def test_a_period_may_end_where_the_calendar_does(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, period=("2026-03-02T11:30:00Z", "9999-12-31T23:59:59Z"))
    assert stamps(reply) == [utc(2, 11, 45), utc(2, 12)]


def test_a_period_before_the_installation_is_empty(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, period=("0001-01-01T00:00:00Z", "2019-12-31T00:00:00Z"))
    assert (reply.result, intervals(reply), registers(reply)) == ("OK", [], [])


@pytest.mark.parametrize(
    ("start", "end", "details"),
    [
        (
            "2026-03-01T00:00:00Z",
            "2026-02-28T00:00:00Z",
            "scheduleInterval/end (line 1): the period ends at 2026-02-28",
        ),
        ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "not after its start 2026-03-01T00:00:00+00:00"),
        ("12026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "scheduleInterval/start (line 1): '12026-03-01T00:00:00Z'"),
        ("2026-03-01T00:00:00Z", "-0001-03-01T00:00:00Z", "scheduleInterval/end (line 1): '-0001-03-01T00:00:00Z'"),
    ],
    ids=["backwards", "of no length", "year 12026", "year -1"],
)
def test_a_period_that_is_none_is_refused(quiet_head_end: InProcessHeadEnd, start: str, end: str, details: str) -> None:
    reply = quiet_head_end.read(METER, period=(start, end))
    assert (reply.result, reply.codes) == ("FAILED", ["1.8"])
    assert details in reply.said


def test_a_period_without_a_start_is_refused(quiet_head_end: InProcessHeadEnd) -> None:
    schedule = "<TimeSchedule><scheduleInterval><end>2026-03-01T00:00:00Z</end></scheduleInterval></TimeSchedule>"
    reply = quiet_head_end.read(profile=schedule)
    assert (reply.codes, reply.said) == (["1.8"], "a period has an end but no start")


NAMED = f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>"


def schedule(start: str, end: str) -> str:
    return f"<TimeSchedule><scheduleInterval><end>{end}</end><start>{start}</start></scheduleInterval></TimeSchedule>"


def time_period(start: str, end: str) -> str:
    return f"<Reading><timePeriod><end>{end}</end><start>{start}</start></timePeriod></Reading>"


ONE_HOUR = ("2026-02-28T10:00:00Z", "2026-02-28T11:00:00Z")
ONE_QUARTER = ("2026-02-28T10:45:00Z", "2026-02-28T11:00:00Z")
AROUND = "<StartTime>2026-02-01T00:00:00Z</StartTime><EndTime>2026-03-01T00:00:00Z</EndTime>"


@pytest.mark.parametrize(
    "message",
    [
        get_meter_readings(profile=NAMED + schedule(*ONE_HOUR)),
        get_meter_readings(profile=NAMED + time_period(*ONE_HOUR)),
        get_meter_readings(METER, request=f"<StartTime>{ONE_HOUR[0]}</StartTime><EndTime>{ONE_HOUR[1]}</EndTime>"),
        get_meter_readings(profile=NAMED + schedule(*ONE_HOUR), request=AROUND),
        get_meter_readings(profile=NAMED + time_period(*ONE_HOUR), request=AROUND),
        get_meter_readings(profile=NAMED + time_period(*ONE_QUARTER) + schedule(*ONE_HOUR)),
        get_meter_readings(profile=NAMED + schedule(*ONE_QUARTER) + schedule(*ONE_HOUR)),
    ],
    ids=[
        "TimeSchedule",
        "Reading",
        "StartTime and EndTime",
        "TimeSchedule before StartTime",
        "Reading before StartTime",
        "Reading inside TimeSchedule",
        "two schedules that overlap",
    ],
)
def test_the_period_comes_from_the_profile_and_else_from_the_request(
    quiet_head_end: InProcessHeadEnd, message: bytes
) -> None:
    reply = quiet_head_end.post("GetMeterReadings", message)
    assert stamps(reply) == [utc(28, 10, minute, month=2) for minute in (15, 30, 45)] + [utc(28, 11, month=2)]


def test_several_periods_are_a_union(quiet_head_end: InProcessHeadEnd) -> None:
    later, earlier = ("2026-03-01T10:00:00Z", "2026-03-01T10:30:00Z"), ("2026-02-28T10:00:00Z", "2026-02-28T10:15:00Z")
    reply = quiet_head_end.read(profile=NAMED + schedule(*later) + schedule(*earlier))
    assert sorted(stamps(reply)) == [utc(28, 10, 15, month=2), utc(1, 10, 15), utc(1, 10, 30)]


def test_a_reading_type_is_named_by_its_mrid(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, reading_types=[ENERGY], period=DAY)
    assert ([reading.stamp for reading in registers(reply)], intervals(reply)) == ([utc(1)], [])


@pytest.mark.parametrize(
    "name",
    [LOAD_PROFILE, "fifteenMinute deltaData forward electricitySecondaryMetered energy (Wh)"],
    ids=["its code", "its words"],
)
def test_a_reading_type_is_named_by_its_names(quiet_head_end: InProcessHeadEnd, name: str) -> None:
    reading_type = f"<ReadingType><Names><name>{name}</name></Names></ReadingType>"
    reply = quiet_head_end.read(profile=NAMED + reading_type + schedule(*ONE_HOUR))
    assert (reply.result, len(intervals(reply)), registers(reply)) == ("OK", 4, [])


def test_the_load_profile_without_a_period_is_its_last_interval(quiet_head_end: InProcessHeadEnd) -> None:
    assert stamps(quiet_head_end.read(METER, reading_types=[LOAD_PROFILE])) == [NOON]


@pytest.mark.parametrize(
    ("mrid", "code"),
    [
        ("1.2.3", "2.6"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.x", "2.6"),
        (f"0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.{'9' * 5000}", "2.6"),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.9999.0", "2.6"),
        ("", "2.6"),
        ("0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0", "2.10"),
        ("0.0.2.4.1.7.12.0.0.0.0.0.0.0.0.0.72.0", "2.10"),
    ],
    ids=["too short", "a letter", "a huge number", "no such unit", "empty", "reverse energy", "gas"],
)
def test_a_reading_type_that_is_none_or_is_not_delivered_is_refused(
    quiet_head_end: InProcessHeadEnd, mrid: str, code: str
) -> None:
    reply = quiet_head_end.read(METER, reading_types=[mrid], period=DAY)
    assert (reply.result, reply.codes) == ("FAILED", [code])
    assert reply.errors[0].details.startswith("ReadingType ")


def test_an_unknown_reading_type_among_known_ones_gives_partial(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, reading_types=[ENERGY, "1.2.3"], period=DAY)
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.6", "0.2"])
    assert [reading.reading_type for reading in registers(reply)] == [ENERGY]


@pytest.mark.parametrize(
    ("filter_", "reads"),
    [
        ("<reason>inquiry</reason>", 1),
        ("<reason>billing</reason>", 0),
        ("<source>headend</source>", 1),
        ("<source>CIS</source>", 0),
    ],
)
def test_reason_and_source_are_filters(quiet_head_end: InProcessHeadEnd, filter_: str, reads: int) -> None:
    reply = quiet_head_end.read(profile=f"{NAMED}<Reading>{filter_}</Reading>")
    assert (reply.result, len(registers(reply))) == ("OK", reads)


def test_a_filter_on_qualities_selects_nothing_since_good_readings_carry_none(
    quiet_head_end: InProcessHeadEnd,
) -> None:
    quality = "<ReadingQuality><ReadingQualityType><mRID>1.0.0</mRID></ReadingQualityType></ReadingQuality>"
    reply = quiet_head_end.read(profile=NAMED + quality)
    assert (reply.result, registers(reply)) == ("OK", [])


# What the values are.


def test_the_intervals_of_a_day_add_up_to_the_difference_of_the_registers(quiet_head_end: InProcessHeadEnd) -> None:
    before = quiet_head_end.read(METER, period=("2026-02-27T00:00:00Z", "2026-02-28T00:00:00Z"))
    day = quiet_head_end.read(METER, period=DAY)
    difference = registers(day)[-1].value - registers(before)[-1].value
    assert sum((reading.value for reading in intervals(day)), Decimal(0)) == difference * 1000


def test_registers_of_several_days_come_at_local_midnights(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, zone="Europe/Berlin") as head_end:
        reply = head_end.read(METER, period=("2026-02-26T23:00:00Z", "2026-03-01T23:00:00Z"))
    assert [reading.stamp.astimezone(UTC) for reading in registers(reply)] == [
        utc(27, 23, month=2),
        utc(28, 23, month=2),
        utc(1, 23),
    ]
    assert {reading.stamp.utcoffset() for reading in registers(reply)} == {timedelta(hours=1)}


# Limits.


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path, NOON, max_meters_per_request=2, max_days_per_request=3) as opened:
        yield opened


def test_more_meters_than_the_limit_are_refused(limited: InProcessHeadEnd) -> None:
    reply = limited.read()
    assert (reply.codes, reply.said) == (["3.1"], "the request is for 1000 meters; the limit here is 2")


def test_more_days_than_the_limit_are_refused(limited: InProcessHeadEnd) -> None:
    reply = limited.read(METER, period=("2026-02-01T00:00:00Z", "2026-02-05T12:00:00Z"))
    assert (reply.codes, reply.said) == (["3.1"], "the request is for 4.5 days; the limit here is 3")


def test_what_is_within_the_limits_is_answered(limited: InProcessHeadEnd) -> None:
    reply = limited.read("M00000001", "M00000002", period=("2026-02-01T00:00:00Z", "2026-02-04T00:00:00Z"))
    assert (reply.result, len(intervals(reply))) == ("OK", 2 * 3 * 96)
