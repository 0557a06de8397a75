"""Request/ID: objects named beside the Get profile, which wins where it names any (61968-100:2013, Message.xsd)."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events, intervals, meters, registers
from tests.support.soap_requests import LOAD_PROFILE, request_id

pytestmark = pytest.mark.clause("61968-100:2013, Message.xsd")

METER = "M00000003"
HOUR = ("2026-02-28T10:00:00Z", "2026-02-28T11:00:00Z")


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """Meters 1 and 2 were disconnected."""
    with in_process(tmp_path_factory.mktemp("eventful"), NOON) as opened:
        opened.disconnect("M00000001", "M00000002")
        opened.advance(hours=1)
        yield opened


# Readings.


def test_an_id_names_a_meter_by_its_name(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(request=request_id(METER))
    assert (reply.result, meters(reply)) == ("OK", [METER])


def test_an_id_names_a_meter_by_its_mrid(quiet_head_end: InProcessHeadEnd) -> None:
    assert meters(quiet_head_end.read(request=request_id(quiet_head_end.head_end.fleet.meter(3).mrid))) == [METER]


def test_an_id_names_a_usage_point(quiet_head_end: InProcessHeadEnd) -> None:
    assert meters(quiet_head_end.read(request=request_id("UP00000003"))) == [METER]


def test_an_id_names_a_group(quiet_head_end: InProcessHeadEnd) -> None:
    tank = "<TransformerTank><Names><name>T00000001</name></Names></TransformerTank>"
    by_profile = quiet_head_end.read(profile=tank)
    assert meters(quiet_head_end.read(request=request_id("T00000001"))) == meters(by_profile) != []


def test_what_the_profile_asks_of_the_meters_stays(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(
        reading_types=[LOAD_PROFILE], period=HOUR, request=request_id(METER) + request_id("M00000005")
    )
    assert (meters(reply), len(intervals(reply)), registers(reply)) == ([METER, "M00000005"], 8, [])


def test_a_target_of_the_profile_wins_over_ids(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(METER, request=request_id("M00000005") + request_id("nobody"))
    assert (reply.result, meters(reply)) == ("OK", [METER])


def test_ids_that_name_nothing_are_no_request_for_every_meter(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(request=request_id("nobody"))
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("FAILED", ["2.15"], "nobody")
    assert reply.said == "Request/ID 'nobody' names no meter, usage point or group here"


def test_an_unknown_id_among_known_ones_gives_partial(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(request=request_id("nobody") + request_id(METER))
    assert (reply.result, reply.codes, meters(reply)) == ("PARTIAL", ["2.15", "0.2"], [METER])


def test_an_empty_id_names_nothing(quiet_head_end: InProcessHeadEnd) -> None:
    assert quiet_head_end.read(request=request_id("")).codes == ["2.15"]


# Events.


def test_an_id_names_an_event_by_its_mrid(eventful: InProcessHeadEnd) -> None:
    wanted = events(eventful.events())[1]
    assert events(eventful.events(request=request_id(wanted.mrid))) == [wanted]


def test_an_id_names_the_meter_of_events(eventful: InProcessHeadEnd) -> None:
    reply = eventful.events(request=request_id("M00000002"))
    assert [event.meter for event in events(reply)] == ["M00000002"]


def test_meters_and_events_named_together_must_agree(eventful: InProcessHeadEnd) -> None:
    first, second = events(eventful.events())
    reply = eventful.events(request=request_id(first.meter) + request_id(first.mrid) + request_id(second.mrid))
    assert (reply.result, reply.codes, events(reply)) == ("PARTIAL", ["2.15", "0.2"], [first])


def test_an_event_that_is_not_there_is_an_error_beside_the_others(eventful: InProcessHeadEnd) -> None:
    wanted = events(eventful.events())[0]
    reply = eventful.events(request=request_id("no-event") + request_id(wanted.mrid))
    assert (reply.result, reply.codes, events(reply)) == ("PARTIAL", ["2.15", "0.2"], [wanted])
    assert reply.errors[0].object_id == "no-event"


def test_ids_that_name_nothing_are_no_request_for_all_events(eventful: InProcessHeadEnd) -> None:
    reply = eventful.events(request=request_id("nobody"))
    assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", ["2.15"], False)


@pytest.mark.parametrize("profile", ["<Meter><Names><name>M00000001</name></Names></Meter>", "<EndDeviceEvent/>"])
def test_a_profile_that_names_meters_or_events_wins_over_ids(eventful: InProcessHeadEnd, profile: str) -> None:
    alone = eventful.events(profile=profile)
    assert events(eventful.events(profile=profile, request=request_id("M00000005"))) == events(alone) != []
