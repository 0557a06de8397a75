"""Meters are installed, exchanged and removed by service requests (61968-9:2013, clause 5.5)."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events, intervals, meters, registers
from tests.support.service_requests import ask, get_works, new_meter, new_usage_point, work, works_in
from tests.support.soap_requests import LOAD_PROFILE

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.5")

OLD, POINT, NEW = "M00000005", "UP00000005", "Z-77"
CHANGE_OUT, REGISTERING, REGISTERED = "3.6.0.27", "3.6.5.34", "3.6.5.58"


def event_types(head_end: InProcessHeadEnd, meter: str) -> list[str]:
    return [one.type for one in events(head_end.events(meter))]


def readings_told(head_end: InProcessHeadEnd) -> list[tuple[str, str, str]]:
    """Of the latest work: where, why and at which time of day."""
    return [(one.element, one.reason, one.at[11:16]) for one in works_in(get_works(head_end).payload)[-1].readings]


def test_an_exchange_reads_both_meters_and_moves_the_link(head_end: InProcessHeadEnd) -> None:
    new_meter(head_end, NEW)
    reply = ask(head_end, "create", work("meter", NEW, OLD))
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    assert readings_told(head_end) == [("OldMeter", "removal", "12:00"), ("Meter", "installation", "12:00")]
    assert event_types(head_end, NEW) == [CHANGE_OUT, REGISTERING, REGISTERED]
    head_end.advance(hours=3)
    assert meters(head_end.read(usage_points=[POINT])) == [NEW]


def test_an_exchange_ahead_happens_in_its_time(head_end: InProcessHeadEnd) -> None:
    new_meter(head_end, NEW)
    ask(head_end, "create", work("meter", NEW, OLD, wanted="15:00"))
    head_end.advance(hours=2)
    assert meters(head_end.read(usage_points=[POINT])) == [OLD]
    assert (event_types(head_end, NEW), readings_told(head_end)) == ([], [])
    head_end.advance(hours=2)
    assert meters(head_end.read(usage_points=[POINT])) == [NEW]
    assert event_types(head_end, NEW) == [CHANGE_OUT, REGISTERING, REGISTERED]
    assert readings_told(head_end) == [("OldMeter", "removal", "15:00"), ("Meter", "installation", "15:00")]


def test_no_energy_is_counted_twice_or_lost_by_an_exchange(head_end: InProcessHeadEnd) -> None:
    (before,) = registers(head_end.read(OLD))
    new_meter(head_end, NEW)
    ask(head_end, "create", work("meter", NEW, OLD, wanted="15:00"))
    head_end.advance(hours=5)
    removal, installation = works_in(get_works(head_end).payload)[0].readings
    (now,) = registers(head_end.read(NEW))
    assert Decimal(removal.value) > before.value
    assert Decimal(installation.value) == 0
    assert now.value > 0
    period = ("2026-03-02T12:00:00Z", "2026-03-02T17:00:00Z")
    by_meter = {
        name: intervals(head_end.read(name, reading_types=[LOAD_PROFILE], period=period)) for name in (OLD, NEW)
    }
    hung = [one for one in by_meter[OLD] if one.stamp.hour < 15 or (one.stamp.hour, one.stamp.minute) == (15, 0)]
    assert sum(one.value for one in hung) / 1000 == pytest.approx(
        Decimal(removal.value) - before.value, abs=Decimal("0.01")
    )


def test_a_meter_is_installed_where_none_was(head_end: InProcessHeadEnd) -> None:
    new_meter(head_end, NEW)
    new_usage_point(head_end, "Mill Lane 4")
    assert ask(head_end, "create", work("meter", NEW, point="Mill Lane 4", wanted="13:00")).result == "OK"
    head_end.advance(hours=2)
    assert readings_told(head_end) == [("Meter", "installation", "13:00")]
    assert event_types(head_end, NEW) == [REGISTERING, REGISTERED]
    assert meters(head_end.read(usage_points=["Mill Lane 4"])) == [NEW]


def test_a_removed_meter_stays_known_and_its_usage_point_is_empty(head_end: InProcessHeadEnd) -> None:
    assert ask(head_end, "create", work("meter", old=OLD)).result == "OK"
    assert readings_told(head_end) == [("OldMeter", "removal", "12:00")]
    head_end.advance(hours=1)
    assert meters(head_end.read(usage_points=[POINT])) == []
    assert head_end.read(OLD, period=("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")).result == "OK"


def test_the_same_meter_as_old_and_new_is_a_removal(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("meter", OLD, OLD))
    assert [one[1] for one in readings_told(head_end)] == ["removal"]


def test_a_removed_meter_can_be_installed_elsewhere(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("meter", old=OLD))
    head_end.advance(hours=1)
    new_usage_point(head_end, "Mill Lane 4")
    assert ask(head_end, "create", work("meter", OLD, point="Mill Lane 4")).result == "OK"
    head_end.advance(hours=1)
    assert meters(head_end.read(usage_points=["Mill Lane 4"])) == [OLD]


def test_an_exchange_that_is_cancelled_leaves_everything_as_it_was(head_end: InProcessHeadEnd) -> None:
    new_meter(head_end, NEW)
    ask(head_end, "create", work("meter", NEW, OLD, wanted="15:00", mrid="w"))
    head_end.advance(hours=1)
    assert ask(head_end, "cancel", ids=["w"]).result == "OK"
    head_end.advance(hours=4)
    assert meters(head_end.read(usage_points=[POINT])) == [OLD]
    assert (event_types(head_end, NEW), readings_told(head_end)) == ([], [])
    assert ask(head_end, "create", work("meter", NEW, OLD)).result == "OK"


def test_an_exchange_that_was_cancelled_is_no_news_to_a_head_end_that_starts_later(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON) as opened:
        new_meter(opened, NEW)
        ask(opened, "create", work("meter", NEW, OLD, wanted="15:00", mrid="w"))
        ask(opened, "cancel", ids=["w"])
    with in_process(tmp_path, NOON + timedelta(hours=6)) as later:
        assert meters(later.read(usage_points=[POINT])) == [OLD]


def test_a_meter_that_is_to_leave_is_not_taken_away_twice(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("meter", old=OLD, wanted="15:00"))
    reply = ask(head_end, "create", work("meter", old=OLD, wanted="14:00"))
    assert (reply.codes, "leaves UsagePoint" in reply.said) == (["6.1"], True)


@pytest.mark.parametrize("wanted", ["14:00", "16:00"])
def test_an_exchange_that_is_moved_happens_then(wanted: str, head_end: InProcessHeadEnd) -> None:
    new_meter(head_end, NEW)
    ask(head_end, "create", work("meter", NEW, OLD, wanted="15:00", mrid="w"))
    assert ask(head_end, "change", work("meter", NEW, OLD, wanted=wanted, mrid="w")).result == "OK"
    head_end.advance(hours=5)
    assert readings_told(head_end) == [("OldMeter", "removal", wanted), ("Meter", "installation", wanted)]
    created = {one.created.strftime("%H:%M") for one in events(head_end.events(NEW))}
    assert (created, len(events(head_end.events(NEW)))) == ({wanted}, 3)
    assert meters(head_end.read(usage_points=[POINT])) == [NEW]


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        pytest.param(work("meter", "M00000007", OLD), "6.1", "remove it there first", id="new meter hangs elsewhere"),
        pytest.param(work("meter", NEW, OLD), "2.4", f"name '{NEW}' is not known", id="new meter unknown"),
        pytest.param(work("meter", "M00000007", "M1"), "2.4", "name 'M1' is not known", id="old meter unknown"),
        pytest.param(work("meter", old=OLD, point="UP00000006"), "2.13", "not linked", id="old meter not there"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused_and_moves_nothing(
    said: str, code: str, sentence: str, quiet_head_end: InProcessHeadEnd
) -> None:
    reply = ask(quiet_head_end, "create", said)
    assert (reply.result, reply.codes) == ("FAILED", [code])
    assert sentence in reply.said
    assert meters(quiet_head_end.read(usage_points=[POINT])) == [OLD]


def test_a_meter_is_removed_once(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("meter", old=OLD))
    assert ask(head_end, "create", work("meter", old=OLD)).codes == ["2.13"]
