"""The client against a head end that runs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from headend.client import Exchange, FaultReceived, HeadEndClient, NotSendable, Unreachable, counted_ids, reply_in
from simulator.clock import ManualClock
from tests.support.served import ServedHeadEnd

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MACHINE_TIME = datetime(2026, 7, 1, 8, tzinfo=UTC)
REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
LOAD_PROFILE = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
def client(served: ServedHeadEnd, exchanges: list[Exchange], request: pytest.FixtureRequest) -> Iterator[HeadEndClient]:
    # MessageIDs of its own for each test: the head end is shared, and remembers them.
    ids = counted_ids(request.node.name)
    with HeadEndClient(served.base_url, ManualClock(MACHINE_TIME), ids, on_exchange=exchanges.append) as opened:
        yield opened


@pytest.mark.clause("61968-9:2013 5.3")
def test_registers_are_read_as_values(client: HeadEndClient) -> None:
    reply = client.read(["M00000700"], [REGISTER])
    ((reading,),) = [meter.readings for meter in reply.readings]
    assert (reply.result, reading.reading_type, reading.stamp) == ("OK", REGISTER, NOON)
    assert reading.value > Decimal(0)
    assert not reading.is_interval


def test_a_meter_is_named_by_its_mrid_too(client: HeadEndClient) -> None:
    by_name = client.read(["M00000700"]).readings[0]
    assert by_name.mrid is not None
    assert client.read([by_name.mrid]).readings == (by_name,)


def test_a_period_leaves_its_begin_out(client: HeadEndClient) -> None:
    reply = client.read(["M00000700"], [LOAD_PROFILE], NOON - timedelta(hours=1), NOON)
    stamps = [reading.stamp for reading in reply.readings[0].intervals()]
    assert stamps == [NOON - timedelta(minutes=minutes) for minutes in (45, 30, 15, 0)]


@pytest.mark.clause("61968-9:2013 Annex B")
def test_a_partial_reply_has_its_errors_and_the_rest(client: HeadEndClient) -> None:
    reply = client.read(["M00000700", "no-such-meter"])
    assert reply.result == "PARTIAL"
    assert [(error.code, error.object_id) for error in reply.errors if error.level == "FATAL"] == [
        ("2.4", "no-such-meter")
    ]
    assert [meter.name for meter in reply.readings] == ["M00000700"]


@pytest.mark.clause("61968-9:2013 Annex B")
def test_a_failed_reply_is_returned_and_not_raised(client: HeadEndClient) -> None:
    assert client.read(["no-such-meter"]).result == "FAILED"


@pytest.mark.clause("61968-100:2013 6")
def test_a_request_says_who_sends_it_and_when(client: HeadEndClient, exchanges: list[Exchange]) -> None:
    client.read(["M00000700"])
    for part in (b"<m:Source>headend-client<", b"<m:Timestamp>2026-07-01T08:00:00Z<", b"<m:Verb>get<"):
        assert part in exchanges[0].request


@pytest.mark.clause("61968-100:2013 6")
def test_the_reply_is_correlated_with_the_message_id(client: HeadEndClient) -> None:
    first, second = client.read(["M00000700"]), client.read(["M00000700"])
    assert str(first.correlation_id).endswith("-1")
    assert str(second.correlation_id).endswith("-2")


def test_the_reply_tells_the_fleets_time_not_ours(client: HeadEndClient) -> None:
    assert client.read(["M00000700"]).timestamp == NOON


def test_the_bytes_of_both_ways_are_at_hand(client: HeadEndClient, exchanges: list[Exchange]) -> None:
    reply = client.read(["M00000700"])
    assert exchanges == [reply.exchange]
    assert b"M00000700" in reply.exchange.request
    assert reply.exchange.response.startswith(b"<?xml ")


def test_zeeps_object_is_at_hand(client: HeadEndClient) -> None:
    message = client.read(["M00000700"], [REGISTER]).exchange.zeep_object()
    assert message.Payload.MeterReadings.MeterReading[0].Meter.Names[0].name == "M00000700"


@pytest.mark.clause("61968-9:2013 5.4")
def test_a_disconnect_is_followed_by_its_event(client: HeadEndClient) -> None:
    reply = client.disconnect(["M00000701", "M00000702"])
    events = client.wait_for_events(reply.tracking_id, ["M00000701", "m00000702"], timeout_s=5)
    assert [(event.device_name, event.type_code, event.words) for event in events] == [
        ("M00000701", "3.31.0.68", "RCDSwitch.-.Disconnected"),
        ("M00000702", "3.31.0.68", "RCDSwitch.-.Disconnected"),
    ]


@pytest.mark.clause("61968-9:2013 5.2")
def test_events_of_a_control_can_be_told_from_others(client: HeadEndClient) -> None:
    client.disconnect(["M00000703"])
    reply = client.connect(["M00000703"])
    assert [event.type_code for event in client.events(tracking_id=reply.tracking_id).events] == ["3.31.0.42"]
    assert [event.type_code for event in client.events(["M00000703"]).events] == ["3.31.0.68", "3.31.0.42"]


def test_what_never_comes_is_not_waited_for_for_ever(client: HeadEndClient) -> None:
    # The client's clock stands still, so only a wait of no length ends.
    assert client.wait_for_events("nobody-sent-this", ["M00000700"], timeout_s=0) == ()


@pytest.mark.clause("SOAP 1.1, 4.4")
def test_a_fault_is_raised_with_its_parts(served_with_faults: ServedHeadEnd) -> None:
    with (
        HeadEndClient(served_with_faults.base_url, ManualClock(MACHINE_TIME), counted_ids("t")) as client,
        pytest.raises(FaultReceived, match="no-such-meter") as caught,
    ):
        client.read(["no-such-meter"])
    assert caught.value.code == "Client"
    assert b"MeterReadingsFaultMessage" in (caught.value.detail or b"")


@pytest.mark.clause("61968-100:2013, Message.xsd")
def test_a_compressed_reply_is_asked_for_and_read(client: HeadEndClient) -> None:
    meters = [f"M{number:08}" for number in range(700, 830)]
    plain = client.read(meters, [LOAD_PROFILE], NOON - timedelta(days=1), NOON)
    asked = client.read(meters, [LOAD_PROFILE], NOON - timedelta(days=1), NOON, compressed=True)
    assert b"<w:Payload><Compressed" in asked.exchange.response
    assert asked.readings == plain.readings


def test_a_message_can_be_sent_as_it_is(client: HeadEndClient) -> None:
    exchange = client.send("GetMeterReadings", "no envelope", b"<nothing/>")
    with pytest.raises(FaultReceived, match="not an Envelope"):
        reply_in(exchange)


def test_a_message_sent_as_it_is_has_no_zeep_object(client: HeadEndClient) -> None:
    with pytest.raises(LookupError, match="sent as it is"):
        client.send("GetMeterReadings", "no envelope", b"<nothing/>").zeep_object()


def test_a_text_that_xml_cannot_carry_is_not_sent(client: HeadEndClient, exchanges: list[Exchange]) -> None:
    with pytest.raises(NotSendable, match="GetMeterReadings cannot be made"):
        client.read(["\x01"])
    assert exchanges == []


def test_nobody_there_is_said_in_one_sentence() -> None:
    client = HeadEndClient("http://127.0.0.1:9", ManualClock(MACHINE_TIME), counted_ids("t"))
    with pytest.raises(Unreachable, match=r"^cannot reach http://127.0.0.1:9/\S+: Connection refused$"):
        client.read([])


def test_an_address_without_a_contract_is_said(served: ServedHeadEnd) -> None:
    client = HeadEndClient(f"{served.base_url}/elsewhere", ManualClock(MACHINE_TIME), counted_ids("t"))
    with client, pytest.raises(Unreachable, match="gives no contract: 404"):
        client.read([])


def test_something_that_is_no_wsdl_is_said(served: ServedHeadEnd) -> None:
    client = HeadEndClient(f"{served.base_url}/version?", ManualClock(MACHINE_TIME), counted_ids("t"))
    with client, pytest.raises(Unreachable, match="no WSDL that zeep can read"):
        client.read([])
