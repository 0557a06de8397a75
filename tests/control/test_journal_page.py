"""The journal in a browser: what crossed the wire, and at the very line which rule a message breaks."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.support.client import XML
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.raw_http import HttpAnswer
from tests.support.soap_requests import get_meter_readings

LIST = "/control/v1/journal.html"
EVIL = "<script>alert('M')</script>"


class Links(HTMLParser):
    """Collects where a page leads to, and whatever would be run or loaded."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.live: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given["href"] or ""] if "href" in given else []
        self.live += [tag] if tag in ("script", "link", "img", "iframe", "object") else []
        self.live += [name for name in given if name.startswith("on") or name == "src"]


def page(control: ControlApi, path: str = LIST) -> str:
    """A page, which runs and loads nothing."""
    answer = control.raw("GET", path)
    assert (answer.status, answer.header("Content-Type")) == (200, "text/html; charset=utf-8"), answer
    policy = answer.header("Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    text = answer.body.decode()
    assert Links(text).live == []
    return text


def rows(text: str) -> list[str]:
    """What stands in the rows of the list."""
    return [unescape(re.sub(r"<[^>]+>", " ", row)) for row in re.findall(r"<tr><td.*?</tr>", text, re.DOTALL)]


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"href='journal/([0-9]+)\.html'", text)]


def post(control: ControlApi, service: str, message: bytes) -> HttpAnswer:
    return control.raw("POST", f"/services/{service}", [("Content-Type", XML)], message)


def test_exchanges_are_listed_with_the_newest_first(control: ControlApi) -> None:
    control.head_end.read("M00000001")
    control.head_end.read("M99")
    control.head_end.read("M00000002", "M99")
    text = page(control)
    assert numbers(text) == [3, 2, 1]
    first, second, third = rows(text)
    assert "get MeterReadings, M00000002, M99" in first
    assert "FAILED 2.4" in second
    assert "OK, 1 meter" in third
    assert re.findall(r"<td class='(\w+)'>(?:OK|PARTIAL|FAILED)", text) == ["partly", "bad", "good"]


def test_nothing_is_there_at_first(control: ControlApi) -> None:
    assert "nothing" in rows(page(control))[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("meter=M00000001", [1]),
        ("result=FAILED", [2]),
        ("direction=out", []),
        ("direction=in&text=M99", [2]),
        ("meter=&text=&noun=&direction=&result=", [2, 1]),
    ],
)
def test_a_form_narrows_it_down(control: ControlApi, query: str, found: list[int]) -> None:
    control.head_end.read("M00000001")
    control.head_end.read("M99")
    text = page(control, f"{LIST}?{query}")
    assert numbers(text) == found
    for name, value in re.findall(r"(\w+)=([^&]+)", query):
        assert re.search(rf"name='{name}' value='{value}'|<option selected>{value}<", text), "the form keeps it"


def test_there_are_pages(control: ControlApi) -> None:
    for _ in range(103):
        post(control, "GetMeterReadings", b"x")
    first = page(control)
    assert numbers(first) == list(range(103, 3, -1))
    (older,) = [link for link in Links(first).found if "before" in link]
    assert older == "journal.html?before=4"
    assert numbers(page(control, f"/control/v1/{older}")) == [3, 2, 1]


def test_it_refreshes_by_itself_where_that_is_wanted(control: ControlApi) -> None:
    assert "http-equiv" not in page(control)
    assert "<meta http-equiv='refresh' content='2'>" in page(control, f"{LIST}?refresh=1")


def test_a_rule_that_is_broken_stands_at_the_line_of_its_element(control: ControlApi) -> None:
    post(control, "GetMeterReadings", get_meter_readings("M00000001", fields={"Timestamp": "yesterday"}))
    text = page(control, "/control/v1/journal/1.html")
    (marked,) = re.findall(r"<mark>(.*?)</mark>", text, re.DOTALL)
    line, said = marked.split("\n")
    assert "yesterday&lt;" in line
    assert "it must be a date and time" in said
    assert "<h2>Broken rules</h2>" in text
    assert "<h2>What was meant</h2>" not in text, "the rule says it"


def test_what_came_to_nobody_is_told_what_it_was_nearest_to(control: ControlApi) -> None:
    post(control, "GetMeterReading", get_meter_readings("M00000001"))
    text = page(control, "/control/v1/journal/1.html")
    (meant,) = re.findall(r"<h2>What was meant</h2><ul>(.*?)</ul>", text)
    assert "GetMeterReadings" in meant


def test_exchanges_that_belong_together_lead_to_each_other(control: ControlApi) -> None:
    for _ in range(2):
        control.head_end.disconnect("M00000001", fields={"MessageID": "m-1", "Source": "mdm"})
    text = page(control, "/control/v1/journal/1.html")
    assert "2.html" in Links(text).found
    assert "same message" in text


def test_an_exchange_that_there_is_not_is_a_problem(control: ControlApi) -> None:
    assert control.raw("GET", "/control/v1/journal/7.html").status == 404


def test_a_direction_that_is_none_is_a_problem(control: ControlApi) -> None:
    assert control.raw("GET", f"{LIST}?direction=up").status == 422


def test_what_strangers_write_is_text(control: ControlApi) -> None:
    control.head_end.read(EVIL.replace("<", "&lt;"), fields={"Source": "&lt;b&gt;", "MessageID": "'\"&gt;"})
    post(control, "GetMeterReadings", EVIL.encode())
    post(control, EVIL, EVIL.encode())
    for path in (LIST, f"{LIST}?text=%22%3E%3Cscript%3E", *(f"/control/v1/journal/{one}.html" for one in (1, 2, 3))):
        assert "<script" not in page(control, path)
    assert "alert(" in unescape(page(control, "/control/v1/journal/2.html"))


def test_the_index_of_services_leads_there(head_end: InProcessHeadEnd) -> None:
    control = ControlApi(head_end)
    index = control.raw("GET", "/services/").body.decode()
    assert {"../journal", "../control/v1/docs"} <= set(Links(index).found)
    see = control.raw("GET", "/journal")
    assert (see.status, see.header("Location")) == (302, LIST)


def test_a_session_has_pages_of_its_own(head_end: InProcessHeadEnd) -> None:
    control = ControlApi(head_end)
    head_end.read("M00000001")
    assert control.raw("GET", "/s/one/journal").header("Location") == f"/s/one{LIST}"
    assert "nothing" in rows(page(control, f"/s/one{LIST}"))[0]


def test_without_the_control_api_there_is_no_journal_to_look_at(tmp_path: object) -> None:
    with in_process(tmp_path, NOON, control=False) as opened:  # type: ignore[arg-type]
        control = ControlApi(opened)
        assert control.raw("GET", "/journal").status == 404
        assert "../journal" not in Links(control.raw("GET", "/services/").body.decode()).found


def test_it_says_that_nothing_is_recorded(tmp_path: object) -> None:
    with in_process(tmp_path, NOON, journal=False) as opened:  # type: ignore[arg-type]
        opened.read("M00000001")
        assert "the setting journal is off" in page(ControlApi(opened))
