"""On-demand reads where not every meter answers: code 4.1, and a reply that comes when the field has answered."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.support.in_process import in_process
from tests.support.readings import intervals, meters, registers
from tests.support.soap_requests import ENERGY, LOAD_PROFILE

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.3 and Annex B")

NIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)

FLEET = """\
templates:
  - {name: good, count: 2, names: {prefix: G, digits: 1}}
  - name: silent
    count: 2
    names: {prefix: S, digits: 1}
    conditions: {communication: {read_success: 0, tries: 3, retry_after_s: 7}}
  - name: slow
    count: 2
    names: {prefix: L, digits: 1}
    conditions: {communication: {latency_median_ms: 4000}}
  - name: nightly
    count: 1
    names: {prefix: N, digits: 1}
    conditions: {communication: {windows: ["22:00-02:00"]}}
  - name: hourly
    count: 2
    names: {prefix: H, digits: 1}
    conditions: {communication: {collect_every_min: 60}}
"""

MORNING = ("2026-03-02T00:00:00Z", "2026-03-02T12:00:00Z")


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    file = tmp_path / "fleet.yaml"
    file.write_text(FLEET, "utf-8")
    return file


def test_a_silent_meter_among_others_is_an_error_beside_the_rest(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        reply = head_end.read("G0", "S1", "L0")
        assert (reply.result, reply.codes) == ("PARTIAL", ["4.1", "0.2"])
        assert meters(reply) == ["G0", "L0"]
        assert reply.errors[0].object_id == head_end.head_end.fleet.meter(3).mrid
        assert reply.errors[0].details == "S1 gave no answer within 21 s"


def test_where_no_meter_answers_the_read_has_failed(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        reply = head_end.read("S0", "S1")
        assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", ["4.1", "4.1"], False)


def test_a_failed_read_may_be_a_typed_fault(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet, error_style="fault") as head_end:
        assert head_end.read("S0").codes == ["4.1"]


def test_a_meter_is_reached_inside_its_window_only(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        assert head_end.read("N0").codes == ["4.1"]
        head_end.clock.advance(NIGHT - NOON)
        assert head_end.read("N0").result == "OK"


def test_what_was_collected_is_read_though_the_meter_is_silent(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        reply = head_end.read("S0", reading_types=[ENERGY], period=("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"))
        assert (reply.result, meters(reply)) == ("OK", ["S0"])


# What was not collected yet


def test_values_that_were_not_collected_yet_are_missing_and_the_reply_names_the_span(
    tmp_path: Path, fleet: Path
) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        reply = head_end.read("G0", "N0", reading_types=[LOAD_PROFILE], period=MORNING)
        assert (reply.result, reply.codes) == ("PARTIAL", ["5.7", "0.2"])
        assert "meter N0 lacks values: from 2026-03-02T01:45:00+00:00 to 2026-03-02T12:00" in reply.errors[0].details
        found = [reading.stamp for reading in intervals(reply)]
        assert len(found) == 48 + 7  # those of 2:00 are stamped when the window has closed
        assert max(found[48:]).hour == 1


def test_when_time_has_moved_on_they_are_there(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        head_end.clock.advance(NIGHT - NOON)
        reply = head_end.read("N0", reading_types=[LOAD_PROFILE], period=MORNING)
        assert (reply.result, len(intervals(reply))) == ("OK", 48)


def test_what_comes_late_has_the_value_that_it_always_had(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        early = intervals(head_end.read("H0", "H1", reading_types=[LOAD_PROFILE], period=MORNING))
        head_end.advance(hours=1)
        late = intervals(head_end.read("H0", "H1", reading_types=[LOAD_PROFILE], period=MORNING))
        assert set(early) < set(late)
        assert len(late) == 2 * 48


def test_a_meter_that_delivered_nothing_yet_is_an_error_and_no_failure(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        reply = head_end.read(
            "N0", reading_types=[LOAD_PROFILE], period=("2026-03-02T06:00:00Z", "2026-03-02T12:00:00Z")
        )
        assert (reply.result, reply.codes, intervals(reply)) == ("PARTIAL", ["5.7", "0.2"], [])


def test_registers_of_midnight_are_collected_like_everything_else(tmp_path: Path, fleet: Path) -> None:
    with in_process(tmp_path, NOON, fleet=fleet) as head_end:
        period = ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z")
        reply = head_end.read("N0", reading_types=[ENERGY], period=period)
        assert (reply.result, len(registers(reply))) == ("OK", 1)  # midnight lies in the window


# How long it takes


@pytest.mark.parametrize(
    ("named", "clock", "slept"),
    [
        (["G0", "G1"], "real", []),
        (["G0", "L0", "L1"], "real", [4.0]),
        (["G0", "L0", "S0"], "real", [21.0]),
        (["S0"], "real", [21.0]),
        (["G0", "S0"], "x60", [0.35]),
        (["G0", "S0"], "stepped@2026-03-02T12:00:00Z", []),
    ],
)
def test_the_reply_comes_when_all_meters_have_answered_or_were_given_up(
    tmp_path: Path, fleet: Path, named: list[str], clock: str, slept: list[float]
) -> None:
    seconds: list[float] = []
    with in_process(tmp_path, NOON, seconds.append, fleet=fleet, clock=clock) as head_end:
        head_end.read(*named)
    assert seconds == slept


def test_who_takes_longer_than_the_sync_wait_counts_as_silent(tmp_path: Path, fleet: Path) -> None:
    seconds: list[float] = []
    with in_process(tmp_path, NOON, seconds.append, fleet=fleet, sync_wait_s=3) as head_end:
        reply = head_end.read("G0", "L0", "S0")
        assert (meters(reply), reply.codes) == (["G0"], ["4.1", "4.1", "0.2"])
        assert [error.details.partition(" gave ")[2] for error in reply.errors[:2]] == ["no answer within 3 s"] * 2
    assert seconds == [3.0]


def test_while_a_read_waits_others_may_write(tmp_path: Path, fleet: Path) -> None:
    during: list[str | None] = []

    def disconnect_meanwhile(_seconds: float) -> None:
        during.append(head_end.disconnect("G1").result)

    with in_process(tmp_path, NOON, disconnect_meanwhile, fleet=fleet) as head_end:
        head_end.read("L0")
    assert during == ["OK"]


# A whole town


def test_in_a_realistic_fleet_nearly_all_meters_answer(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, meters=1_000, conditions="realistic") as head_end:
        reply = head_end.read()
        assert reply.result == "PARTIAL"
        assert 960 <= len(meters(reply)) < 1_000
        assert set(reply.codes) == {"4.1", "0.2"}


def test_the_same_read_at_the_same_instant_gets_the_same_bytes(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, meters=300, conditions="realistic") as head_end:
        assert head_end.read().raw == head_end.read().raw
