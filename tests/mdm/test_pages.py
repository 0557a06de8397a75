"""What was received, as a page for people and as JSON for programs."""

import json
from typing import Any

import pytest
from lxml import etree, html

from headend.mdm import FakeMdm
from tests.support.client import HeadEndClient
from tests.support.sent_to_mdm import events, identified, late_reply, readings

SERVICE = "ReceiveEndDeviceEvents"
OUTAGE = "3.26.0.85"


@pytest.fixture(autouse=True)
def _filled(sender: HeadEndClient) -> None:
    sender.post(SERVICE, events(("M00000001", OUTAGE), fields=identified("m-1", "c-1")))
    sender.post("ReceiveMeterReadings", readings("M00000003", "M00000004", fields=identified("m-2", "c-2")))
    sender.post("ReplyMeterReadings", late_reply(result="FAILED", error="5.3", fields=identified("m-3", "c-2")))
    sender.post(SERVICE, events(("<b>M1</b>", OUTAGE), type_attribute="rfe"))


def listed(sender: HeadEndClient, query: str = "") -> list[dict[str, Any]]:
    answer = sender.get(f"/received{query}")
    assert answer.header("Content-Type") == "application/json; charset=utf-8"
    found: list[dict[str, Any]] = json.loads(answer.body)["received"]
    return found


def test_a_program_gets_everything_with_the_names_of_the_standard(sender: HeadEndClient) -> None:
    first, second, third, fourth = listed(sender)
    assert first["Header"] == {
        "Verb": "created",
        "Noun": "EndDeviceEvents",
        "Timestamp": None,
        "Source": "HES",
        "MessageID": "m-1",
        "CorrelationID": "c-1",
    }
    assert first["EndDeviceEvent"][0]["EndDeviceEventType"] == OUTAGE
    assert second["MeterReading"] == [
        {"mRID": None, "name": "M00000003", "readings": 1},
        {"mRID": None, "name": "M00000004", "readings": 1},
    ]
    assert third["Reply"]["Result"] == "FAILED"
    assert third["Reply"]["Error"][0]["code"] == "5.3"
    assert (fourth["outcome"], fourth["answer"]) == ("refused", "FAILED 1.8")
    assert "rfe" in fourth["refusal"][0]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?noun=MeterReadings", [2, 3]),
        ("?noun=MeterReadings&verb=reply", [3]),
        ("?correlation=c-2", [2, 3]),
        ("?meter=M00000004", [2]),
        ("?event=3.26.*&meter=M00000001", [1]),
        ("?outcome=refused", [4]),
        ("?noun=MeterConfig", []),
    ],
)
def test_a_query_chooses(sender: HeadEndClient, query: str, numbers: list[int]) -> None:
    assert [one["number"] for one in listed(sender, query)] == numbers


@pytest.mark.parametrize(("query", "said"), [("?nuon=x", "nuon"), ("?outcome=lost", "accepted, repeated")])
def test_what_cannot_be_asked_for_is_told(sender: HeadEndClient, query: str, said: str) -> None:
    answer = sender.get(f"/received{query}")
    assert answer.status == 400
    assert said in answer.body.decode()


def test_a_message_is_there_as_it_came(sender: HeadEndClient) -> None:
    body = etree.fromstring(sender.get("/received/2").body)
    assert etree.QName(body).localname == "CreatedMeterReadings"
    assert sender.get("/received/9").status == 404


def test_what_was_received_is_cleared(mdm: FakeMdm, sender: HeadEndClient) -> None:
    assert sender.http("DELETE", "/received").status == 204
    assert (listed(sender), mdm.received) == ([], ())


def test_the_list_takes_no_other_method(sender: HeadEndClient) -> None:
    answer = sender.http("PUT", "/received")
    assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD, DELETE")


def test_a_person_sees_the_newest_first_on_a_page_that_loads_nothing(sender: HeadEndClient) -> None:
    page = html.fromstring(sender.get("/", [("Accept", "text/html,*/*")]).body)
    told = [summary.text_content() for summary in page.iter("summary")]
    assert told[3] == "created EndDeviceEvents, 1 event, M00000001 Power.-.Failed"
    assert told[2] == "created MeterReadings, 2 meters, 2 readings, M00000003, M00000004"
    assert told[1] == "reply MeterReadings, FAILED 5.3"
    assert told[0].startswith("refused CreatedEndDeviceEvents: 1.8 ")
    assert "&lt;b&gt;M1&lt;/b&gt;" in page.find(".//pre").text_content()
    assert not page.xpath("//script | //link | //img")


def test_the_same_address_gives_json_to_a_program(sender: HeadEndClient) -> None:
    answer = sender.get("/", [("Accept", "application/json")])
    assert len(json.loads(answer.body)["received"]) == 4


def test_it_says_that_it_is_ready(sender: HeadEndClient) -> None:
    assert sender.get("/readyz").body == b"ready\n"
