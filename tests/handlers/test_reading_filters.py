"""What the elements of the GetMeterReadings profile choose among readings (61968-9:2013, Annex J)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headend.operations.defects import DefectRequest, add_defect
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import intervals, meters, registers
from tests.support.reply import Reply
from tests.support.soap_requests import ENERGY, LOAD_PROFILE

pytestmark = pytest.mark.clause("61968-9:2013, Annex J")

METER = "M00000003"
NAMED = f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>"
FIRST_HOURS = ("2026-02-27T23:00:00Z", "2026-02-28T01:00:00Z")
LAST_HOURS = ("2026-02-28T23:00:00Z", "2026-03-01T01:00:00Z")
DAY = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")


def span(period: tuple[str, str]) -> str:
    return f"<end>{period[1]}</end><start>{period[0]}</start>"


def reading(filter_: str = "", period: tuple[str, str] | None = None) -> str:
    """One Reading of the profile: reason, source, timePeriod."""
    return f"<Reading>{filter_}{'' if period is None else f'<timePeriod>{span(period)}</timePeriod>'}</Reading>"


def schedule(period: tuple[str, str]) -> str:
    return f"<TimeSchedule><scheduleInterval>{span(period)}</scheduleInterval></TimeSchedule>"


def quality(*codes: str) -> str:
    each = (f"<ReadingQualityType><mRID>{code}</mRID></ReadingQualityType>" for code in codes)
    return "".join(f"<ReadingQuality>{one}</ReadingQuality>" for one in each)


def days(reply: Reply) -> tuple[list[int], list[int]]:
    """The days of the registers, and those of the intervals, each once."""
    assert reply.result == "OK", reply.said
    return [one.stamp.day for one in registers(reply)], sorted({one.stamp.day for one in intervals(reply)})


# Reading: its parts are AND, several are OR.

BILLING, INQUIRY = "<reason>billing</reason>", "<reason>inquiry</reason>"
OURS, OTHERS = "<source>headend</source>", "<source>CIS</source>"

CONDITIONS = {
    "a period each": (reading("", FIRST_HOURS) + reading("", LAST_HOURS), [28, 1], [1, 27, 28]),
    "a reason in one of them": (reading(INQUIRY, FIRST_HOURS) + reading(BILLING, LAST_HOURS), [1], [1, 27, 28]),
    "a source in one of them": (reading(OTHERS, FIRST_HOURS) + reading(OURS, LAST_HOURS), [1], [1, 28]),
    "reason and source that agree": (reading(BILLING + OURS, FIRST_HOURS), [28], [27, 28]),
    "reason and source that do not": (reading(BILLING + OTHERS, FIRST_HOURS), [], []),
    "a condition without a period": (reading("", FIRST_HOURS) + reading(INQUIRY), [], [27, 28]),
    "one of two conditions": (reading("", FIRST_HOURS) + reading(OTHERS) + reading(BILLING), [28], [27, 28]),
    "a condition on a schedule": (reading(OTHERS) + schedule(FIRST_HOURS), [], []),
    "a schedule beside a Reading": (reading(INQUIRY, FIRST_HOURS) + schedule(LAST_HOURS), [1], [1, 27, 28]),
    "nothing at all": (reading() + schedule(FIRST_HOURS), [28], [27, 28]),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_reading_of_the_profile_is_a_condition_of_its_own(quiet_head_end: InProcessHeadEnd, name: str) -> None:
    filters, register_days, interval_days = CONDITIONS[name]
    assert days(quiet_head_end.read(profile=NAMED + filters)) == (register_days, interval_days)


@pytest.mark.parametrize(("condition", "read"), [(BILLING, 0), (INQUIRY, 1), (OURS, 1), (INQUIRY + OTHERS, 0)])
def test_conditions_hold_for_the_latest_values(quiet_head_end: InProcessHeadEnd, condition: str, read: int) -> None:
    assert len(registers(quiet_head_end.read(profile=NAMED + reading(condition)))) == read


def test_an_interval_has_no_reason_that_a_condition_could_miss(quiet_head_end: InProcessHeadEnd) -> None:
    load = f"<ReadingType><mRID>{LOAD_PROFILE}</mRID></ReadingType>"
    assert len(intervals(quiet_head_end.read(profile=NAMED + reading(BILLING) + load))) == 1
    assert intervals(quiet_head_end.read(profile=NAMED + reading(OTHERS) + load)) == []


# TimeSchedule: several are a union, in whatever zone.


def test_several_schedules_over_days_of_changed_clocks(tmp_path: Path) -> None:
    spring = ("2025-03-30T00:00:00+01:00", "2025-03-31T00:00:00+02:00")
    autumn = ("2025-10-26T00:00:00+02:00", "2025-10-27T00:00:00+01:00")
    plain = ("2025-06-01T00:00:00+02:00", "2025-06-02T00:00:00+02:00")
    with in_process(tmp_path, NOON, zone="Europe/Berlin") as head_end:
        reply = head_end.read(profile=NAMED + schedule(autumn) + schedule(spring) + schedule(plain))
    counts: dict[int, int] = {}
    for one in intervals(reply):
        month = (one.stamp - timedelta(minutes=15)).month
        counts[month] = counts.get(month, 0) + 1
    assert counts == {3: 92, 6: 96, 10: 100}
    assert [one.stamp.isoformat() for one in registers(reply)] == [
        "2025-03-31T00:00:00+02:00",
        "2025-06-02T00:00:00+02:00",
        "2025-10-27T00:00:00+01:00",
    ]


def test_the_days_of_all_schedules_together_are_limited(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, max_days_per_request=1) as head_end:
        halves = schedule(("2026-02-28T00:00:00Z", "2026-02-28T12:00:00Z")) + schedule(FIRST_HOURS)
        assert head_end.read(profile=NAMED + halves).result == "OK"  # 25 hours less one that is in both
        assert head_end.read(profile=NAMED + schedule(DAY) + schedule(LAST_HOURS)).codes == ["3.1"]


# ReadingQuality: only readings that carry one.


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """Meter 3 has a spike (2.5.256) and values that were estimated on 28 February."""
    with in_process(tmp_path_factory.mktemp("marked"), NOON) as opened:
        for kind, hour in (("spike", 6), ("revised_after_estimate", 12)):
            start = datetime(2026, 2, 28, hour, tzinfo=UTC)
            request = DefectRequest(meter=METER, kind=kind, start=start, end=start + timedelta(hours=1))
            with opened.head_end.store.writing() as work:
                add_defect(opened.head_end.fleet, request, work)
        yield opened


def carried(reply: Reply) -> set[str]:
    return {one.get("ref", "") for one in reply.payload.iter("{*}ReadingQualityType")}


def test_the_field_for_these_tests_has_two_sorts_of_marks(marked: InProcessHeadEnd) -> None:
    found = carried(marked.read(METER, period=DAY))
    assert "2.5.256" in found
    assert {code.split(".")[1] for code in found} == {"5", "8"}


@pytest.mark.parametrize(
    ("wanted", "categories"),
    [
        (["2.5.256"], {"5"}),
        (["*.5.256"], {"5"}),
        (["2.*.*"], {"5", "8"}),
        (["*.8.*"], {"8"}),
        (["1.5.256"], set()),
        (["3.0.1", "*.5.256"], {"5"}),
        (["*.5.256", "*.8.*"], {"5", "8"}),
    ],
)
def test_qualities_choose_the_readings_that_carry_one_of_them(
    marked: InProcessHeadEnd, wanted: list[str], categories: set[str]
) -> None:
    reply = marked.read(profile=NAMED + quality(*wanted) + schedule(DAY))
    assert (reply.result, {code.split(".")[1] for code in carried(reply)}) == ("OK", categories)
    plain = [one for one in reply.payload.iter("{*}IntervalReadings") if one.find("{*}ReadingQualities") is None]
    assert plain == []


@pytest.mark.parametrize("name", ["dataOutsideExpectedRange", "meteringSystem reasonability dataOutsideExpectedRange"])
def test_a_quality_is_named_by_its_names(marked: InProcessHeadEnd, name: str) -> None:
    named = f"<ReadingQualityType><Names><name>{name}</name></Names></ReadingQualityType>"
    by_name = marked.read(profile=f"{NAMED}<ReadingQuality>{named}</ReadingQuality>{schedule(DAY)}")
    by_code = marked.read(profile=NAMED + quality("2.5.256") + schedule(DAY))
    assert intervals(by_name) == intervals(by_code) != []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("2.5", "a quality has 3 numbers"),
        ("9.5.256", "the system of quality 9.5.256 is 9"),
        ("2.5.999", "does not list *.5.999"),
        ("*.5.999", "no quality of table quality-code is like '*.5.999'"),
        ("dataOutsideExpectedRang", "did you mean dataOutsideExpectedRange"),
        ("", "a quality is named by a code such as 2.5.256 or *.5.256, or by its name"),
    ],
)
def test_a_quality_that_is_none_is_refused(quiet_head_end: InProcessHeadEnd, code: str, said: str) -> None:
    reply = quiet_head_end.read(profile=NAMED + quality(code) + schedule(DAY))
    assert (reply.result, reply.codes) == ("FAILED", ["1.8"])
    assert said in reply.said


def test_a_quality_that_is_none_among_others_gives_partial(marked: InProcessHeadEnd) -> None:
    reply = marked.read(profile=NAMED + quality("2.5.999", "2.5.256") + schedule(DAY))
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("PARTIAL", ["1.8", "0.2"], "2.5.999")
    assert carried(reply) == {"2.5.256"}


# ReadingType by name.

KWH_OF_AN_HOUR = "sixtyMinute deltaData forward electricitySecondaryMetered energy (kWh)"


def reading_type(mrid: str = "", *names: str) -> str:
    each = "".join(f"<Names><name>{name}</name></Names>" for name in names)
    return f"<ReadingType>{f'<mRID>{mrid}</mRID>' if mrid else ''}{each}</ReadingType>"


def test_any_type_that_meters_deliver_has_a_name_in_words(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(profile=NAMED + reading_type("", KWH_OF_AN_HOUR.upper()) + schedule(DAY))
    assert reply.result == "OK", reply.said
    assert {one.reading_type for one in intervals(reply)} == {"0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"}


def test_names_are_aliases_and_one_that_is_known_is_enough(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(profile=NAMED + reading_type("", "our load profile", LOAD_PROFILE))
    assert (reply.result, len(intervals(reply))) == ("OK", 1)


def test_a_name_that_says_nothing_here_stands_beside_an_mrid(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(profile=NAMED + reading_type(ENERGY, "kWh total"))
    assert (reply.result, len(registers(reply))) == ("OK", 1)


def test_an_mrid_and_a_name_of_another_type_do_not_hold_together(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(profile=NAMED + reading_type(ENERGY, KWH_OF_AN_HOUR))
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("FAILED", ["2.29"], ENERGY)
    assert f"{KWH_OF_AN_HOUR!r} are different reading types" in reply.said


def test_a_name_that_is_no_type_is_refused(quiet_head_end: InProcessHeadEnd) -> None:
    assert quiet_head_end.read(profile=NAMED + reading_type("", "kWh total")).codes == ["2.6"]


# A fleet that is not small.


def test_every_filter_at_once_over_ten_thousand_meters(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, meters=10_000) as head_end:
        profile = reading(BILLING + OURS) + reading_type(ENERGY) + schedule(DAY) + schedule(FIRST_HOURS)
        reply = head_end.read(profile=profile)
        assert (reply.result, len(meters(reply)), len(registers(reply))) == ("OK", 10_000, 20_000)
