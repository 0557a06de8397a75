"""Asynchronous controls: the reply comes when the last device has answered (61968-9:2013, clause 5.4)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Receiver, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.late_replies import asynchronous, late_replies, messages
from tests.support.settled import settle
from tests.support.soap_requests import BASE, control

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.4")

METER, OTHER = "M00000005", "M00000006"
SERVICE = "EndDeviceControls"
AT_TWO = "<primaryDeviceTiming><interval><start>2026-03-02T14:00:00Z</start></interval></primaryDeviceTiming>"
AT_FOUR = AT_TWO.replace("T14", "T16")

FLEET = """\
templates:
  - {name: good, count: 2, names: {prefix: G, digits: 1}}
  - name: deaf
    count: 1
    names: {prefix: D, digits: 1}
    conditions: {communication: {windows: ["22:00-02:00"]}}
  - name: stuck
    count: 1
    names: {prefix: F, digits: 1}
    conditions: {commands: {failures_per_million: 1000000, switching: {shortest_s: 20, median_s: 20, longest_s: 20}}}
  - {name: gas, count: 1, class: water, names: {prefix: X, digits: 1}}
"""


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def at_two(head_end: InProcessHeadEnd, mdm: Receiver, *meters: str) -> str:
    """A disconnection at two o'clock that is answered late; the mRID of the control."""
    ack = head_end.control(controls=control(*meters, after=AT_TWO), fields=asynchronous(mdm))
    assert ack.codes[-1] == "0.3", ack.said
    (mrid,) = ack.ids
    return mrid


def test_a_control_is_acknowledged_and_answered_when_its_device_has(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    mrid = at_two(head_end, mdm, METER)
    head_end.advance(hours=1, minutes=59)
    assert late_replies(head_end, mdm, SERVICE) == []
    head_end.advance(minutes=1)
    (late,) = late_replies(head_end, mdm, SERVICE)
    assert (late.result, late.codes, late.ids, late.has_payload) == ("OK", ["0.0"], (mrid,), False)
    assert (late.header["Timestamp"], late.header["CorrelationID"]) == ("2026-03-02T14:00:00Z", "c-1")


def test_what_is_done_at_once_is_answered_at_once(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    ack = head_end.disconnect(METER, fields=asynchronous(mdm))
    assert (ack.result, ack.codes) == ("OK", ["0.3"])
    (late,) = late_replies(head_end, mdm, SERVICE)
    assert (late.result, late.ids) == ("OK", ack.ids)


def test_unknown_devices_and_those_without_a_switch_are_told_at_once_and_late(tmp_path: Path, mdm: Receiver) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET, "utf-8")
    with in_process(tmp_path, NOON, fleet=tmp_path / "fleet.yaml") as head_end:
        ack = head_end.disconnect("G0", "X0", "nobody", fields=asynchronous(mdm))
        assert (ack.result, sorted(ack.codes)) == ("PARTIAL", ["0.3", "2.4", "5.2"])
        (late,) = late_replies(head_end, mdm, SERVICE)
    assert (late.result, sorted(late.codes)) == ("PARTIAL", ["0.2", "2.4", "5.2"])


def test_where_no_device_was_told_anything_it_has_failed_at_once(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    ack = head_end.disconnect("nobody", fields=asynchronous(mdm))
    assert (ack.result, ack.codes) == ("FAILED", ["2.4"])
    assert late_replies(head_end, mdm, SERVICE) == []


FAILURES = {
    "did not answer": ("D0", "5.3", "could not do it: it did not answer"),
    "could not do it": ("F0", "5.3", "could not do it: EndDeviceEventType 3.31.0.84 tells of it"),
}


@pytest.mark.parametrize(("meter", "code", "details"), FAILURES.values(), ids=FAILURES.keys())
def test_the_late_reply_has_an_error_for_a_device_that(
    tmp_path: Path, mdm: Receiver, meter: str, code: str, details: str
) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET, "utf-8")
    with in_process(tmp_path, NOON, fleet=tmp_path / "fleet.yaml") as head_end:
        at_two(head_end, mdm, "G0", meter)
        head_end.advance(hours=3)
        (late,) = late_replies(head_end, mdm, SERVICE)
        mrid = head_end.head_end.fleet.meter(head_end.head_end.fleet.index_of_name(meter) or 0).mrid
    assert (late.result, late.codes) == ("PARTIAL", [code, "0.2"])
    assert (late.errors[0].object_id, late.errors[0].details) == (mrid, f"{mrid} {details}")


def test_where_every_device_fails_later_the_late_reply_has_failed(tmp_path: Path, mdm: Receiver) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET, "utf-8")
    with in_process(tmp_path, NOON, fleet=tmp_path / "fleet.yaml") as head_end:
        ack = head_end.control(controls=control("D0", after=AT_TWO), fields=asynchronous(mdm))
        assert ack.codes == ["0.3"], ack.said
        head_end.advance(hours=3)
        (late,) = late_replies(head_end, mdm, SERVICE)
    assert (late.result, late.codes) == ("FAILED", ["5.3"])


def test_a_cancelled_control_is_answered_when_it_is_cancelled(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    mrid = at_two(head_end, mdm, METER)
    head_end.advance(minutes=10)
    assert head_end.change_control("cancel", mrid).result == "OK"
    (late,) = late_replies(head_end, mdm, SERVICE)
    assert (late.result, late.codes) == ("FAILED", ["6.5"])
    assert late.header["Timestamp"] == "2026-03-02T12:10:00Z"


def test_a_control_with_another_start_is_answered_at_another_time(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    mrid = at_two(head_end, mdm, METER)
    changed = control(METER, before=f"<mRID>{mrid}</mRID>", after=AT_FOUR)
    assert head_end.change_control("change", controls=changed).result == "OK"
    head_end.advance(hours=3)
    assert late_replies(head_end, mdm, SERVICE) == []
    head_end.advance(hours=1)
    (late,) = late_replies(head_end, mdm, SERVICE)
    assert (late.result, late.header["Timestamp"]) == ("OK", "2026-03-02T16:00:00Z")


def test_a_cancellation_is_answered_late_as_well(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    ids = head_end.control(controls=control(METER, after=AT_TWO)).ids
    ack = head_end.change_control("cancel", *ids, fields=asynchronous(mdm))
    assert (ack.result, ack.codes) == ("OK", ["0.3"])
    (late,) = late_replies(head_end, mdm, SERVICE)
    assert (late.result, late.codes, late.ids) == ("OK", ["0.0"], ids)
    (message,) = messages(head_end, mdm.received)
    assert message.soap_action == f"{BASE}/EndDeviceControls/CanceledEndDeviceControls"


def test_a_resent_control_is_carried_out_and_answered_once(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    first = head_end.disconnect(METER, fields=asynchronous(mdm))
    assert head_end.disconnect(METER, fields=asynchronous(mdm)).raw == first.raw
    assert len(late_replies(head_end, mdm, SERVICE)) == 1


def test_a_control_is_answered_after_a_restart(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON) as before:
        mrid = at_two(before, mdm, METER)
    with in_process(tmp_path, NOON) as after:
        after.advance(hours=2)
        (late,) = late_replies(after, mdm, SERVICE)
    assert (late.result, late.ids) == ("OK", (mrid,))


def test_as_events_the_devices_are_told_and_then_the_reply(tmp_path: Path, mdm: Receiver) -> None:
    """DX-3; the contract's events have no room for a Reply."""
    with in_process(tmp_path, NOON, late_reply="events") as head_end:
        at_two(head_end, mdm, METER, OTHER)
        head_end.advance(hours=2)
        events, closing = messages(head_end, mdm.received)
    assert (events.name, events.header["Verb"], events.header["CorrelationID"]) == (
        "CreatedEndDeviceEvents",
        "created",
        "c-1",
    )
    assert [name.text for name in events.element.iterfind(".//{*}Assets/{*}Names/{*}name")] == [METER, OTHER]
    assert (closing.name, closing.header["Verb"], closing.header["CorrelationID"]) == (
        "EndDeviceControlsResponseMessage",
        "reply",
        "c-1",
    )


def test_as_events_a_control_that_moves_takes_its_events_along(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, late_reply="events") as head_end:
        mrid = at_two(head_end, mdm, METER)
        head_end.change_control("change", controls=control(METER, before=f"<mRID>{mrid}</mRID>", after=AT_FOUR))
        head_end.advance(hours=2)
        assert messages(head_end, mdm.received) == []
        head_end.advance(hours=2)
        found = messages(head_end, mdm.received)
    assert [one.header["Timestamp"] for one in found] == ["2026-03-02T16:00:00Z"] * 2


def test_as_created_a_control_that_was_done_is_told_as_its_client_sent_it(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, late_reply="created") as head_end:
        head_end.disconnect(METER, fields=asynchronous(mdm))
        (late,) = messages(head_end, mdm.received)
    assert (late.name, late.header["Verb"]) == ("CreatedEndDeviceControls", "created")
    assert late.element.findtext(".//{*}EndDevices/{*}Names/{*}name") == METER


def test_the_fleet_waits_for_nothing_while_the_clock_stands(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    at_two(head_end, mdm, METER)
    settle(head_end)
    assert mdm.received == []
