"""Controls that take time or are for the customer's devices, on the wire (61968-9:2013, clause 5.4)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Receiver, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.patience import eventually
from tests.support.readings import EventSeen, events
from tests.support.settled import advance_when_settled
from tests.support.soap_requests import DISCONNECT, control

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.4")

METER = "M00000005"
AT_TWO = "<interval><start>2026-03-02T14:00:00Z</start></interval>"
LATER = f"<primaryDeviceTiming>{AT_TWO}</primaryDeviceTiming>"
ARM, CONNECT = "3.31.0.5", "3.31.0.18"
TEXT, LOAD_EVENT, PRICE = "3.13.112.77", "3.15.43.300", "3.20.9.82"


def told(head_end: InProcessHeadEnd) -> list[tuple[str, str]]:
    """Time of day and type of the meter's events, oldest first."""
    return [(f"{event.created:%H:%M}", event.type) for event in events(head_end.events(METER))]


def test_a_control_for_later_is_ok_and_says_that_results_follow(head_end: InProcessHeadEnd) -> None:
    reply = head_end.control(controls=control(METER, after=LATER))
    assert (reply.result, reply.codes, len(reply.ids)) == ("OK", ["0.3"], 1)
    assert "the results of 1 devices follow as EndDeviceEvents" in reply.said
    assert told(head_end) == []
    head_end.advance(hours=2)
    assert told(head_end) == [("14:00", "3.31.0.68")]


def test_the_contactor_of_an_armed_switch_is_armed_and_then_closed(head_end: InProcessHeadEnd) -> None:
    head_end.disconnect(METER)
    assert head_end.control(METER, code=ARM).codes == []
    head_end.advance(minutes=1)
    assert [event.details["contactorPosition"] for event in events(head_end.events(METER))] == [
        "Opened",
        "Armed",
        "Closed",
    ]


def test_a_text_is_shown_and_confirmed(head_end: InProcessHeadEnd) -> None:
    display = (
        "<PanDisplay><confirmationRequired>true</confirmationRequired><duration>30</duration>"
        "<startDateTime>2026-03-02T13:00:00Z</startDateTime><textMessage>Peak at six</textMessage></PanDisplay>"
    )
    reply = head_end.control(controls=pan_control(display, TEXT))
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    head_end.advance(hours=2)
    assert told(head_end) == [("13:00", "3.13.112.58"), ("13:01", "3.13.112.3")]


def pan_control(part: str, code: str, after: str = "") -> str:
    """An EndDeviceControl with one of the parts for the customer's devices, which stands before the type."""
    return control(METER, code=code, before=part, after=after)


def test_a_load_control_event_is_created_started_and_stopped(head_end: InProcessHeadEnd) -> None:
    part = "<PanDemandResponse><duration>15</duration><dutyCycle>50</dutyCycle>"
    part += "<startDateTime>2026-03-02T13:00:00Z</startDateTime></PanDemandResponse>"
    assert head_end.control(controls=pan_control(part, LOAD_EVENT)).codes == []
    head_end.advance(hours=2)
    assert told(head_end) == [("12:00", "3.15.43.83"), ("13:00", "3.15.17.242"), ("13:15", "3.15.17.243")]


def test_a_price_is_created_at_every_device(head_end: InProcessHeadEnd) -> None:
    part = "<PanPricing><PanPricingDetails><price>0.31</price><priceTier>2</priceTier></PanPricingDetails></PanPricing>"
    assert head_end.control(controls=pan_control(part, PRICE)).result == "OK"
    assert told(head_end) == [("12:00", "3.20.9.83")]


def test_the_duration_of_the_timing_counts_where_no_part_has_one(head_end: InProcessHeadEnd) -> None:
    timing = "<primaryDeviceTiming><duration>15</duration></primaryDeviceTiming>"
    head_end.control(controls=control(METER, code="3.15.0.54", after=timing))
    head_end.advance(hours=1)
    assert told(head_end) == [("12:00", "3.15.17.242"), ("12:15", "3.15.17.243")]


def test_a_duration_without_end_has_none(head_end: InProcessHeadEnd) -> None:
    timing = "<primaryDeviceTiming><duration>15</duration><durationIndefinite>true</durationIndefinite>"
    head_end.control(controls=control(METER, code="3.15.0.54", after=timing + "</primaryDeviceTiming>"))
    head_end.advance(hours=1)
    assert told(head_end) == [("12:00", "3.15.17.242")]


@pytest.mark.parametrize("minutes", ["-1", "NaN", "INF", "1e9"])
def test_a_duration_that_is_none_is_refused(head_end: InProcessHeadEnd, minutes: str) -> None:
    timing = f"<primaryDeviceTiming><duration>{minutes}</duration></primaryDeviceTiming>"
    reply = head_end.control(controls=control(METER, after=timing))
    assert (reply.result, reply.codes) == ("FAILED", ["1.8"])
    assert f"primaryDeviceTiming/duration (line 1): {minutes} is no duration" in reply.said
    assert told(head_end) == []


@pytest.fixture
def subscriber() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def test_what_lies_ahead_is_told_to_subscribers_in_its_time(tmp_path: Path, subscriber: Receiver) -> None:
    with in_process(tmp_path, NOON, subscriptions=({"url": subscriber.url},)) as opened:
        opened.head_end.start()
        opened.control(controls=control(METER, after=LATER))
        opened.control(controls=control("M00000006"))
        eventually(lambda: len(subscriber.received) == 1, "the first event arrives")
        advance_when_settled(opened, hours=2)
        eventually(lambda: len(subscriber.received) == 2, "the second event arrives")
        first, second = (got.body.decode() for got in subscriber.received)
        assert "M00000006" in first
        assert METER in second
        assert "2026-03-02T14:00:00" in second


def test_devices_that_take_their_time_answer_by_events(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, conditions="realistic") as opened:
        reply = opened.control(*(f"M{number:08d}" for number in range(200)), code=DISCONNECT)
        assert reply.codes[-2:] == ["0.3", "0.2"] or reply.codes == ["0.3"]
        assert answers(opened) == []
        opened.advance(minutes=3)
        answered = answers(opened)
        assert 150 < len(answered) <= 200
        assert len({event.created for event in answered}) > 10


def answers(head_end: InProcessHeadEnd) -> list[EventSeen]:
    """The events that tell of disconnects, done or failed; a realistic fleet has others besides."""
    return [event for event in events(head_end.events()) if event.type in ("3.31.0.68", "3.31.0.84")]


def test_a_thousand_meters_are_commanded_in_one_message(head_end: InProcessHeadEnd) -> None:
    names = [f"M{number:08d}" for number in range(1_000)]
    assert head_end.control(*names, code="3.8.0.214").result == "OK"
    assert len(events(head_end.events())) == 1_000
