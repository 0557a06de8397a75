"""ECITP 2.07, meter tamper detection: the event arrives with its type, its time and its meter, and until it does it is
sent again.
"""

from datetime import datetime, timedelta

import pytest

from tests.procedures.bench import NOON, Bench
from tests.support.readings import EventSeen, events
from tests.support.service_requests import service_requests, work
from tests.support.soap_requests import created_end_device_events

TAMPER, TILTED = "3.12.0.257", "3.12.0.263"
LOST, RESTORED = "3.26.0.85", "3.26.0.216"
REGISTERING, REGISTERED = "3.6.5.34", "3.6.5.58"
START = datetime.fromisoformat(NOON)
METER = "M00000077"
POINT = "UP00000077"


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The fake MDM subscribes to events."""
    bench.subscribe("EndDeviceEvents")
    return bench


def told(bench: Bench) -> list[EventSeen]:
    """All events that were accepted, in the order in which they came."""
    return [one for message in bench.arrived() for one in events(message)]


def tamper(bench: Bench) -> None:
    bench.control.send_events("*.12.0.257", [METER])


def workman(bench: Bench, what: str, correlation_id: str) -> None:
    """Somebody removes the meter, or installs it again."""
    done = work("meter", None, METER) if what == "removes" else work("meter", METER, point=POINT)
    fields = {"Source": "CIS", "CorrelationID": correlation_id}
    reply = bench.head_end.post("ExecuteMeterServiceRequests", service_requests("create", done, fields=fields))
    assert reply.result == "OK", reply.said


@pytest.mark.step("2.07", 1, 2)
def test_a_tamper_event_is_told_with_its_type_time_and_meter(bench: Bench) -> None:
    bench.advance(hours=3)
    at = bench.now
    tamper(bench)
    bench.advance(minutes=1)
    (message,) = bench.arrived()
    assert message.gist == ("created", "EndDeviceEvents", None)
    (event,) = events(message)
    assert (event.type, event.created, event.meter, event.reason) == (TAMPER, at, METER, "tamper")
    assert message.payload.findtext(".//{*}Assets/{*}mRID") == bench.control.meter(METER)["mRID"]
    assert message.sent == at, "it does not wait"
    (listed,) = events(bench.head_end.events(METER))
    assert listed == event, "the head end keeps what it has told"


@pytest.mark.step("2.07", 2)
def test_several_of_them_share_a_message_or_not_and_none_is_lost(bench: Bench) -> None:
    meters = [f"M{number:08}" for number in range(20, 25)]
    bench.control.send_events("*.12.0.257", meters)
    bench.control.send_events("*.12.0.257", [METER])
    bench.settle()
    assert [one.meter for one in told(bench)] == [*meters, METER]
    assert {one.type for one in told(bench)} == {TAMPER}


@pytest.mark.step("2.07", 2)
def test_an_event_that_names_no_type_is_not_taken_from_another_system(bench: Bench) -> None:
    """The sample of the procedure has only a reason, although the schema wants a type. None leaves us without one."""
    untyped = (
        f"<EndDeviceEvent><createdDateTime>{NOON}</createdDateTime><reason>tamper</reason>"
        f"<Assets><Names><name>{METER}</name></Names></Assets></EndDeviceEvent>"
    )
    reply = bench.head_end.post("ReceiveEndDeviceEvents", created_end_device_events(untyped))
    assert reply.result == "FAILED"
    assert "EndDeviceEventType" in reply.said
    assert "(line 1)" in reply.said
    assert events(bench.head_end.events(METER)) == []


@pytest.mark.step("2.07", 2)
@pytest.mark.step("2.08", 1)
def test_it_is_repeated_until_it_is_confirmed(bench: Bench) -> None:
    for answer in ("failed:5.1", "http:503", "drop"):
        bench.mdm.told(answer, times=1)
    tamper(bench)
    came = bench.eventually_came(4)
    assert [one.outcome for one in came] == ["declined"] * 3 + ["accepted"]
    assert len({one.envelope for one in came}) == 1, "it is the same message each time"


@pytest.mark.step("2.07", 2, 4)
@pytest.mark.step("2.08", 1)
def test_it_is_not_forgotten_when_the_meter_is_removed_and_installed_again_meanwhile(bench: Bench) -> None:
    bench.mdm.told("failed:5.1", times=2)
    tamper(bench)
    workman(bench, "removes", "away")
    workman(bench, "installs", "back")
    bench.eventually_came(3)
    assert [one.type for one in told(bench)] == [TAMPER, REGISTERING, REGISTERED]


@pytest.mark.step("2.08", 1)
def test_one_that_nobody_confirms_stays_and_can_be_sent_again(bench: Bench) -> None:
    bench.mdm.told("failed:5.1", times=5)
    tamper(bench)
    bench.eventually_came(5)
    (given_up,) = bench.control.deliveries("dead")
    assert given_up["attempts"] == 5
    assert [one.type for one in events(bench.head_end.events(METER))] == [TAMPER]
    bench.control.retry_delivery(given_up["id"])
    bench.eventually_came(6)
    assert [one.type for one in told(bench)] == [TAMPER]


@pytest.mark.step("2.07", 1, 4)
def test_it_is_kept_for_45_days(bench: Bench) -> None:
    tamper(bench)
    bench.advance(days=45)
    assert [(one.type, one.created) for one in events(bench.head_end.events(METER))] == [(TAMPER, START)]


@pytest.mark.step("2.07", 4)
def test_removal_and_installation_are_told_apart_from_outage_and_tamper(bench: Bench) -> None:
    """No event of Annex E says that a meter was removed. The head end tells it by the work and by the link that ends;
    what the meter itself notices is that it is tilted. That it is back is an event of its own.
    """
    bench.subscribe("MeterServiceRequests")
    bench.subscribe("MasterDataLinkageConfig")
    bench.control.send_events("*.12.0.263", [METER])
    workman(bench, "removes", "away")
    outage = bench.control.start_outage("S00000000", duration=timedelta(minutes=10))
    bench.advance(hours=1)
    gone = bench.arrived(meter=METER)
    assert [one.type for message in gone if message.gist[1] == "EndDeviceEvents" for one in events(message)] == [TILTED]
    assert {one.gist for one in gone[1:]} >= {("changed", "MeterServiceRequests", "away")}
    assert ("closed", "MasterDataLinkageConfig", "away") in bench.gists()
    (changed,) = bench.arrived(meter=METER, verb="changed")
    assert [one.text for one in changed.payload.iter("{*}reason")] == ["removal"]
    assert outage["node"]["meters"] == 200
    assert {METER} & {one.meter for one in told_of(bench, LOST) + told_of(bench, RESTORED)} == set()
    assert len(told_of(bench, LOST)) == len(told_of(bench, RESTORED)) == 199

    workman(bench, "installs", "back")
    bench.settle()
    back = [message for message in bench.arrived(noun="EndDeviceEvents") if message.correlation_id == "back"]
    assert [one.type for message in back for one in events(message)] == [REGISTERING, REGISTERED]
    assert len({TAMPER, TILTED, LOST, RESTORED, REGISTERING, REGISTERED}) == 6


def told_of(bench: Bench, event: str) -> list[EventSeen]:
    return [one for message in bench.arrived(event=event) for one in events(message) if one.type == event]
