"""Messages to subscribers leave wrongly where an ordering or the name of a meter asks for it; all keep the contract."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headend.store import OutboxMessage
from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.delivery.receiver import Answer, Receiver, receiver, reply
from tests.support.controls import ToldControls, told_controls
from tests.support.created_readings import CreatedReadings
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.magic_meters import USUAL, magic_fleet
from tests.support.patience import eventually
from tests.support.settled import advance_when_settled
from tests.support.soap_requests import create_meter_readings, wanted_reading

OTHER = "M00000002"
CAUSE = {"CorrelationID": "x-1"}
ACKNOWLEDGED = {"AsyncReplyFlag": "true", "ReplyAddress": "http://127.0.0.1:9/replies"}


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def nasty(tmp_path: Path, mdm: Receiver) -> Iterator[InProcessHeadEnd]:
    """A head end that tells the MDM of controls and readings, in the background as in earnest.

    A disconnect is told by two messages: created, then changed.
    """
    told = tuple({"url": mdm.url, "noun": noun} for noun in ("EndDeviceControls", "MeterReadings"))
    with in_process(tmp_path, NOON, subscriptions=told, fleet=magic_fleet(tmp_path)) as opened:
        opened.head_end.start()
        yield opened


def order(nasty: InProcessHeadEnd, kind: str, *, of: dict[str, Any] | None = None, **more: Any) -> None:
    ControlApi(nasty).post("orderings", {"kind": kind, "match": {"meter": USUAL} if of is None else of, **more})


def sent(nasty: InProcessHeadEnd, mdm: Receiver) -> list[ToldControls]:
    """What the MDM got, when all that is due was sent."""
    eventually(lambda: is_quiet(nasty), "all that is due was sent")
    return [told_controls(one.body) for one in mdm.received]


def is_quiet(nasty: InProcessHeadEnd) -> bool:
    now = nasty.clock.now()
    with nasty.head_end.store.reading() as work:
        return not work.outbox.is_busy(fleet_now=now, machine_now=now)


def rows(nasty: InProcessHeadEnd) -> list[OutboxMessage]:
    with nasty.head_end.store.reading() as work:
        return work.outbox.find()


def verbs(told: list[ToldControls]) -> list[str]:
    return [one.verb for one in told]


@pytest.mark.parametrize(
    ("kind", "magic", "expected"),
    [
        ("never", "NEVER-REPLIES-1", []),
        ("reply-only", "REPLY-ONLY-1", []),
        ("event-only", "EVENT-ONLY-1", ["created", "changed"]),
        ("late", "LATE-1", []),
        ("twice", "TWICE-1", ["created", "changed", "created", "changed"]),
        ("twice-with-another-id", "TWICE-WITH-ANOTHER-ID-1", ["created", "changed", "created", "changed"]),
        ("swapped", "SWAPPED-1", ["changed", "created"]),
        ("wrong-correlation", "WRONG-CORRELATION-1", ["created", "changed"]),
        ("before-acknowledgement", "BEFORE-ACKNOWLEDGEMENT-1", ["created", "changed"]),
        ("partial-first", "PARTIAL-FIRST-1", ["created", "changed"]),  # one device of one control: no parts
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_ordering_and_a_name_do_the_same_to_messages(
    nasty: InProcessHeadEnd, mdm: Receiver, kind: str, magic: str, expected: list[str]
) -> None:
    order(nasty, kind, of={"destination": mdm.url, "correlation_id": "x-1"})
    nasty.disconnect(USUAL, fields=CAUSE)
    ordered = verbs(sent(nasty, mdm))
    mdm.received.clear()
    nasty.disconnect(magic, fields=ACKNOWLEDGED)
    assert (ordered, verbs(sent(nasty, mdm))) == (expected, expected)


def test_what_never_leaves_is_seen_among_the_deliveries(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    order(nasty, "never", of={"meter": USUAL, "verb": "created"})
    nasty.disconnect(USUAL)
    assert verbs(sent(nasty, mdm)) == ["changed"]
    (dead,) = ControlApi(nasty).get("deliveries?state=dead")["deliveries"]
    assert (dead["attempts"], dead["deviation"]["kind"]) == (1, "never")
    assert dead["last_error"] == f"never sent, by {dead['deviation']['cause']}"


def test_what_never_leaves_leaves_when_the_operator_sends_it_again(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    order(nasty, "never", of={"meter": USUAL, "verb": "created"})
    nasty.disconnect(USUAL)
    sent(nasty, mdm)
    (dead,) = ControlApi(nasty).get("deliveries?state=dead")["deliveries"]
    ControlApi(nasty).post(f"deliveries/{dead['id']}/retry")
    assert verbs(sent(nasty, mdm)) == ["changed", "created"]


def test_what_is_late_leaves_when_its_delay_is_over_and_holds_up_nobody(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    order(nasty, "late", delay="PT5M")
    nasty.disconnect(USUAL)
    nasty.disconnect(OTHER)
    assert [one.controls[0].devices for one in sent(nasty, mdm)] == [{OTHER: "accepted"}, {OTHER: "done"}]
    advance_when_settled(nasty, minutes=4)
    assert len(sent(nasty, mdm)) == 2
    advance_when_settled(nasty, minutes=1)
    assert [one.controls[0].devices for one in sent(nasty, mdm)[2:]] == [{USUAL: "accepted"}, {USUAL: "done"}]


def test_what_is_late_keeps_its_timestamp(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    nasty.disconnect("LATE-1")
    sent(nasty, mdm)
    advance_when_settled(nasty, seconds=60)
    assert {one.timestamp[11:16] for one in sent(nasty, mdm)} == {"12:00"}


@pytest.mark.parametrize(("meter", "ids"), [("TWICE-1", 2), ("TWICE-WITH-ANOTHER-ID-1", 4)])
def test_what_leaves_twice_says_the_same_under_one_message_id_or_two(
    nasty: InProcessHeadEnd, mdm: Receiver, meter: str, ids: int
) -> None:
    nasty.disconnect(meter)
    told = sent(nasty, mdm)
    assert len({one.message_id for one in told}) == ids
    assert len({(one.verb, one.timestamp, one.controls[0].mrid) for one in told}) == 2


def test_a_wrong_correlation_id_is_one_that_nobody_used_and_the_same_for_all_messages(
    nasty: InProcessHeadEnd, mdm: Receiver
) -> None:
    nasty.disconnect("WRONG-CORRELATION-1", fields=CAUSE)
    (wrong,) = {one.correlation_id for one in sent(nasty, mdm)}
    assert wrong not in (None, "x-1")


def test_messages_of_one_meter_are_swapped_and_those_of_others_are_not(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    order(nasty, "swapped")
    nasty.disconnect(USUAL)
    nasty.disconnect(OTHER)
    told = [(one.verb, *one.controls[0].devices) for one in sent(nasty, mdm)]
    assert [verb for verb, meter in told if meter == USUAL] == ["changed", "created"]
    assert [verb for verb, meter in told if meter == OTHER] == ["created", "changed"]


def test_a_message_that_no_other_follows_leaves_after_the_delay(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    order(nasty, "swapped", of={"meter": USUAL, "verb": "changed"}, delay="PT10M")
    nasty.disconnect(USUAL)
    assert verbs(sent(nasty, mdm)) == ["created"]
    advance_when_settled(nasty, minutes=10)
    assert verbs(sent(nasty, mdm)) == ["created", "changed"]


def test_a_part_leaves_before_the_whole(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    order(nasty, "partial-first", of={"noun": "MeterReadings"})
    nasty.post("ExecuteMeterReadings", create_meter_readings(wanted_reading(USUAL), wanted_reading(OTHER)))
    eventually(lambda: is_quiet(nasty), "all that is due was sent")
    part, whole = (CreatedReadings.of(one.body) for one in mdm.received)
    assert (part.meters, whole.meters) == ([USUAL], [USUAL, OTHER])
    assert part.header["MessageID"] != whole.header["MessageID"]


def test_an_ordering_acts_as_often_as_it_is_to(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    order(nasty, "never", of={"noun": "EndDeviceControls", "verb": "created"}, times=1)
    nasty.disconnect(USUAL)
    nasty.disconnect(OTHER)
    assert verbs(sent(nasty, mdm)) == ["changed", "created", "changed"]


@pytest.mark.parametrize(
    ("match", "acts"),
    [
        ({"noun": "EndDeviceControls"}, True),
        ({"noun": "MeterReadings"}, False),
        ({"verb": "changed"}, True),
        ({"verb": "closed"}, False),
        ({"meter": USUAL}, True),
        ({"meter": OTHER}, False),
        ({"correlation_id": "x-1"}, True),
        ({"correlation_id": "x-2"}, False),
        ({"destination": "http://127.0.0.1:9/"}, False),
        ({"verb": "changed", "meter": OTHER}, False),
    ],
    ids=str,
)
def test_an_ordering_acts_on_what_it_matches(
    nasty: InProcessHeadEnd, mdm: Receiver, match: dict[str, str], acts: bool
) -> None:
    order(nasty, "twice", of=match)
    nasty.disconnect(USUAL, fields=CAUSE)
    assert (len(sent(nasty, mdm)) > 2) is acts


def test_a_meter_is_matched_by_its_mrid_too(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    mrid = ControlApi(nasty).get(f"meters/{USUAL}")["mRID"]
    order(nasty, "twice", of={"meter": mrid})
    nasty.disconnect(USUAL)
    assert len(sent(nasty, mdm)) == 4


def test_what_was_decided_holds_for_retries(nasty: InProcessHeadEnd, mdm: Receiver) -> None:
    mdm.answers.append(Answer(body=reply("FAILED")))
    order(nasty, "wrong-correlation", of={"verb": "created"}, times=1)
    nasty.disconnect(USUAL, fields=CAUSE)
    sent(nasty, mdm)
    advance_when_settled(nasty, minutes=1)
    first, again, changed = sent(nasty, mdm)
    assert (first.message_id, first.correlation_id) == (again.message_id, again.correlation_id)
    assert (again.correlation_id == "x-1", changed.correlation_id) == (False, "x-1")


def test_the_log_and_the_deliveries_tell_what_was_done_and_why(
    nasty: InProcessHeadEnd, mdm: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    nasty.disconnect("TWICE-1")
    sent(nasty, mdm)
    told = {(one.deviation.kind, one.deviation.cause) for one in rows(nasty) if one.deviation is not None}
    assert told == {("twice", "the name TWICE-1")}
    assert "is twice, by the name TWICE-1" in caplog.text


def test_a_control_that_is_cancelled_meanwhile_does_not_take_back_what_is_only_late(
    nasty: InProcessHeadEnd, mdm: Receiver
) -> None:
    order(nasty, "late", of={"verb": "changed"}, delay="PT5M", times=1)
    nasty.disconnect(USUAL)
    sent(nasty, mdm)
    nasty.connect(USUAL)  # the story of the device is told again
    advance_when_settled(nasty, minutes=5)
    assert verbs(sent(nasty, mdm)).count("changed") == 2


def test_names_are_not_magic_in_master_data(tmp_path: Path, mdm: Receiver) -> None:
    from tests.support.master_data_requests import acting, one

    told = ({"url": mdm.url, "noun": "MeterConfig"},)
    with in_process(tmp_path, NOON, subscriptions=told) as opened:
        opened.head_end.start()
        created = acting("create", "MeterConfig", one("Meter", "A-1", "NEVER-REPLIES-7"))
        assert opened.post("ExecuteMeterConfig", created).result == "OK"
        eventually(lambda: len(mdm.received) == 1, "the meter is told")


def test_a_meter_that_a_client_creates_may_have_a_magic_name(tmp_path: Path, mdm: Receiver) -> None:
    from tests.support.master_data_requests import acting, one

    told = ({"url": mdm.url, "noun": "EndDeviceControls"},)
    with in_process(tmp_path, NOON, subscriptions=told) as opened:
        opened.head_end.start()
        opened.disconnect(USUAL)
        assert verbs(sent(opened, mdm)) == ["created", "changed"]
        opened.post("ExecuteMeterConfig", acting("create", "MeterConfig", one("Meter", "A-1", "SWAPPED-7")))
        opened.disconnect("SWAPPED-7")
        assert verbs(sent(opened, mdm)[2:]) == ["changed", "created"]
