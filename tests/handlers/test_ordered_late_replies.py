"""Late replies leave wrongly where an ordering or the name of a meter asks for it; all keep the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON, STEPPED
from tests.control.control_api import ControlApi
from tests.delivery.receiver import Receiver, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.late_replies import asynchronous, late_replies
from tests.support.magic_meters import USUAL, magic_fleet
from tests.support.readings import registers
from tests.support.reply import Reply
from tests.support.settled import settle
from tests.support.soap_requests import ENERGY

OTHER = "M00000002"


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def nasty(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path, NOON, fleet=magic_fleet(tmp_path)) as opened:
        opened.head_end.start()
        yield opened


def ask(nasty: InProcessHeadEnd, mdm: Receiver, *meters: str) -> list[Reply]:
    """What a read comes to at the ReplyAddress; the call itself is acknowledged, whatever happens then."""
    ack = nasty.read(*meters, reading_types=[ENERGY], fields=asynchronous(mdm))
    assert (ack.result, ack.codes, ack.header["CorrelationID"]) == ("OK", ["0.3"], "c-1")
    return late_replies(nasty, mdm, "MeterReadings")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("NEVER-REPLIES-1", []),
        ("EVENT-ONLY-1", []),
        ("LATE-1", []),
        ("REPLY-ONLY-1", ["OK"]),
        ("TWICE-1", ["OK", "OK"]),
        ("TWICE-WITH-ANOTHER-ID-1", ["OK", "OK"]),
        ("PARTIAL-FIRST-1", ["PARTIAL", "OK"]),
        ("WRONG-CORRELATION-1", ["OK"]),
    ],
)
def test_the_reply_about_a_meter_leaves_as_its_name_says(
    nasty: InProcessHeadEnd, mdm: Receiver, name: str, expected: list[str]
) -> None:
    assert [one.result for one in ask(nasty, mdm, name)] == expected


def test_a_late_reply_that_is_too_late_comes_in_the_end(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    ask(nasty, mdm, "LATE-1")
    nasty.advance(seconds=60)
    nasty.head_end.dispatcher.wake()
    (late,) = late_replies(nasty, mdm, "MeterReadings")
    assert (late.result, late.header["CorrelationID"]) == ("OK", "c-1")


def test_a_part_with_more_to_follow_comes_before_the_complete_reply(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    ControlApi(nasty).post("orderings", {"kind": "partial-first", "match": {"verb": "reply"}})
    part, whole = ask(nasty, mdm, USUAL, OTHER)
    assert (part.codes, whole.codes) == (["0.1"], ["0.0"])
    assert (len(registers(part)), len(registers(whole))) == (1, 2)
    assert part.header["CorrelationID"] == whole.header["CorrelationID"] == "c-1"


def test_a_reply_of_another_call_comes(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    (late,) = ask(nasty, mdm, "WRONG-CORRELATION-1")
    assert late.header["CorrelationID"] != "c-1"


def test_the_reply_about_a_control_is_known_by_the_meters_of_the_control(
    nasty: InProcessHeadEnd, mdm: Receiver
) -> None:
    nasty.disconnect("NEVER-REPLIES-1", fields=asynchronous(mdm))
    nasty.disconnect("TWICE-1", fields=asynchronous(mdm, MessageID="m-2", CorrelationID="c-2"))
    assert [one.header["CorrelationID"] for one in late_replies(nasty, mdm, "EndDeviceControls")] == ["c-2", "c-2"]


def test_a_reply_is_there_before_its_acknowledgement(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    ack = nasty.read("BEFORE-ACKNOWLEDGEMENT-1", reading_types=[ENERGY], fields=asynchronous(mdm))
    assert (ack.codes, len(mdm.received)) == (["0.3"], 1)


def test_events_come_without_a_reply_and_a_reply_without_events(tmp_path: Path, mdm: Receiver) -> None:
    with (
        receiver() as told,
        in_process(
            tmp_path, NOON, clock=STEPPED, fleet=magic_fleet(tmp_path), subscriptions=({"url": told.url},)
        ) as nasty,
    ):
        nasty.head_end.start()
        nasty.disconnect("EVENT-ONLY-1", fields=asynchronous(mdm))
        settle(nasty)
        assert (len(told.received), len(mdm.received)) == (1, 0)
        nasty.disconnect("REPLY-ONLY-1", fields=asynchronous(mdm, MessageID="m-2"))
        settle(nasty)
        assert (len(told.received), len(mdm.received)) == (1, 1)


@pytest.mark.parametrize("kind", ["twice", "partial-first"])
def test_an_answer_in_several_parts_goes_on_behind_the_whole_message_once(
    tmp_path: Path, mdm: Receiver, kind: str
) -> None:
    with in_process(tmp_path, NOON, meters=10, meters_per_reply=1) as nasty:
        nasty.head_end.start()
        ControlApi(nasty).post("orderings", {"kind": kind, "match": {"verb": "reply"}})
        replies = ask(nasty, mdm, "M00000001", "M00000002", "M00000003")
        assert len(replies) == 6
