"""What a client reads while a part of the network has no power."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from headend.operations.outages import OutageRequest, OutageState, end_outage, start_outage
from simulator.outages import Restoration
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events, intervals, registers
from tests.support.soap_requests import LOAD_PROFILE

FED, ELSEWHERE = "M00000003", "M00000050"  # the transformer T00000000 feeds the first 40 meters
HOUR = timedelta(hours=1)
LOSSES = "<EndDeviceEventType><Names><name>3.26.0.85</name></Names></EndDeviceEventType>"


@pytest.fixture
def head_end(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path, NOON, meters=100) as opened:
        yield opened


def fail(opened: InProcessHeadEnd, **request) -> OutageState:
    inside = opened.head_end
    with inside.store.writing() as work:
        return start_outage(inside.fleet, OutageRequest(**request), opened.clock.now(), work)


def afternoon(opened: InProcessHeadEnd, *meters: str) -> list[tuple[str, int, bool]]:
    """The quarter-hours of 12:00 to 16:00: whose, the how manieth, and whether anything flowed."""
    reply = opened.read(*meters, reading_types=[LOAD_PROFILE], period=("2026-03-02T12:00:00Z", "2026-03-02T16:00:00Z"))
    assert reply.result == "OK"
    return [(one.meter, (one.stamp - NOON) // timedelta(minutes=15), one.value > 0) for one in intervals(reply)]


def test_intervals_that_end_during_an_outage_are_zero(head_end: InProcessHeadEnd) -> None:
    fail(head_end, node="T00000000", start=NOON + HOUR, end=NOON + 2 * HOUR)
    head_end.advance(hours=5)
    read = afternoon(head_end, FED, ELSEWHERE)
    assert [(meter, quarter) for meter, quarter, flowed in read if not flowed] == [
        (FED, 5),
        (FED, 6),
        (FED, 7),
        (FED, 8),
    ]


def test_nobody_can_read_a_meter_without_power_and_its_register_stood_still_meanwhile(
    head_end: InProcessHeadEnd,
) -> None:
    before = registers(head_end.read(FED))[0].value
    outage = fail(head_end, node="T00000000")
    head_end.advance(hours=2)
    assert head_end.read(FED).codes == ["4.1"]
    with head_end.head_end.store.writing() as work:
        end_outage(head_end.head_end.fleet, outage.mrid, head_end.clock.now(), work)
    restored = registers(head_end.read(FED))[0].value
    head_end.advance(hours=3)
    assert restored == before
    assert registers(head_end.read(FED))[0].value > restored


def test_last_gasps_and_restorations_are_listed_once_they_are_heard(head_end: InProcessHeadEnd) -> None:
    fail(head_end, node="M00000003", start=NOON + HOUR, end=NOON + 2 * HOUR)
    listed = []
    for wait_s in (3_600, 10, 3_590):  # the loss, when it is heard, the restoration
        head_end.advance(seconds=wait_s)
        listed.append([(one.type, one.created - NOON, one.meter) for one in events(head_end.events(FED))])
    lost, restored = ("3.26.0.85", HOUR, FED), ("3.26.0.216", 2 * HOUR, FED)
    assert listed == [[], [lost], [lost, restored]]


def test_the_events_of_a_feeder_are_selected_by_type_and_device(head_end: InProcessHeadEnd) -> None:
    fail(head_end, node="T00000000")
    head_end.advance(hours=1)
    everybody = events(head_end.events(profile=LOSSES))
    assert [one.meter for one in everybody] == [f"M{index:08d}" for index in range(40)]
    assert {one.reason for one in everybody} == {"outage"}
    assert events(head_end.events(ELSEWHERE)) == []


def test_a_disconnected_meter_is_nobodys_outage(head_end: InProcessHeadEnd) -> None:
    head_end.disconnect(FED)
    head_end.advance(minutes=1)
    fail(head_end, node="M00000003", end=NOON + HOUR)
    head_end.advance(hours=2)
    assert [one.type for one in events(head_end.events(FED))] == ["3.31.0.68"]


def test_an_outage_outlives_the_head_end(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, meters=100) as first:
        fail(first, node="S00000000", restoration=Restoration(3, 600))
    with in_process(tmp_path, NOON + 5 * HOUR, meters=100) as second:
        assert second.read(FED, ELSEWHERE).codes == ["4.1", "4.1"]
