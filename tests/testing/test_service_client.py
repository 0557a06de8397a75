"""The calls of a test: every usual one, any other one, and the envelopes at hand."""

from datetime import timedelta

import pytest

from headend.client import NotSendable, reply_in
from headend.testing import FakeMdm, HeadEnd
from headend.testing.service_client import ServiceClient, UnknownService
from tests.support.soap_requests import DISCONNECTED, LOAD_PROFILE


@pytest.fixture
def headend(kit: HeadEnd) -> HeadEnd:
    kit.reset(subscriptions=True)
    return kit


def test_readings_come_as_values_and_as_they_crossed_the_wire(headend: HeadEnd) -> None:
    reply = headend.client("GetMeterReadings").read(headend.meters[:2], LOAD_PROFILE, *_last_hour(headend))
    assert (reply.result, [len(one.readings) for one in reply.readings]) == ("OK", [4, 4])
    assert f"<ns2:mRID>{headend.meters[1].mrid}</ns2:mRID>" in reply.request_xml
    assert "<m:Result>OK</m:Result>" in reply.response_xml
    assert reply.exchange.response.decode() == reply.response_xml
    assert reply.exchange.zeep_object().Reply.Result == "OK"


def test_messages_are_stamped_by_the_fleet_and_numbered_since_the_reset(headend: HeadEnd) -> None:
    first, second = headend.client().read("M00000001"), headend.client().disconnect("M00000001")
    assert [first.correlation_id, second.correlation_id] == ["test-1", "test-2"]
    assert "<m:Timestamp>2026-03-02T12:00:00Z</m:Timestamp>" in first.request_xml


def test_controls_are_carried_out_and_told(headend: HeadEnd) -> None:
    client, meter = headend.client(), headend.meters[0]
    told = client.disconnect(meter)
    assert [event.type_code for event in client.events(tracking_id=told.tracking_id).events] == [DISCONNECTED]
    assert client.connect([meter, "M00000002"]).result == "OK"
    assert client.control("3.31.0.23", meter).result == "OK"


def test_late_replies_and_schedules_come_to_the_fake_mdm(headend: HeadEnd) -> None:
    client, meter = headend.client(), headend.meters[0]
    with FakeMdm() as mdm:
        assert [error.code for error in client.read(meter, reply_to=mdm).errors] == ["0.3"]
        mdm.wait_for("MeterReadings", verb="reply", meter=meter)
        client.disconnect(meter, reply_to=mdm.reply_url("EndDeviceControls"))
        mdm.wait_for("EndDeviceControls", verb="reply")
        schedule = client.schedule(meter, LOAD_PROFILE, every=timedelta(minutes=30), deliver_to=mdm)
        headend.clock.advance(hours=1)
        mdm.wait_for("MeterReadings", verb="created", meter=meter, count=3)  # of 12:00, 12:30 and 13:00
        assert client.cancel_schedule(schedule.ids[0]).result == "OK"
        headend.clock.advance(hours=1)
        assert len([one for one in mdm.received if one.verb == "created"]) == 3


def test_a_schedule_may_be_read_once(headend: HeadEnd) -> None:
    with FakeMdm() as mdm:
        start = headend.clock.now
        client = headend.client("ExecuteMeterReadSchedule")
        client.schedule("M00000001", every=None, start=start, end=start + timedelta(hours=1), deliver_to=mdm)
        headend.clock.advance(days=2)
        assert len(mdm.received) == 1


def test_any_operation_can_be_called_with_a_header_of_ones_own(headend: HeadEnd) -> None:
    query = {"GetMeterConfig": {"Meter": [{"Names": [{"name": "M00000003"}]}]}}
    reply = headend.client("GetMeterConfig").call("GetMeterConfig", {"CorrelationID": "mine"}, Request=query)
    assert (reply.result, reply.correlation_id) == ("OK", "mine")
    assert "M00000003" in reply.response_xml
    assert headend.client().call("GetMeterConfig", Request=query).result == "OK"


def test_bytes_are_sent_as_they_are(headend: HeadEnd) -> None:
    client = headend.client("GetMeterReadings")
    wrong = client.read("M00000001").request_xml.replace("ns2:name", "ns2:nmae").encode()
    reply = reply_in(client.send(wrong))
    assert (reply.result, "did you mean name?" in str(reply.errors[0])) == ("FAILED", True)
    assert headend.client().send(b"<no/>", "GetMeterReadings").status == 500


def test_zeep_itself_is_at_hand(headend: HeadEnd) -> None:
    proxy = headend.client("GetMeterReadings").zeep.service
    assert proxy._binding_options["address"] == headend.service_url("GetMeterReadings")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda headend: headend.client("GetMeterReading"), "no service 'GetMeterReading'; did you mean 'GetMeterRead"),
        (
            lambda headend: headend.client("GetMeterReadings").disconnect("M00000001"),
            "disconnect is a call of ExecuteEndDeviceControls, and this is a client of GetMeterReadings; use ",
        ),
        (
            lambda headend: headend.client("GetMeterReadings").call("GetMeterReading"),
            "GetMeterReadings has no operation 'GetMeterReading'; did you mean 'GetMeterReadings'",
        ),
        (lambda headend: headend.client().call("GetMeterConfg"), "no operation 'GetMeterConfg'; did you mean"),
        (lambda headend: headend.client().send(b""), "send is of one service; name it"),
    ],
)
def test_a_call_that_there_is_not_is_told_with_what_there_is(headend: HeadEnd, call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownService, match=sentence):
        call(headend)


def test_what_the_contract_has_no_message_for_is_not_sent(headend: HeadEnd) -> None:
    with pytest.raises(NotSendable, match="GetMeterConfig cannot be made of these values"):
        headend.client().call("GetMeterConfig", Rquest={})
    with pytest.raises(ValueError, match="whole seconds"):
        headend.client().schedule("M00000001", every=timedelta(seconds=0.5))


def test_a_client_says_whose_it_is(headend: HeadEnd) -> None:
    client: ServiceClient = headend.client()
    assert repr(client) == f"<client of all services at {headend.base_url}>"


def _last_hour(headend: HeadEnd):  # type: ignore[no-untyped-def]
    return headend.clock.now - timedelta(hours=1), headend.clock.now
