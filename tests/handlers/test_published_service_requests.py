"""Subscribers, and whoever asked, are told of works and of their results (61968-9:2013, clause 5.5)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Answer, Receiver, fault, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.patience import eventually
from tests.support.service_requests import ToldWorks, ask, new_meter, told_works, work
from tests.support.settled import advance_when_settled, settle_after

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.5")

METER, NEW = "M00000005", "Z-77"


@pytest.fixture
def subscriber() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def publishing(tmp_path: Path, subscriber: Receiver) -> Iterator[InProcessHeadEnd]:
    """A head end that tells the subscriber of works, in the background as in earnest."""
    told = ({"url": subscriber.url, "noun": "MeterServiceRequests"},)
    with in_process(tmp_path, NOON, subscriptions=told) as opened:
        opened.head_end.start()
        yield opened


def received(subscriber: Receiver, count: int) -> list[ToldWorks]:
    """What has arrived, once it is as many messages."""
    eventually(lambda: len(subscriber.received) >= count, f"{count} messages arrive")
    return [told_works(one.body) for one in subscriber.received]


def in_short(told: ToldWorks) -> tuple[str, str, str, list[str]]:
    """Verb, time of day, status of the only work, and why its readings were taken."""
    (one,) = told.works
    return told.verb, told.timestamp[11:16], one.status, [each.reason for each in one.readings]


def test_a_disconnect_is_told_when_it_is_accepted_and_when_it_is_done(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    ask(publishing, "create", work("disconnect", METER, wanted="14:00"), fields={"CorrelationID": "x-1"})
    received(subscriber, 1)
    advance_when_settled(publishing, hours=2)
    created, changed = received(subscriber, 2)
    assert in_short(created) == ("created", "12:00", "scheduled", [])
    assert in_short(changed) == ("changed", "14:00", "completed", ["serviceDisconnect"])
    assert (created.correlation_id, changed.correlation_id) == ("x-1", "x-1")


def test_what_is_done_at_once_is_told_as_begun_and_as_done(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    ask(publishing, "create", work("disconnect", METER))
    assert [in_short(one) for one in received(subscriber, 2)] == [
        ("created", "12:00", "in progress", []),
        ("changed", "12:00", "completed", ["serviceDisconnect"]),
    ]


def test_an_exchange_is_told_with_the_readings_of_both_meters(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    new_meter(publishing, NEW)
    ask(publishing, "create", work("meter", NEW, METER, wanted="15:00"))
    received(subscriber, 1)
    advance_when_settled(publishing, hours=4)
    assert in_short(received(subscriber, 2)[1]) == ("changed", "15:00", "completed", ["removal", "installation"])


def test_who_asked_is_told_of_the_result(tmp_path: Path, subscriber: Receiver) -> None:
    with in_process(tmp_path, NOON) as opened:
        opened.head_end.start()
        fields = {"AsyncReplyFlag": "true", "ReplyAddress": subscriber.url, "MessageID": "m-1"}
        ask(opened, "create", work("reconnect", METER), fields=fields)
        (changed,) = received(subscriber, 1)
        assert in_short(changed) == ("changed", "12:00", "completed", ["serviceConnect"])
        assert changed.correlation_id == "m-1"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"ReplyAddress": "queue:cis"}, id="no address that we can post to"),
        pytest.param({"AckRequired": "false", "ReplyAddress": "http://127.0.0.1:9/"}, id="one-way"),
    ],
)
def test_who_cannot_be_told_or_wants_nothing_back_is_told_nothing(
    fields: dict[str, str], head_end: InProcessHeadEnd
) -> None:
    assert ask(head_end, "create", work("disconnect", METER), fields=fields).result == "OK"
    with head_end.head_end.store.reading() as kept:
        assert kept.outbox.find() == []


def test_who_asked_and_subscribes_is_told_once(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    fields = {"AsyncReplyFlag": "true", "ReplyAddress": subscriber.url}
    ask(publishing, "create", work("reconnect", METER), fields=fields)
    received(subscriber, 2)
    advance_when_settled(publishing, hours=1)
    assert [one.verb for one in received(subscriber, 2)] == ["created", "changed"]


def test_a_work_that_is_cancelled_is_told_now_and_nothing_later(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    ask(publishing, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    received(subscriber, 1)
    advance_when_settled(publishing, hours=1)
    ask(publishing, "cancel", ids=["w"])
    received(subscriber, 2)
    advance_when_settled(publishing, hours=3)
    told = [in_short(one) for one in received(subscriber, 2)]
    assert told[1:] == [("canceled", "13:00", "cancelled", [])]


def test_a_work_that_is_moved_is_told_now_and_again_in_its_new_time(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    ask(publishing, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    ask(publishing, "change", work(None, wanted="16:00", mrid="w"))
    received(subscriber, 2)
    advance_when_settled(publishing, hours=5)
    told = [in_short(one) for one in received(subscriber, 3)]
    assert told[1:] == [
        ("changed", "12:00", "scheduled", []),
        ("changed", "16:00", "completed", ["serviceDisconnect"]),
    ]


def test_what_another_command_makes_of_a_work_is_what_is_told(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    ask(publishing, "create", work("disconnect", METER, wanted="14:00"))
    publishing.control(METER, code="3.31.0.22")
    received(subscriber, 1)
    advance_when_settled(publishing, hours=3)
    told = [in_short(one) for one in received(subscriber, 2)]
    assert told[1:] == [("changed", "14:00", "failed", [])]


def test_a_control_that_is_cancelled_is_told_as_the_end_of_its_work(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    ask(publishing, "create", work("disconnect", METER, wanted="14:00"))
    received(subscriber, 1)
    (control,) = publishing.controls().payload
    publishing.change_control("cancel", control.findtext("{*}mRID") or "")
    told = received(subscriber, 2)
    assert in_short(told[1]) == ("canceled", "12:00", "cancelled", [])
    assert "was cancelled" in (told[1].works[0].remark or "")


def test_a_result_is_repeated_byte_for_byte_also_after_its_work_was_deleted(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    subscriber.answers += [Answer(), Answer(500, fault("soap:Server", "not now"))]
    ask(publishing, "create", work("disconnect", METER, mrid="w"))
    received(subscriber, 2)
    ask(publishing, "close", ids=["w"])
    ask(publishing, "delete", ids=["w"])

    settle_after(publishing, minutes=1)
    _, first, again, *_ = subscriber.received
    assert again.body == first.body


def test_closing_and_deleting_are_told(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    ask(publishing, "create", work("inspection", METER, mrid="w"))
    ask(publishing, "close", ids=["w"])
    ask(publishing, "delete", ids=["w"])
    told = [in_short(one) for one in received(subscriber, 4)]
    assert told[2:] == [("closed", "12:00", "closed", ["inquiry"]), ("deleted", "12:00", "closed", ["inquiry"])]
