"""Requests that went to the wrong place, or are no SOAP requests at all."""

import re

import pytest

from tests.support.in_process import InProcessHeadEnd
from tests.support.soap_requests import (
    BASE,
    create_end_device_controls,
    create_meter_readings,
    envelope,
    get_end_device_events,
    get_meter_readings,
    wanted_reading,
)

MESSAGE = get_meter_readings("M00000001")
XML = ("Content-Type", "text/xml; charset=utf-8")


def served_here(head_end: InProcessHeadEnd) -> str:
    """The list of services with which a wrong address is answered."""
    names = sorted(head_end.head_end.services)
    assert {"ExecuteMeterConfig", "GetMeterReadings", "ReceiveEndDeviceEvents"} <= set(names)
    return f"served here: {', '.join(names)}"


def sentence(head_end: InProcessHeadEnd, service: str, message: bytes) -> str:
    """What the fault says that this message earns."""
    fault = head_end.post(service, message).fault
    assert fault is not None
    assert (fault.code, fault.detail) == ("Client", None)
    return fault.sentence


def element(name: str, namespace: str) -> bytes:
    """A message whose body is an empty element."""
    return envelope(f'<{name} xmlns="{namespace}"/>')


@pytest.mark.parametrize(
    ("service", "message", "path"),
    [
        ("GetMeterReadings", create_end_device_controls("M00000001"), "/services/ExecuteEndDeviceControls"),
        ("GetMeterReadings", get_end_device_events(), "/services/GetEndDeviceEvents"),
        ("ExecuteEndDeviceControls", MESSAGE, "/services/GetMeterReadings"),
    ],
)
def test_a_message_for_another_service_is_told_where_that_is(
    quiet_head_end: InProcessHeadEnd, service: str, message: bytes, path: str
) -> None:
    assert sentence(quiet_head_end, service, message).endswith(f"is served at {path}")


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        ("CreateEndDeviceEvents", f"{BASE}/EndDeviceEventsMessage"),
        ("CreatedMeterReadings", f"{BASE}/MeterReadingsMessage"),
        ("CreatedEndDeviceControls", f"{BASE}/EndDeviceControlsMessage"),
    ],
)
def test_a_message_of_the_contract_that_is_not_for_a_head_end_is_not_said_to_be_served(
    quiet_head_end: InProcessHeadEnd, name: str, namespace: str
) -> None:
    said = sentence(quiet_head_end, "GetMeterReadings", element(name, namespace))
    assert f"{name} in namespace {namespace} is not served here" in said
    (offered,) = re.findall(r"/services/(\w+)", said)
    assert offered in quiet_head_end.head_end.services


@pytest.mark.parametrize(
    ("service", "name", "used", "wanted", "served"),
    [
        (
            "GetMeterReadings",
            "MeterReadingsRequestMessage",
            "http://www.iec.ch/TC57/2011/MeterReadingsMessage",
            "GetMeterReadings",
            f"{BASE}/GetMeterReadingsMessage",
        ),
        (
            "GetEndDeviceEvents",
            "EndDeviceEventsRequestMessage",
            "http://www.iec.ch/TC57/2011/EndDeviceEventsMessage",
            "GetEndDeviceEvents",
            f"{BASE}/GetEndDeviceEventsMessage",
        ),
        (
            "ExecuteEndDeviceControls",
            "CreateEndDeviceControls",
            "http://www.iec.ch/TC57/2011/EndDeviceControlsMessage",
            "CreateEndDeviceControls",
            f"{BASE}/EndDeviceControlsMessage",
        ),
        (
            "GetMeterReadings",
            "GetMeterReadings",
            "http://iec.ch/TC57/2015/GetMeterReadingsMessage",
            "GetMeterReadings",
            f"{BASE}/GetMeterReadingsMessage",
        ),
    ],
    ids=["early get of readings", "early get of events", "early create of controls", "2015"],
)
def test_a_request_in_another_dialect_is_told_the_namespace_it_used_and_the_one_that_is_served(
    quiet_head_end: InProcessHeadEnd, service: str, name: str, used: str, wanted: str, served: str
) -> None:
    said = sentence(quiet_head_end, service, element(name, used))
    assert f"{name} in namespace {used} is not served here" in said
    assert wanted in said
    assert f"in namespace {served} at /services/{service}" in said


def test_a_misspelled_operation_is_told_what_is_nearest_and_on_which_line_it_stands(
    quiet_head_end: InProcessHeadEnd,
) -> None:
    said = sentence(quiet_head_end, "GetMeterReadings", envelope(f'\n\n<GetMeterReeding xmlns="{BASE}/Get"/>'))
    assert said.startswith("line 3: GetMeterReeding in namespace")
    assert "the nearest is GetMeterReadings" in said


def test_an_operation_that_resembles_nothing_is_told_what_nouns_there_are(quiet_head_end: InProcessHeadEnd) -> None:
    said = sentence(quiet_head_end, "GetMeterReadings", envelope("<Hello/>"))
    assert "Hello in no namespace is not served here and resembles nothing that is" in said
    (nouns,) = re.findall(r"the nouns served are (.*)$", said)
    assert {"EndDeviceControls", "EndDeviceEvents", "MeterConfig", "MeterReadings"} <= set(nouns.split(", "))


@pytest.mark.parametrize("name", ["Nothing", "getmeterreadings", "GetMeterReadings/more"])
def test_a_service_that_does_not_exist_is_answered_with_those_that_do(
    quiet_head_end: InProcessHeadEnd, name: str
) -> None:
    answer = quiet_head_end.http("POST", f"/services/{name}", [XML], MESSAGE)
    assert answer.status == 500
    assert f"there is no service '{name}'; {served_here(quiet_head_end)}".encode() in answer.body


@pytest.mark.parametrize("service", ["ReceiveMeterReadings", "SendEndDeviceEvents", "ReplyMeterConfig"])
def test_a_service_of_the_partners_is_said_to_be_theirs(quiet_head_end: InProcessHeadEnd, service: str) -> None:
    said = sentence(quiet_head_end, service, MESSAGE)
    assert said == f"{service} is in the contract but is not served by a head end; {served_here(quiet_head_end)}"


def test_an_operation_that_is_nothing_for_a_head_end_is_refused_with_those_of_its_noun(
    quiet_head_end: InProcessHeadEnd,
) -> None:
    body = create_meter_readings(wanted_reading("M00000001"))
    body = body.replace(b"CreateMeterReadings", b"ChangeMeterReadings").replace(b">create<", b">change<")
    reply = quiet_head_end.post("ExecuteMeterReadings", body)
    assert (reply.result, reply.codes) == ("FAILED", ["2.9"])
    assert reply.said == (
        "ChangeMeterReadings is in the contract but not carried out here; these on MeterReadings are: "
        "CreateMeterReadings, GetMeterReadings"
    )


def test_a_slash_at_the_end_of_an_address_does_not_matter(quiet_head_end: InProcessHeadEnd) -> None:
    assert quiet_head_end.post("GetMeterReadings/", MESSAGE).result == "OK"


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "text/plain", "text/xmlish", "multipart/related; type=text/xml", "application/x-www-form"],
)
def test_a_body_that_does_not_call_itself_xml_is_no_soap_request(
    quiet_head_end: InProcessHeadEnd, content_type: str
) -> None:
    answer = quiet_head_end.http("POST", "/services/GetMeterReadings", [("Content-Type", content_type)], MESSAGE)
    assert answer.status == 415
    said = content_type.split(";")[0] or "absent"
    assert answer.body.decode() == f"Content-Type is {said}; a SOAP 1.1 message comes as text/xml\n"


def test_a_compressed_body_is_not_taken(quiet_head_end: InProcessHeadEnd) -> None:
    headers = [XML, ("Content-Encoding", "gzip")]
    answer = quiet_head_end.http("POST", "/services/GetMeterReadings", headers, b"\x1f\x8b")
    assert (answer.status, answer.body) == (415, b"Content-Encoding gzip is not taken\n")


def test_a_get_without_wsdl_is_told_to_post_and_where_the_contract_is(quiet_head_end: InProcessHeadEnd) -> None:
    answer = quiet_head_end.get("/services/GetMeterReadings")
    assert (answer.status, answer.header("Allow")) == (405, "POST")
    assert b"its contract is at http://head-end.test/services/GetMeterReadings?wsdl" in answer.body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_allowed(quiet_head_end: InProcessHeadEnd, method: str) -> None:
    answer = quiet_head_end.http(method, "/services/GetMeterReadings", [XML], MESSAGE)
    assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("path", ["/nowhere", "/services/Nothing?wsdl", "/services/xsd/No.xsd", "/services/xsd/../x"])
def test_an_address_without_anything_is_not_found(quiet_head_end: InProcessHeadEnd, path: str) -> None:
    assert quiet_head_end.get(path).status == 404


def test_a_message_posted_beside_the_services_is_told_where_they_are(quiet_head_end: InProcessHeadEnd) -> None:
    answer = quiet_head_end.http("POST", "/GetMeterReadings", [XML], MESSAGE)
    assert answer.status == 404
    assert answer.body == b"nothing takes messages at /GetMeterReadings; the services are at /services/\n"
