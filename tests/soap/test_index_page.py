"""The index of services: for a person one group of rows for each noun, for a program a list."""

import json

import pytest
from lxml import etree, html

from headend.contract import Contract
from headend.soap.index_page import ServiceRow, index_html
from tests.support.in_process import InProcessHeadEnd

BASE = "http://h/services"


@pytest.fixture(scope="module")
def page() -> etree._Element:
    """Everything that a head end may serve, listed in no order."""
    contract = Contract.load()
    names = sorted(contract.services, key=lambda name: name[::-1])
    served = [contract.services[name] for name in names if contract.services[name].pattern not in ("Send", "Reply")]
    return html.fromstring(index_html([ServiceRow(each, f"{BASE}/{each.name}") for each in served], "1.2.3"))


def test_every_noun_has_one_group_in_alphabetical_order(page: etree._Element) -> None:
    nouns = [str(each) for each in page.xpath("//tbody/@id")]
    assert len(nouns) == 22
    assert nouns == sorted(nouns)
    assert page.xpath("//tbody/tr/th/text()") == nouns
    assert page.xpath("//nav/a/@href") == [f"#{noun}" for noun in nouns]


def test_the_services_of_a_noun_stand_together_with_their_verbs(page: etree._Element) -> None:
    rows = page.xpath("//tbody[@id='MeterConfig']/tr")
    assert [tuple(str(text) for text in row.xpath("td//text()")) for row in rows] == [
        ("GetMeterConfig", "get"),
        ("ExecuteMeterConfig", "create, change, cancel, close, delete"),
        ("ReceiveMeterConfig", "created, changed, canceled, closed, deleted"),
        ("ExecuteMeterConfigOperationSet", "execute"),
        ("ReceiveMeterConfigOperationSet", "executed"),
    ]
    assert page.xpath("//tbody[@id='MeterConfig']//th/@rowspan") == ["5"]


def test_a_service_leads_to_its_wsdl(page: etree._Element) -> None:
    links = {str(each.text): each.get("href") for each in page.xpath("//tbody//a")}
    assert len(links) == 90
    assert links == {name: f"{BASE}/{name}?wsdl" for name in links}


def test_nothing_is_loaded_from_elsewhere(page: etree._Element) -> None:
    assert page.xpath("//script | //link | //img | //@src") == []


def test_the_served_index_lists_what_is_served_and_every_link_works(quiet_head_end: InProcessHeadEnd) -> None:
    answer = quiet_head_end.get("/services/")
    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    links = html.fromstring(answer.body).xpath("//tbody//a/@href")
    assert "http://head-end.test/services/GetMeterReadings?wsdl" in links
    statuses = {quiet_head_end.get(str(link).removeprefix("http://head-end.test")).status for link in links}
    assert statuses == {200}


def test_a_program_gets_the_same_as_json(quiet_head_end: InProcessHeadEnd) -> None:
    answer = quiet_head_end.http("GET", "/services/", [("Accept", "application/json")], b"")
    (row,) = (each for each in json.loads(answer.body)["services"] if each["service"] == "GetMeterReadings")
    assert row == {
        "service": "GetMeterReadings",
        "noun": "MeterReadings",
        "pattern": "Get",
        "address": "http://head-end.test/services/GetMeterReadings",
        "wsdl": "http://head-end.test/services/GetMeterReadings?wsdl",
        "operations": ["GetMeterReadings"],
    }
