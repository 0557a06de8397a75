"""The whole path with zeep, a real SOAP client that knows nothing but the served WSDL."""

import base64
import gzip
from decimal import Decimal
from typing import Any

import pytest
import zeep
from lxml import etree

from tests.support.compressed import deflated
from tests.support.served import ServedHeadEnd
from tests.support.soap_requests import BASE, control
from tests.support.wire_rules import WSDL_DIRECTORY
from tests.support.zeep_client import zeep_client

DAY = {"start": "2026-02-28T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
DAY_BEFORE = {"start": "2026-02-27T00:00:00Z", "end": "2026-02-28T00:00:00Z"}
METER_READINGS = "{http://iec.ch/TC57/2011/MeterReadings#}"


@pytest.fixture(scope="module")
def readings(served: ServedHeadEnd) -> zeep.Client:
    return zeep_client(served.base_url, "GetMeterReadings")


@pytest.fixture(scope="module")
def controls(served: ServedHeadEnd) -> zeep.Client:
    return zeep_client(served.base_url, "ExecuteEndDeviceControls")


@pytest.fixture(scope="module")
def events(served: ServedHeadEnd) -> zeep.Client:
    return zeep_client(served.base_url, "GetEndDeviceEvents")


def read(client: zeep.Client, **profile: Any) -> Any:
    header = {"Verb": "get", "Noun": "MeterReadings", "MessageID": "m-1"}
    return client.service.GetMeterReadings(Header=header, Request={"GetMeterReadings": profile})


def named(*names: str) -> list[dict[str, Any]]:
    return [{"Names": [{"name": name}]} for name in names]


def test_zeep_reads_the_register_of_a_meter(readings: zeep.Client) -> None:
    response = read(readings, EndDevice=named("M00000200"))
    (reading,) = response.Payload.MeterReadings.MeterReading
    assert (response.Reply.Result, response.Header.CorrelationID) == ("OK", "m-1")
    assert reading.Meter.Names[0].name == "M00000200"
    assert Decimal(reading.Readings[0].value) > 0


def test_zeep_reads_the_intervals_of_a_day(readings: zeep.Client) -> None:
    response = read(readings, EndDevice=named("M00000200"), TimeSchedule=[{"scheduleInterval": DAY}])
    (block,) = response.Payload.MeterReadings.MeterReading[0].IntervalBlocks
    assert block.ReadingType.ref == "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
    assert len(block.IntervalReadings) == 96
    assert block.IntervalReadings[-1].timeStamp.isoformat() == "2026-03-01T00:00:00+00:00"


def sums_and_midnights(client: zeep.Client, interval: dict[str, str]) -> dict[str, tuple[int, Decimal]]:
    """For every meter the sum of its intervals in Wh, and its register at the end in kWh.

    zeep makes the request and finds the operation; of the answer it gives us the bytes, since it needs a quarter of a
    minute to turn a hundred thousand readings into objects.
    """
    with client.settings(raw_response=True):
        response = read(client, TimeSchedule=[{"scheduleInterval": interval}])
    found = {}
    for reading in etree.fromstring(response.content).iter(f"{METER_READINGS}MeterReading"):
        values = [int(value.text or "") for value in reading.iterfind("{*}IntervalBlocks/{*}IntervalReadings/{*}value")]
        assert len(values) == 96
        name = reading.findtext("{*}Meter/{*}Names/{*}name") or ""
        found[name] = (sum(values), Decimal(reading.findtext("{*}Readings/{*}value") or ""))
    return found


@pytest.mark.clause("61968-9:2013, clause 5.3")
def test_the_intervals_of_a_day_add_up_to_the_difference_of_the_registers_for_a_thousand_meters(
    readings: zeep.Client,
) -> None:
    day, before = sums_and_midnights(readings, DAY), sums_and_midnights(readings, DAY_BEFORE)
    assert len(day) == 1000
    assert {name: total for name, (total, _) in day.items()} == {
        name: int((end - before[name][1]) * 1000) for name, (_, end) in day.items()
    }


def test_zeep_sees_which_of_several_meters_is_unknown(readings: zeep.Client) -> None:
    response = read(readings, EndDevice=named("M00000200", "nobody"))
    assert response.Reply.Result == "PARTIAL"
    assert [(error.code, error.level) for error in response.Reply.Error] == [("2.4", "FATAL"), ("0.2", "INFORM")]
    assert len(response.Payload.MeterReadings.MeterReading) == 1


@pytest.mark.clause("61968-9:2013, clause 5.4")
def test_zeep_disconnects_a_meter_and_finds_the_event(controls: zeep.Client, events: zeep.Client) -> None:
    control = {"EndDeviceControlType": {"ref": "3.31.0.23"}, "EndDevices": named("M00000201")}
    response = controls.service.CreateEndDeviceControls(
        Header={"Verb": "create", "Noun": "EndDeviceControls", "CorrelationID": "c-1"},
        Payload={"EndDeviceControls": {"EndDeviceControl": [control]}},
    )
    assert (response.Reply.Result, response.Header.CorrelationID) == ("OK", "c-1")
    found = events.service.GetEndDeviceEvents(
        Header={"Verb": "get", "Noun": "EndDeviceEvents"},
        Request={"GetEndDeviceEvents": {"Meter": named("M00000201")}},
    )
    (event,) = found.Payload.EndDeviceEvents.EndDeviceEvent
    assert (event.EndDeviceEventType.ref, event.Assets.Names[0].name) == ("3.31.0.68", "M00000201")


def test_zeep_raises_the_fault_that_the_operation_declares(served_with_faults: ServedHeadEnd) -> None:
    client = zeep_client(served_with_faults.base_url, "GetMeterReadings")
    with pytest.raises(zeep.exceptions.Fault) as raised:
        read(client, EndDevice=named("nobody"))
    assert raised.value.message == "2.4 invalid meter: EndDevice name 'nobody' is not known here"
    detail = raised.value.detail[0]
    assert detail.findtext("{*}Reply/{*}Error/{*}code") == "2.4"


@pytest.mark.clause("61968-100:2013, Message.xsd")
def test_zeep_gets_a_compressed_payload_as_text_that_is_valid_inside(readings: zeep.Client) -> None:
    response = readings.service.GetMeterReadings(
        Header={"Verb": "get", "Noun": "MeterReadings"},
        Request={
            "Option": [{"name": "Compressed", "value": "true"}],
            "GetMeterReadings": {"TimeSchedule": [{"scheduleInterval": DAY}]},
        },
    )
    assert (response.Payload.Format, response.Payload.MeterReadings) == ("XML", None)
    document = gzip.decompress(base64.b64decode(response.Payload.Compressed, validate=True))
    root = etree.fromstring(document, etree.XMLParser(huge_tree=True))
    schema = etree.XMLSchema(file=str(WSDL_DIRECTORY / "xsd" / "MeterReadings.xsd"))
    assert schema.validate(root), schema.error_log
    assert len(root) == 1000


@pytest.mark.clause("61968-100:2013, Message.xsd")
def test_zeep_sends_a_compressed_payload_beside_the_element_that_the_contract_wants(controls: zeep.Client) -> None:
    document = f'''<EndDeviceControls xmlns="{BASE}/EndDeviceControls#">{control("M00000202")}</EndDeviceControls>'''
    response = controls.service.CreateEndDeviceControls(
        Header={"Verb": "create", "Noun": "EndDeviceControls"},
        Payload={"EndDeviceControls": {"EndDeviceControl": []}, "Compressed": deflated(document), "Format": "XML"},
    )
    assert (response.Reply.Result, len(response.Reply.ID)) == ("OK", 1)
