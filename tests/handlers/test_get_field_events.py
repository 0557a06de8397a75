"""Events that nobody caused (61968-9:2013, clause 5.2): listed beside the stored ones, by the same filters."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from simulator.conditions import REALISTIC
from simulator.field_events import FieldEvents
from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import epoch_seconds
from simulator.spontaneous_events import spontaneous_events
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import EventSeen, events
from tests.support.reply import Reply

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.2")

METERS = 400
NOW = epoch_seconds(NOON)
DAY = 86_400


@pytest.fixture(scope="module")
def realistic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path_factory.mktemp("realistic"), NOON, meters=METERS, conditions="realistic") as opened:
        yield opened


def _expected(after: int, until: int, pattern: str = "0.0.0.0") -> list[tuple[datetime, str, str]]:
    """Instant, meter and type of what the simulator says and the head end has heard of."""
    fleet = Fleet(FleetSpec(METERS, conditions=REALISTIC))
    found = spontaneous_events(fleet, range(METERS), after, until).of_type(pattern)
    return _rows(found.where(found.heard <= NOW), fleet)


def _rows(found: FieldEvents, fleet: Fleet) -> list[tuple[datetime, str, str]]:
    names = [name.decode() for name in fleet.names(found.meters)]
    instants = [datetime.fromtimestamp(instant, UTC) for instant in found.instants.tolist()]
    return list(zip(instants, names, found.type_codes(), strict=True))


def _seen(reply: Reply) -> list[tuple[datetime, str, str]]:
    assert reply.result == "OK", reply.said
    return [(one.created.astimezone(UTC), one.meter, one.type) for one in events(reply)]


def _period(days: float) -> tuple[str, str]:
    return (NOON - timedelta(days=days)).isoformat(), NOON.isoformat()


def test_without_a_period_the_field_of_the_last_45_days_is_listed(realistic: InProcessHeadEnd) -> None:
    listed = _seen(realistic.events())
    assert listed == _expected(NOW - 45 * DAY - 1, NOW)
    assert len(listed) > 100


def test_a_period_lists_what_is_older(realistic: InProcessHeadEnd) -> None:
    listed = _seen(realistic.events(period=("2025-01-01T00:00:00Z", "2025-01-31T00:00:00Z")))
    first = epoch_seconds(datetime(2025, 1, 1, tzinfo=UTC))
    assert listed == _expected(first - 1, first + 30 * DAY)
    assert len(listed) > 100


def test_thousands_of_events_leave_as_a_stream_and_are_the_same(realistic: InProcessHeadEnd) -> None:
    listed = _seen(realistic.events(period=_period(400)))
    assert listed == _expected(NOW - 400 * DAY - 1, NOW)
    assert len(listed) > 2_000


def test_both_ends_of_a_period_belong_to_it(realistic: InProcessHeadEnd) -> None:
    first, *_, last = _expected(NOW - 45 * DAY, NOW)
    listed = _seen(realistic.events(period=(first[0].isoformat(), last[0].isoformat())))
    assert (listed[0], listed[-1]) == (first, last)


def test_periods_that_overlap_list_an_event_once(realistic: InProcessHeadEnd) -> None:
    start, middle, end = (NOON - timedelta(days=days) for days in (30, 20, 10))
    spans = [(start, middle + timedelta(days=1)), (middle, end), (start, middle)]
    profile = "".join(
        f"<TimeSchedule><scheduleInterval><end>{last.isoformat()}</end><start>{first.isoformat()}</start>"
        "</scheduleInterval></TimeSchedule>"
        for first, last in spans
    )
    assert _seen(realistic.events(profile=profile)) == _expected(NOW - 30 * DAY - 1, NOW - 10 * DAY)


@pytest.mark.parametrize(
    "named",
    ["<mRID>*.26.38.223</mRID>", "<Names><name>Power.Voltage.SagStarted</name></Names>"],
    ids=["by code", "by name"],
)
def test_events_of_the_field_are_selected_by_type(realistic: InProcessHeadEnd, named: str) -> None:
    listed = _seen(realistic.events(profile=f"<EndDeviceEventType>{named}</EndDeviceEventType>"))
    assert listed == _expected(NOW - 45 * DAY - 1, NOW, "0.26.38.223")
    assert listed


def test_a_type_that_is_none_is_answered_with_a_near_miss(realistic: InProcessHeadEnd) -> None:
    profile = "<EndDeviceEventType><Names><name>Power.Voltage.SagStartd</name></Names></EndDeviceEventType>"
    reply = realistic.events(profile=profile)
    assert reply.codes == ["1.8"]
    assert "did you mean Power.Voltage.SagStarted" in reply.said


def test_events_of_the_field_are_selected_by_meter(realistic: InProcessHeadEnd) -> None:
    meters = {meter for _, meter, _ in _expected(NOW - 45 * DAY - 1, NOW)}
    one = sorted(meters)[0]
    listed = _seen(realistic.events(one))
    assert listed == [row for row in _expected(NOW - 45 * DAY - 1, NOW) if row[1] == one]


@pytest.mark.parametrize(("part", "value"), [("severity", "alarm"), ("reason", "power quality")])
def test_events_of_the_field_are_selected_by_what_they_say(realistic: InProcessHeadEnd, part: str, value: str) -> None:
    some = _seen(realistic.events(profile=f"<EndDeviceEvent><{part}>{value}</{part}></EndDeviceEvent>"))
    everything = _seen(realistic.events())
    assert 0 < len(some) < len(everything)
    assert set(some) < set(everything)


def test_an_event_of_the_field_is_found_by_its_mrid_in_another_process(
    realistic: InProcessHeadEnd, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wanted: EventSeen = events(realistic.events())[7]
    with in_process(tmp_path_factory.mktemp("other"), NOON, meters=METERS, conditions="realistic") as other:
        found = events(other.events(profile=f"<EndDeviceEvent><mRID>{wanted.mrid}</mRID></EndDeviceEvent>"))
    assert found == [wanted]


def test_no_two_events_share_an_mrid(realistic: InProcessHeadEnd) -> None:
    mrids = [event.mrid for event in events(realistic.events(period=_period(400)))]
    assert len(mrids) == len(set(mrids))


def test_what_somebody_caused_stands_between_what_nobody_did(tmp_path_factory: pytest.TempPathFactory) -> None:
    start = NOON - timedelta(days=20)
    with in_process(tmp_path_factory.mktemp("mixed"), start, meters=METERS, conditions="realistic") as opened:
        opened.disconnect("M00000005")
        opened.advance(days=20)
        listed = _seen(opened.events())
    # A realistic switch takes its time to answer.
    caused = [row for row in listed if row[1:] == ("M00000005", "3.31.0.68")]
    assert len(caused) == 1
    assert start < caused[0][0] < start + timedelta(minutes=3)
    assert listed == sorted(listed, key=lambda row: row[0])
    assert [row for row in listed if row not in caused] == _expected(NOW - 45 * DAY - 1, NOW)


def test_the_field_goes_on_with_the_time(tmp_path_factory: pytest.TempPathFactory) -> None:
    start = NOON - timedelta(days=20)
    with in_process(tmp_path_factory.mktemp("later"), start, meters=METERS, conditions="realistic") as opened:
        before = _seen(opened.events(period=_period(45)))
        opened.advance(days=20)
        after = _seen(opened.events(period=_period(45)))
    assert before
    assert all(created <= start for created, _, _ in before)
    assert len(after) > len(before)


def test_an_ideal_fleet_lists_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    with in_process(tmp_path_factory.mktemp("ideal"), NOON, meters=METERS) as opened:
        assert _seen(opened.events(period=("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"))) == []


def test_more_than_a_million_events_are_refused_with_a_hint(tmp_path_factory: pytest.TempPathFactory) -> None:
    with in_process(tmp_path_factory.mktemp("vast"), NOON, meters=200_000, conditions="realistic") as opened:
        reply = opened.events(period=("2020-01-01T00:00:00Z", "2026-03-02T00:00:00Z"))
    assert reply.codes == ["3.1"]
    assert "ask for a shorter period" in reply.said
