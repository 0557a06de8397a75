"""Our own head end against the fake MDM: what it publishes keeps the contract, and retries are repeats."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.mdm import Answer, FakeMdm, Outcome
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.schedules import HOURLY, ask
from tests.support.settled import settle, settle_after
from tests.support.soap_requests import DISCONNECTED

METER = "M00000005"


@pytest.fixture
def publishing(tmp_path: Path, mdm: FakeMdm) -> Iterator[InProcessHeadEnd]:
    told = ({"url": mdm.receive_url("EndDeviceEvents")},)
    with in_process(tmp_path, NOON, subscriptions=told) as opened:
        opened.head_end.start()
        yield opened


def test_a_disconnect_is_heard_of(publishing: InProcessHeadEnd, mdm: FakeMdm) -> None:
    reply = publishing.disconnect(METER)
    received = mdm.wait_for("EndDeviceEvents", meter=METER, event=DISCONNECTED)
    assert reply.result == "OK"
    assert received.verb == "created"
    assert [event.created for event in received.events] == [NOON]


def test_a_meter_of_the_fleet_can_be_waited_for_as_it_is(publishing: InProcessHeadEnd, mdm: FakeMdm) -> None:
    meter = publishing.head_end.fleet.meter(5)
    publishing.disconnect(METER)
    assert mdm.wait_for("EndDeviceEvents", meter=meter).events[0].device_mrid == meter.mrid


def test_a_refused_event_comes_again_and_one_whose_answer_was_lost_is_a_repeat(
    publishing: InProcessHeadEnd, mdm: FakeMdm
) -> None:
    mdm.answer(Answer.drop(taken=True), times=1)
    mdm.answer(Answer.failed(), times=1)
    publishing.disconnect(METER)
    for outcome in (Outcome.DECLINED, Outcome.ACCEPTED, Outcome.REPEATED):
        mdm.wait_for("EndDeviceEvents", outcome=outcome)
        settle_after(publishing, minutes=10)  # the machine's time too, so that the retry is due
    assert len({received.message_id for received in mdm.received}) == 1


def test_readings_of_a_schedule_come_in_whatever_pieces(head_end: InProcessHeadEnd, mdm: FakeMdm) -> None:
    fields = {"ReplyAddress": mdm.receive_url("MeterReadings"), "CorrelationID": "c-1"}
    assert ask(head_end, "Create", METER, "M00000006", times=HOURLY, fields=fields).result == "OK"
    head_end.advance(hours=2)
    settle(head_end)
    received = mdm.wait_for("MeterReadings", verb="created", meter=METER, correlation_id="c-1", count=2, timeout_s=0)
    assert {meter.name for meter in received.readings} == {METER, "M00000006"}
    assert all(meter.readings for meter in received.readings)


def test_late_replies_come_in_by_the_reply_service(tmp_path: Path, mdm: FakeMdm) -> None:
    with in_process(tmp_path, NOON, meters_per_reply=1) as head_end:
        fields = {"AsyncReplyFlag": "true", "ReplyAddress": mdm.reply_url("MeterReadings"), "CorrelationID": "c-1"}
        assert head_end.read(METER, "M00000006", fields=fields).codes == ["0.3"]
        settle(head_end)
    received = [one for one in mdm.received if one.outcome is Outcome.ACCEPTED]
    assert [(one.verb, one.result, one.correlation_id) for one in received] == [("reply", "PARTIAL", "c-1")] * 2
    assert [[meter.name for meter in one.readings] for one in received] == [[METER], ["M00000006"]]
