"""Defects on the wire: what GetMeterReadings answers for a meter that something is wrong with."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from headend.operations.defects import DefectRequest, add_defect, remove_defect
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import intervals, meters, registers
from tests.support.reply import Reply
from tests.support.soap_requests import ENERGY, LOAD_PROFILE

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.3 and Annex D")

METER = "M00000003"
DAY = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")
TYPES = (LOAD_PROFILE, ENERGY)


def utc(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 2, 28, hour, minute, tzinfo=UTC)


def add(head_end: InProcessHeadEnd, kind: str, start: datetime, end: datetime | None = None, **more: object) -> str:
    request = DefectRequest(meter=METER, kind=kind, start=start, end=end, **more)  # type: ignore[arg-type]
    with head_end.head_end.store.writing() as work:
        return add_defect(head_end.head_end.fleet, request, work).mrid


def read(head_end: InProcessHeadEnd, *names: str) -> Reply:
    return head_end.read(*(names or (METER,)), reading_types=TYPES, period=DAY)


def qualities(reply: Reply) -> list[str]:
    return [one.get("ref", "") for one in reply.payload.iter("{*}ReadingQualityType")]


def test_a_gap_is_partial_with_an_error_that_names_meter_and_span(head_end: InProcessHeadEnd) -> None:
    add(head_end, "gap", utc(10), utc(12))
    reply = read(head_end)
    assert reply.result == "PARTIAL"
    missing, complete = reply.errors
    assert (missing.code, missing.object_id, complete.code) == ("5.7", head_end.head_end.fleet.meter(3).mrid, "0.2")
    assert "M00000003 lacks values: from 2026-02-28T10:00:00+00:00 to 2026-02-28T12:00:00+00:00" in missing.details


def test_in_a_gap_there_are_no_readings(head_end: InProcessHeadEnd) -> None:
    add(head_end, "gap", utc(10), utc(12))
    found = [one.stamp for one in intervals(read(head_end))]
    assert len(found) == 96 - 8
    assert not [stamp for stamp in found if utc(10) < stamp <= utc(12)]


def test_what_was_missing_is_told_as_a_whole_once_it_came(head_end: InProcessHeadEnd) -> None:
    sound = intervals(read(head_end))
    add(head_end, "late", utc(10), utc(12), parameters={"delay_s": 3 * 86_400})
    assert read(head_end).result == "PARTIAL"
    head_end.advance(days=1)
    reply = read(head_end)
    assert (reply.result, intervals(reply)) == ("OK", sound)


def test_a_spike_carries_its_quality(head_end: InProcessHeadEnd) -> None:
    add(head_end, "spike", utc(10))
    reply = read(head_end)
    assert (reply.result, qualities(reply)) == ("OK", ["2.5.256"])


def test_a_defect_that_is_not_marked_leaves_no_quality(head_end: InProcessHeadEnd) -> None:
    add(head_end, "spike", utc(10), marked=False)
    assert qualities(read(head_end)) == []


def test_only_readings_that_carry_a_quality_can_be_asked_for(head_end: InProcessHeadEnd) -> None:
    add(head_end, "spike", utc(10))
    quality = "<ReadingQuality><ReadingQualityType><mRID>2.5.256</mRID></ReadingQualityType></ReadingQuality>"
    profile = "".join(
        [
            f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>",
            quality,
            f"<ReadingType><mRID>{LOAD_PROFILE}</mRID></ReadingType>",
            f"<TimeSchedule><scheduleInterval><end>{DAY[1]}</end><start>{DAY[0]}</start></scheduleInterval></TimeSchedule>",
        ]
    )
    assert [one.stamp for one in intervals(head_end.read(profile=profile))] == [utc(10, 15)]


def test_other_meters_are_as_they_were(head_end: InProcessHeadEnd) -> None:
    before = read(head_end, "M00000002", "M00000004").raw
    add(head_end, "wrong_multiplier", utc(0), utc(23))
    assert _payload(read(head_end, "M00000002", "M00000004").raw) == _payload(before)


def test_a_defect_that_is_taken_away_leaves_the_bytes_that_were_there(head_end: InProcessHeadEnd) -> None:
    before = read(head_end).raw
    mrid = add(head_end, "clock_set_back", utc(0), utc(23))
    assert _payload(read(head_end).raw) != _payload(before)
    with head_end.head_end.store.writing() as work:
        remove_defect(mrid, work)
    assert _payload(read(head_end).raw) == _payload(before)


def test_the_latest_register_of_a_meter_that_was_changed_is_that_of_the_new_one(head_end: InProcessHeadEnd) -> None:
    add(head_end, "meter_change_inside_interval", utc(10))
    (found,) = registers(head_end.read(METER))
    assert 0 < found.value < 100


def test_a_realistic_fleet_answers_with_marks_and_gaps(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(
        "zone: Europe/Amsterdam\ntemplates: [{name: any, count: 400}]\n"
        "conditions: {defects: {gap: 20000, spike: 20000, duplicate: 20000, meter_change_inside_interval: 100}}\n"
    )
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        reply = head_end.read(reading_types=TYPES, period=DAY)
    assert len(meters(reply)) == 400
    assert "5.7" in reply.codes
    assert {"2.5.256", "1.4.4"} <= set(qualities(reply))


def _payload(raw: bytes) -> bytes:
    return raw.partition(b"<MeterReadings")[2]
