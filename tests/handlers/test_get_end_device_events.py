"""Asking for events (61968-9:2013, clause 5.2)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events
from tests.support.reply import Reply
from tests.support.soap_requests import CONNECTED, DISCONNECTED, control

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.2")


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """At 12:00 meter 1 is disconnected, at 13:00 meter 2, at 14:00 meter 1 is connected; it is 15:00."""
    with in_process(tmp_path_factory.mktemp("eventful"), NOON) as opened:
        opened.control(controls=control("M00000001", before="<issuerTrackingID>T-1</issuerTrackingID>"))
        opened.advance(hours=1)
        opened.control(controls=control("M00000002", before="<issuerID>CIS</issuerID><reason>debt</reason>"))
        opened.advance(hours=1)
        opened.connect("M00000001")
        opened.advance(hours=1)
        yield opened


def seen(reply: Reply) -> list[tuple[int, str]]:
    """Hour and meter number of each event."""
    assert reply.result == "OK", reply.said
    return [(event.created.hour, event.meter[-1]) for event in events(reply)]


FIRST, SECOND, THIRD = (12, "1"), (13, "2"), (14, "1")


def test_no_selection_means_all_events_oldest_first(eventful: InProcessHeadEnd) -> None:
    assert seen(eventful.events()) == [FIRST, SECOND, THIRD]


def test_events_are_selected_by_meter(eventful: InProcessHeadEnd) -> None:
    assert seen(eventful.events("M00000001")) == [FIRST, THIRD]


def test_several_meters_are_a_union(eventful: InProcessHeadEnd) -> None:
    assert seen(eventful.events("M00000002", "M00000001")) == [FIRST, SECOND, THIRD]


def test_a_meter_without_events_has_none(eventful: InProcessHeadEnd) -> None:
    assert seen(eventful.events("M00000009")) == []


def test_events_are_selected_by_usage_point(eventful: InProcessHeadEnd) -> None:
    profile = "<UsagePoint><Names><name>UP00000002</name></Names></UsagePoint>"
    assert seen(eventful.events(profile=profile)) == [SECOND]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z", [FIRST, SECOND]),
        ("2026-03-02T12:00:01Z", "2026-03-02T13:59:59Z", [SECOND]),
        ("2026-03-02T14:00:00+01:00", "2026-03-02T15:00:00+01:00", [SECOND, THIRD]),
        ("2026-03-02T14:00:01Z", "2026-03-02T15:00:00Z", []),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", [FIRST, SECOND, THIRD]),
    ],
    ids=["both ends belong to it", "just inside", "with an offset", "nothing in it", "all of time"],
)
def test_events_are_selected_by_period(
    eventful: InProcessHeadEnd, start: str, end: str, expected: list[tuple[int, str]]
) -> None:
    assert seen(eventful.events(period=(start, end))) == expected


def schedule(start: str, end: str) -> str:
    return f"<TimeSchedule><scheduleInterval><end>{end}</end><start>{start}</start></scheduleInterval></TimeSchedule>"


def test_several_periods_are_a_union(eventful: InProcessHeadEnd) -> None:
    first = schedule("2026-03-02T11:59:00Z", "2026-03-02T12:01:00Z")
    third = schedule("2026-03-02T13:59:00Z", "2026-03-02T14:01:00Z")
    assert seen(eventful.events(profile=third + first)) == [FIRST, THIRD]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (DISCONNECTED, [FIRST, SECOND]),
        (CONNECTED, [THIRD]),
        ("3.31.0.0", [FIRST, SECOND, THIRD]),
        ("0.0.0.68", [FIRST, SECOND]),
        ("*.31.*.42", [THIRD]),
        ("3.26.0.85", []),
    ],
)
def test_events_are_selected_by_type_and_zero_or_star_is_any(
    eventful: InProcessHeadEnd, code: str, expected: list[tuple[int, str]]
) -> None:
    profile = f"<EndDeviceEventType><mRID>{code}</mRID></EndDeviceEventType>"
    assert seen(eventful.events(profile=profile)) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("<issuerTrackingID>T-1</issuerTrackingID>", [FIRST]),
        ("<issuerID>CIS</issuerID>", [SECOND]),
        ("<reason>debt</reason>", [SECOND]),
        ("<issuerID>CIS</issuerID><reason>move</reason>", []),
    ],
)
def test_events_are_selected_by_who_caused_them_and_why(
    eventful: InProcessHeadEnd, parts: str, expected: list[tuple[int, str]]
) -> None:
    assert seen(eventful.events(profile=f"<EndDeviceEvent>{parts}</EndDeviceEvent>")) == expected


def test_an_event_is_selected_by_its_mrid(eventful: InProcessHeadEnd) -> None:
    mrid = events(eventful.events())[1].mrid
    assert seen(eventful.events(profile=f"<EndDeviceEvent><mRID>{mrid}</mRID></EndDeviceEvent>")) == [SECOND]


def test_different_filters_must_all_agree(eventful: InProcessHeadEnd) -> None:
    event_type = f"<EndDeviceEventType><mRID>{DISCONNECTED}</mRID></EndDeviceEventType>"
    meter = "<Meter><Names><name>M00000001</name></Names></Meter>"
    assert seen(eventful.events(profile=event_type + meter)) == [FIRST]


def test_all_meters_are_of_the_service_category_electricity(eventful: InProcessHeadEnd) -> None:
    assert len(seen(eventful.events(profile="<ServiceCategory><kind>electricity</kind></ServiceCategory>"))) == 3
    assert seen(eventful.events(profile="<ServiceCategory><kind>gas</kind></ServiceCategory>")) == []


UNKNOWN = {
    "Customer": "2.22",
    "CustomerAccount": "2.19",
    "CustomerAgreement": "2.24",
    "EndDeviceGroup": "2.15",
    "Meter": "2.4",
    "ServiceCategory": "2.31",
    "ServiceLocation": "2.16",
    "UsagePoint": "2.12",
    "UsagePointGroup": "2.15",
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_a_selection_by_nothing_that_is_known_fails_with_the_code_of_its_kind(
    eventful: InProcessHeadEnd, kind: str
) -> None:
    reply = eventful.events(profile=f"<{kind}><mRID>x</mRID></{kind}>")
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("FAILED", [UNKNOWN[kind]], "x")


def test_an_unknown_meter_among_known_ones_gives_partial(eventful: InProcessHeadEnd) -> None:
    reply = eventful.events("M00000002", "nobody")
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.4", "0.2"])
    assert [event.meter for event in events(reply)] == ["M00000002"]


def test_an_event_type_that_is_none_is_refused(eventful: InProcessHeadEnd) -> None:
    reply = eventful.events(profile="<EndDeviceEventType><mRID>disconnect</mRID></EndDeviceEventType>")
    assert (reply.result, reply.codes) == ("FAILED", ["1.8"])
    assert "an event type is four numbers such as 3.31.0.68" in reply.said


def test_what_lies_in_the_future_has_not_happened(eventful: InProcessHeadEnd) -> None:
    future = (NOON + timedelta(days=1)).isoformat()
    assert seen(eventful.events(period=(future, (NOON + timedelta(days=2)).isoformat()))) == []


@pytest.mark.parametrize("ask", ["events", "controls"])
def test_the_same_question_with_another_answer_gets_another_message_id(head_end: InProcessHeadEnd, ask: str) -> None:
    """On a clock that stands: else a client that drops repeats would drop what happened in between."""
    question: Callable[[], Reply] = getattr(head_end, ask)
    before, again = question(), question()
    head_end.disconnect("M00000001")
    after = question()
    assert before.header == again.header
    assert after.header["MessageID"] != before.header["MessageID"]
    assert after.header["Timestamp"] == before.header["Timestamp"]
