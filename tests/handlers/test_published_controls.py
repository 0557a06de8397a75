"""Subscribers are told of controls: created, changed, canceled, closed and deleted (61968-9:2013, clause 5.4)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Answer, Receiver, fault, receiver
from tests.support.controls import ToldControls, told_controls
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.patience import eventually
from tests.support.settled import advance_when_settled, settle_after
from tests.support.soap_requests import DISCONNECT, control

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.4")

METER, OTHER = "M00000005", "M00000006"
LOAD_EVENT = "3.15.43.300"


@pytest.fixture
def subscriber() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def publishing(tmp_path: Path, subscriber: Receiver) -> Iterator[InProcessHeadEnd]:
    """A head end that tells the subscriber of controls, in the background as in earnest."""
    told = ({"url": subscriber.url, "noun": "EndDeviceControls"},)
    with in_process(tmp_path, NOON, subscriptions=told) as opened:
        opened.head_end.start()
        yield opened


def received(subscriber: Receiver, count: int) -> list[ToldControls]:
    """What has arrived, once it is as many messages."""
    eventually(lambda: len(subscriber.received) >= count, f"{count} messages arrive")
    return [told_controls(one.body) for one in subscriber.received]


def in_short(told: ToldControls) -> tuple[str, str, dict[str, str]]:
    """Verb, time of day, and the state at each device; of the only control."""
    (one,) = told.controls
    return told.verb, told.timestamp[11:16], one.devices


def for_two(mrid: str = "c", *meters: str, code: str = DISCONNECT, start: str = "14:00", more: str = "") -> str:
    interval = f"<interval><start>2026-03-02T{start}:00Z</start></interval>"
    timing = f"<primaryDeviceTiming>{more}{interval}</primaryDeviceTiming>"
    return control(*meters or (METER,), code=code, before=f"<mRID>{mrid}</mRID>", after=timing)


def test_a_control_is_told_when_it_is_accepted_and_when_it_is_done(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    publishing.control(controls=for_two("c", METER, OTHER), fields={"CorrelationID": "x-1"})
    advance_when_settled(publishing, hours=2)
    created, changed = received(subscriber, 2)
    assert in_short(created) == ("created", "12:00", {METER: "scheduled", OTHER: "scheduled"})
    assert in_short(changed) == ("changed", "14:00", {METER: "done", OTHER: "done"})
    assert changed.controls[0].events == {METER: "3.31.0.68", OTHER: "3.31.0.68"}
    assert (created.correlation_id, changed.correlation_id) == ("x-1", "x-1")


def test_a_control_for_now_is_created_and_done_in_the_same_instant(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    publishing.disconnect(METER)
    created, changed = received(subscriber, 2)
    assert in_short(created) == ("created", "12:00", {METER: "accepted"})
    assert in_short(changed) == ("changed", "12:00", {METER: "done"})


def test_the_payload_is_the_control_as_its_client_wrote_it(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    part = "<PanDisplay><priority>high</priority><textMessage>Peak &amp; more</textMessage></PanDisplay>"
    before = f"<mRID>c</mRID><issuerID>CIS</issuerID><issuerTrackingID>T-1</issuerTrackingID><reason>DR</reason>{part}"
    publishing.control(controls=control(METER, code="0.13.112.77", before=before))
    (told, *_) = received(subscriber, 1)
    (one,) = told.controls
    assert (one.mrid, one.type, one.text("PanDisplay/textMessage")) == ("c", "0.13.112.77", "Peak & more")
    assert [one.text(name) for name in ("issuerID", "issuerTrackingID", "reason")] == ["CIS", "T-1", "DR"]


def test_all_controls_of_a_request_are_told_in_one_message(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.control(controls=for_two("a") + for_two("b", OTHER))
    (created,) = received(subscriber, 1)
    assert [one.mrid for one in created.controls] == ["a", "b"]


def test_a_load_event_is_told_at_its_start_and_at_its_end(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.control(controls=for_two("c", code=LOAD_EVENT, more="<duration>15</duration>"))
    advance_when_settled(publishing, hours=3)
    told = [in_short(one) for one in received(subscriber, 3)]
    assert told == [
        ("created", "12:00", {METER: "scheduled"}),
        ("changed", "14:00", {METER: "started"}),
        ("changed", "14:15", {METER: "done"}),
    ]


def test_what_is_cancelled_is_told_now_and_nothing_later(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    publishing.control(controls=for_two("c", METER, OTHER), fields={"CorrelationID": "x-1"})
    advance_when_settled(publishing, hours=1)
    publishing.change_control("cancel", controls=control(OTHER, before="<mRID>c</mRID>"))
    received(subscriber, 2)
    advance_when_settled(publishing, hours=2)
    told = received(subscriber, 3)
    assert [in_short(one) for one in told[1:]] == [
        ("canceled", "13:00", {OTHER: "cancelled"}),
        ("changed", "14:00", {METER: "done"}),
    ]
    assert {one.correlation_id for one in told} == {"x-1"}


def test_what_is_changed_is_told_now_and_again_in_its_new_time(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    publishing.control(controls=for_two())
    publishing.change_control("change", controls=for_two(start="16:00"))
    advance_when_settled(publishing, hours=5)
    _, changed, done = received(subscriber, 3)
    assert in_short(changed) == ("changed", "12:00", {METER: "scheduled"})
    assert changed.controls[0].text("primaryDeviceTiming/interval/start") == "2026-03-02T16:00:00Z"
    assert in_short(done) == ("changed", "16:00", {METER: "done"})


def test_what_another_command_does_to_a_scheduled_one_changes_what_is_told(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    publishing.control(controls=for_two("c"))
    publishing.control(METER, code="3.31.0.22")  # the switch is disabled
    advance_when_settled(publishing, hours=3)
    told = [in_short(one) for one in received(subscriber, 4)]
    assert told[-1] == ("changed", "14:00", {METER: "failed"})
    assert len(subscriber.received) == 4


def test_a_load_event_that_makes_way_for_a_newer_one_is_told_as_cancelled(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    publishing.control(controls=for_two("old", code=LOAD_EVENT, more="<duration>15</duration>"))
    received(subscriber, 1)
    publishing.control(controls=for_two("new", code=LOAD_EVENT, more="<duration>30</duration>"))
    told = received(subscriber, 3)
    assert {(one.verb, one.controls[0].mrid, one.controls[0].devices[METER]) for one in told} == {
        ("created", "old", "scheduled"),
        ("changed", "old", "cancelled"),
        ("created", "new", "scheduled"),
    }


def test_closing_and_deleting_are_told_with_what_came_of_the_control(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    publishing.control(controls=control(METER, before="<mRID>c</mRID>"))
    publishing.change_control("close", "c")
    publishing.change_control("delete", "c")
    told = [in_short(one) for one in received(subscriber, 4)]
    assert told[2:] == [("closed", "12:00", {METER: "done"}), ("deleted", "12:00", {METER: "done"})]


def test_a_message_is_repeated_byte_for_byte_also_after_its_control_was_deleted(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    subscriber.answers.append(Answer(500, fault("soap:Server", "not now")))
    publishing.control(controls=control(METER, before="<mRID>c</mRID>"))
    received(subscriber, 1)
    publishing.change_control("delete", "c")

    settle_after(publishing, minutes=1)
    first, again, *_ = subscriber.received
    assert again.body == first.body


def test_many_devices_are_told_in_several_messages(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    names = [f"M{number:08d}" for number in range(1_000)]
    timing = "<primaryDeviceTiming><interval><start>2026-03-02T14:00:00Z</start></interval></primaryDeviceTiming>"
    both = control(*names, before="<mRID>a</mRID>", after=timing) + control(
        METER, before="<mRID>b</mRID>", after=timing
    )
    publishing.control(controls=both)
    told = received(subscriber, 2)
    assert [[(one.mrid, len(one.devices)) for one in each.controls] for each in told] == [[("a", 1_000)], [("b", 1)]]
    assert told[0].message_id != told[1].message_id
